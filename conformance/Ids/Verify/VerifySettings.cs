using Weft.Ids;
using Weft.Packets;
using YamlDotNet.RepresentationModel;

namespace Weft.Conformance.IdsTests;

/// <summary>What a case's command line and <c>suricata.yaml</c> say that a detector can be told.</summary>
public sealed class VerifySettings
{
    public required DetectorOptions Options { get; init; }

    public required RuleVariables Variables { get; init; }

    public IReadOnlyList<RuleAction>? ActionOrder { get; init; }

    /// <summary>Alerts that a packet may have: Suricata's <c>packet-alert-max</c>.</summary>
    public int AlertsPerPacket { get; init; } = 64;

    public static VerifySettings Read(string folder, string arguments)
    {
        YamlMappingNode? yaml = Load(folder);

        // OISF's runner gives cases with such a name the switch.
        arguments += Path.GetFileName(folder).Contains("-ips", StringComparison.Ordinal) ? " --simulate-ips" : "";
        bool isInline = arguments.Contains("--simulate-ips", StringComparison.Ordinal) || arguments.Contains("stream.inline=true", StringComparison.Ordinal) || Text(yaml, "stream", "inline") is "yes" or "true";
        bool drops = arguments.Contains("--simulate-ips", StringComparison.Ordinal) || Text(yaml, "stream", "inline") is "yes" or "true";
        bool midstream = Flag(arguments, "stream.midstream") ?? Text(yaml, "stream", "midstream") is "true" or "yes";
        return new VerifySettings
        {
            Variables = VariablesOf(yaml),
            ActionOrder = Node(yaml, "action-order") is YamlSequenceNode order ? [.. order.Children.Select(it => Enum.Parse<RuleAction>(it.ToString(), ignoreCase: true))] : null,
            AlertsPerPacket = int.TryParse(Text(yaml, "packet-alert-max"), out int most) && most > 0 ? most : 15,
            Options = new DetectorOptions
            {
                Seed = new HashSeed(1, 2),
                FlowCapacity = 4096,
                StreamCapacity = 512,
                SessionCapacity = 256,

                // The longest field that Suricata reads.
                HeadBytes = 18_000,
                IsInline = isInline,
                AcceptMidstream = midstream,
                AcceptOneSide = Flag(arguments, "stream.async-oneside") ?? Text(yaml, "stream", "async-oneside") is "true" or "yes",
                Midstream = PolicyOf(arguments, yaml, drops, midstream),
                PolicyOf = Policies(yaml),
            },
        };
    }

    private static MidstreamPolicy PolicyOf(string arguments, YamlMappingNode? yaml, bool drops, bool midstream)
    {
        string? word = Value(arguments, "stream.midstream-policy") ?? Text(yaml, "stream", "midstream-policy");
        string? every = Value(arguments, "exception-policy") ?? Text(yaml, "exception-policy");
        word ??= every;
        return word switch
        {
            "pass-flow" or "pass-packet" or "bypass" => MidstreamPolicy.Pass,
            "drop-flow" or "drop-packet" or "reject" => MidstreamPolicy.Drop,
            "auto" when drops && !midstream => MidstreamPolicy.Drop,
            _ => MidstreamPolicy.Inspect,
        };
    }

    private static bool? Flag(string arguments, string name) => Value(arguments, name) is string value ? value is "true" or "yes" : null;

    private static string? Value(string arguments, string name)
    {
        int at = arguments.IndexOf(name + "=", StringComparison.Ordinal);
        return at < 0 ? null : new string([.. arguments.Skip(at + name.Length + 1).TakeWhile(letter => !char.IsWhiteSpace(letter) && letter is not (',' or ']'))]);
    }

    private static RuleVariables VariablesOf(YamlMappingNode? yaml)
    {
        RuleVariables variables = RuleVariables.Default;
        foreach (string group in new[] { "address-groups", "port-groups" })
        {
            if (Node(yaml, "vars", group) is YamlMappingNode values)
            {
                foreach ((YamlNode name, YamlNode value) in values.Children)
                {
                    variables[name.ToString()] = value.ToString();
                }
            }
        }

        return variables;
    }

    private static Func<IPv6Address, OverlapPolicy>? Policies(YamlMappingNode? yaml)
    {
        if (Node(yaml, "host-os-policy") is not YamlMappingNode policies)
        {
            return null;
        }

        var hosts = new Dictionary<IPv6Address, OverlapPolicy>();
        foreach ((YamlNode name, YamlNode value) in policies.Children)
        {
            OverlapPolicy policy = Enum.TryParse(name.ToString().Replace("-", "", StringComparison.Ordinal), ignoreCase: true, out OverlapPolicy known) ? known : OverlapPolicy.Bsd;
            foreach (YamlNode host in (value as YamlSequenceNode)?.Children ?? [])
            {
                if (IPv4Address.TryParse(host.ToString(), out IPv4Address address))
                {
                    hosts[new IPv6Address(0, 0xFFFF_0000_0000UL | address.Value)] = policy;
                }
            }
        }

        return address => hosts.GetValueOrDefault(address, OverlapPolicy.Bsd);
    }

    private static YamlMappingNode? Load(string folder)
    {
        string path = Path.Combine(folder, "suricata.yaml");
        if (!File.Exists(path))
        {
            return null;
        }

        try
        {
            using StreamReader text = File.OpenText(path);
            var yaml = new YamlStream();
            yaml.Load(text);
            return yaml.Documents.Count > 0 ? yaml.Documents[0].RootNode as YamlMappingNode : null;
        }
        catch (YamlDotNet.Core.YamlException)
        {
            return null;
        }
    }

    private static YamlNode? Node(YamlMappingNode? node, params string[] path)
    {
        YamlNode? at = node;
        foreach (string name in path)
        {
            at = at is YamlMappingNode map && map.Children.TryGetValue(name, out YamlNode? next) ? next : null;
        }

        return at;
    }

    private static string? Text(YamlMappingNode? node, params string[] path) => (Node(node, path) as YamlScalarNode)?.Value;
}
