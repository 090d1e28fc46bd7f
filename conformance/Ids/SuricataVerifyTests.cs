using Weft.Conformance.Support;
using Weft.Ids;
using Weft.Packets;
using Weft.Pcap;
using YamlDotNet.RepresentationModel;

namespace Weft.Conformance.IdsTests;

/// <summary>
/// OISF's suricata-verify: captures, rules, and what must alert. A case counts as passed if every check of its alerts that
/// can be judged here (signature, packet number, addresses, ports) holds, and there is at least one.
/// </summary>
[Trait(Kind.Key, Kind.Corpus)]
public sealed class SuricataVerifyTests(ITestOutputHelper output)
{
    private static readonly string[] Judged = ["event_type", "alert.signature_id", "alert.signature", "alert.gid", "alert.rev", "pcap_cnt", "src_ip", "dest_ip", "src_port", "dest_port"];

    private sealed record Seen(Alert Alert, string Message, int Packet);

    // Cases that pass today. Streams are not put together and applications' protocols are not parsed, so the others cannot;
    // the numbers may only grow.
    [Theory]
    [InlineData("L1", 40)]
    [InlineData("L2", 34)]
    public void Cases_of_a_level(string level, int atLeast)
    {
        string folder = OtherPeoplesData.Need("suricata-verify");
        int passed = 0;
        int judged = 0;
        foreach (string line in File.ReadLines(Path.Combine(folder, "LEVELS.txt")).Where(line => line.StartsWith(level + " ", StringComparison.Ordinal)))
        {
            string name = line[(level.Length + 1)..];
            string? result = Run(Path.Combine(folder, "tests", name));
            judged += result is null ? 0 : 1;
            passed += result == "" ? 1 : 0;
            output.WriteLine($"{(result is null ? "not judged" : result == "" ? "passed" : "failed")} {name} {result}");
        }

        output.WriteLine($"{level}: {passed} passed, {judged - passed} failed");
        Assert.True(passed >= atLeast, $"{passed} of {judged} cases passed, {atLeast} did before");
    }

    /// <summary>Empty if the case passes, a reason if it fails, null if there is nothing in it that can be judged here.</summary>
    private static string? Run(string folder)
    {
        using StreamReader text = File.OpenText(Path.Combine(folder, "test.yaml"));
        var yaml = new YamlStream();
        yaml.Load(text);
        var root = (YamlMappingNode)yaml.Documents[0].RootNode;
        string[] rules = Directory.GetFiles(folder, "*.rules");
        string? capture = root.Children.TryGetValue("pcap", out YamlNode? named) ? Path.Combine(folder, named.ToString()) : Directory.GetFiles(folder, "*.pcap*").FirstOrDefault();
        (Dictionary<string, string> Match, int Count)[] checks = [.. Checks(root)];
        if (rules.Length == 0 || capture is null || !File.Exists(capture) || checks.Length == 0)
        {
            return null;
        }

        string arguments = root.Children.TryGetValue("args", out YamlNode? given) ? given.ToString() : "";
        var errors = new List<RuleDiagnostic>();
        RuleSet set = RuleParser.Parse([.. rules.SelectMany(file => File.ReadAllBytes(file).Append((byte)'\n'))], RuleVariables.Default, errors);
        List<Seen> seen = Inspect(capture, set, arguments);
        foreach ((Dictionary<string, string> match, int count) in checks)
        {
            int found = seen.Count(alert => match.All(pair => Matches(alert, pair.Key, pair.Value)));
            if (found != count)
            {
                return $"{found} alerts instead of {count} for {string.Join(", ", match.Where(pair => pair.Key != "event_type").Select(pair => $"{pair.Key} {pair.Value}"))}; {string.Join(" ", errors)}";
            }
        }

        return "";
    }

    private static IEnumerable<(Dictionary<string, string>, int)> Checks(YamlMappingNode root)
    {
        if (!root.Children.TryGetValue("checks", out YamlNode? checks) || checks is not YamlSequenceNode list)
        {
            yield break;
        }

        foreach (YamlMappingNode check in list.Children.OfType<YamlMappingNode>())
        {
            if (check.Children.TryGetValue("filter", out YamlNode? filter) && filter is YamlMappingNode { Children: var parts }
                && !parts.ContainsKey("requires") && !check.Children.ContainsKey("requires")
                && parts.TryGetValue("match", out YamlNode? match) && match is YamlMappingNode { Children: var pairs }
                && parts.TryGetValue("count", out YamlNode? number) && int.TryParse(number.ToString(), out int count))
            {
                var wanted = pairs.ToDictionary(pair => pair.Key.ToString(), pair => pair.Value.ToString());
                bool isAlert = wanted.GetValueOrDefault("event_type") == "alert" || wanted.ContainsKey("alert.signature_id") || wanted.ContainsKey("alert.signature");
                if (isAlert && wanted.GetValueOrDefault("event_type", "alert") == "alert" && wanted.Keys.All(Judged.Contains))
                {
                    yield return (wanted, count);
                }
            }
        }
    }

    private static List<Seen> Inspect(string capture, RuleSet rules, string arguments)
    {
        var image = RuleImage.Compile(rules);
        using var detector = new IntrusionDetector(image, new DetectorOptions
        {
            Seed = new HashSeed(1, 2),
            IsInline = arguments.Contains("--simulate-ips", StringComparison.Ordinal),
            AcceptMidstream = arguments.Contains("midstream=true", StringComparison.Ordinal),
        });
        var messages = rules.Rules.ToDictionary(rule => (rule.Gid, rule.Sid), rule => rule.Message);
        var seen = new List<Seen>();
        var alerts = new Alert[64];
        int number = 0;
        using var reader = PcapReader.Open(capture);
        while (reader.TryRead(out PcapPacket packet))
        {
            number++;
            PacketLayout layout;
            bool isRead = packet.LinkType == LinkType.Ethernet
                ? PacketLayout.TryParse(packet.Data, out layout)
                : PacketLayout.TryParseNetwork(packet.Data, packet.Data.Length > 0 && packet.Data[0] >> 4 == 6 ? EtherType.IPv6 : EtherType.IPv4, out layout);
            if (isRead)
            {
                _ = detector.Inspect(packet.Data, layout, packet.Timestamp, alerts, out int count);
                seen.AddRange(alerts[..count].Select(alert => new Seen(alert, messages[(alert.Gid, alert.Sid)], number)));
            }
        }

        return seen;
    }

    private static bool Matches(Seen seen, string key, string value) => key switch
    {
        "alert.signature_id" => seen.Alert.Sid.ToString() == value,
        "alert.signature" => seen.Message == value,
        "alert.gid" => seen.Alert.Gid.ToString() == value,
        "alert.rev" => seen.Alert.Rev.ToString() == value,
        "pcap_cnt" => seen.Packet.ToString() == value,
        "src_ip" => IsAddress(seen.Alert.Source, value),
        "dest_ip" => IsAddress(seen.Alert.Destination, value),
        "src_port" => seen.Alert.SourcePort.ToString() == value,
        "dest_port" => seen.Alert.DestinationPort.ToString() == value,
        _ => true,
    };

    private static bool IsAddress(IPv6Address address, string text) =>
        IPv4Address.TryParse(text, out IPv4Address four) ? address == new IPv6Address(0, 0xFFFF_0000_0000UL | four.Value) : IPv6Address.TryParse(text, out IPv6Address six) && address == six;
}
