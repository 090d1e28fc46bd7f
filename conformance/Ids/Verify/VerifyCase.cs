using System.Text;
using Weft.Ids;
using Weft.Packets;
using Weft.Pcap;
using YamlDotNet.RepresentationModel;

namespace Weft.Conformance.IdsTests;

/// <summary>How a case came out.</summary>
public enum VerifyVerdict
{
    /// <summary>Every check of its alerts holds.</summary>
    Passed,

    /// <summary>One does not.</summary>
    Failed,

    /// <summary>It asks for something that is not the detector's: no capture, no rules, no check of alerts, a mode that is out of scope.</summary>
    NotJudged,
}

/// <summary>One case of suricata-verify: a capture, rules, and how many alerts of which kind there must be.</summary>
public sealed class VerifyCase
{
    private static readonly string[] Judged = ["event_type", "alert.signature_id", "alert.signature", "alert.gid", "alert.rev", "alert.action", "pcap_cnt", "src_ip", "dest_ip", "src_port", "dest_port", "proto", "app_proto"];

    // Versions that cases may ask for: what Suricata's latest does is asked of us.
    private const int Version = 9;

    private readonly string _folder;
    private readonly YamlMappingNode _root;

    public VerifyCase(string folder)
    {
        _folder = folder;
        using StreamReader text = File.OpenText(Path.Combine(folder, "test.yaml"));
        var yaml = new YamlStream();
        yaml.Load(text);
        _root = (YamlMappingNode)yaml.Documents[0].RootNode;
    }

    /// <summary>Why it failed or was not judged.</summary>
    public string Reason { get; private set; } = "";

    public VerifyVerdict Run()
    {
        string[] rules = [.. Directory.GetFiles(_folder, "*.rules").Order(StringComparer.Ordinal)];
        string? capture = _root.Children.TryGetValue("pcap", out YamlNode? named) ? Path.Combine(_folder, named.ToString()) : Directory.GetFiles(_folder, "*.pcap*").FirstOrDefault();
        (Dictionary<string, string> Match, int Count, bool IsExact)[] checks = [.. Checks()];
        string arguments = _root.Children.TryGetValue("args", out YamlNode? given) ? given.ToString() : "";
        string? outside = rules.Length == 0 ? "no rules" : capture is null || !File.Exists(capture) ? "no capture" : checks.Length == 0 ? "no check of alerts" : !IsForUs(_root.Children) ? "for other versions" : Outside(arguments, rules);
        if (outside is not null)
        {
            Reason = outside;
            return VerifyVerdict.NotJudged;
        }

        List<VerifyAlert> alerts = new VerifyRun(_folder, capture!, rules, arguments).Alerts(out List<RuleDiagnostic> refused);
        foreach ((Dictionary<string, string> match, int count, bool isExact) in checks)
        {
            bool isRefused = match.TryGetValue("alert.signature_id", out string? sid) && refused.Exists(error => error.Sid.ToString() == sid);
            int found = alerts.Count(alert => match.All(pair => alert.Matches(pair.Key, pair.Value)));
            if ((isExact ? found != count : found < count) || isRefused)
            {
                string asked = string.Join(", ", match.Where(pair => pair.Key != "event_type").Select(pair => $"{pair.Key} {pair.Value}"));
                Reason = $"{found} alerts instead of {count}{(asked.Length > 0 ? $" for {asked}" : "")}{(refused.Count > 0 ? $"; not taken: {string.Join("; ", refused.Select(error => $"{error.Error} {error.Detail}").Distinct())}" : "")}";
                return VerifyVerdict.Failed;
            }
        }

        return VerifyVerdict.Passed;
    }

    // Firewall mode (its own actions and hooks), failures that a build for tests injects, and limits of memory simulated in it.
    private static string? Outside(string arguments, string[] rules) =>
        rules.Any(file => Path.GetFileName(file) == "firewall.rules") ? "firewall mode"
        : arguments.Contains("--simulate-packet", StringComparison.Ordinal) || arguments.Contains("--simulate-applayer", StringComparison.Ordinal) ? "simulated failures"
        : null;

    // A check that asks for more than a detector tells is held to the rest of it: there have to be at least so many.
    private IEnumerable<(Dictionary<string, string>, int, bool)> Checks()
    {
        if (!_root.Children.TryGetValue("checks", out YamlNode? checks) || checks is not YamlSequenceNode list)
        {
            yield break;
        }

        foreach (YamlMappingNode check in list.Children.OfType<YamlMappingNode>())
        {
            if (!check.Children.TryGetValue("filter", out YamlNode? filter) || filter is not YamlMappingNode { Children: var parts } || !IsForUs(check.Children) || !IsForUs(parts)
                || !parts.TryGetValue("match", out YamlNode? match) || match is not YamlMappingNode { Children: var pairs }
                || !parts.TryGetValue("count", out YamlNode? number) || !int.TryParse(number.ToString(), out int count))
            {
                continue;
            }

            var wanted = pairs.ToDictionary(pair => pair.Key.ToString(), pair => pair.Value.ToString());
            bool isAlert = wanted.GetValueOrDefault("event_type", "alert") == "alert" && (wanted.ContainsKey("event_type") || wanted.ContainsKey("alert.signature_id") || wanted.ContainsKey("alert.signature"));
            bool isExact = wanted.Keys.All(Judged.Contains);
            if (isAlert && (isExact || count > 0))
            {
                yield return (wanted.Where(pair => Judged.Contains(pair.Key)).ToDictionary(), count, isExact);
            }
        }
    }

    private static bool IsForUs(IDictionary<YamlNode, YamlNode> node)
    {
        if (!node.TryGetValue("requires", out YamlNode? requires) || requires is not YamlMappingNode { Children: var asked })
        {
            return true;
        }

        return asked.All(pair => pair.Key.ToString() switch
        {
            "min-version" => VersionOf(pair.Value) <= Version,
            "lt-version" => VersionOf(pair.Value) > Version,
            "version" => VersionOf(pair.Value) == Version,
            // Features that an executable is built with are no question of rules.
            _ => true,
        });
    }

    private static double VersionOf(YamlNode node) => double.TryParse(string.Join('.', node.ToString().Split('.').Take(2)), System.Globalization.CultureInfo.InvariantCulture, out double version) ? version : 0;
}
