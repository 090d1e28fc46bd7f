using System.Globalization;
using System.Text;
using Weft.Conformance.Support;
using Weft.Ids;
using YamlDotNet.RepresentationModel;

namespace Weft.Conformance.IdsTests;

/// <summary>
/// The same captures and rules through Suricata and the detector: the same alerts, apart from differences that are known and
/// explained. Cases of the first two levels; with <c>WEFT_SURICATA_ALL=1</c> all of them, and docs/ids-suricata.md is held to that.
/// </summary>
[Trait(Kind.Key, Kind.Corpus)]
public sealed class SuricataDifferentialTests(ITestOutputHelper output)
{
    private const string Version = "7.0.10";

    private const string Later = "Suricata 7.0.10 is wrong; weft answers as the case, which is for a later version, asks.";

    private static readonly Dictionary<string, string> Known = new()
    {
        ["app-layer-protocol-legacy-equivalence"] = "HTTP/2 is told by its preface, and not looked into.",
        ["bug-1450-04"] = "Events of TLS are not told.",
        ["bug-1450-05"] = "Events of TLS are not told.",
        ["bug-2511"] = "Suricata tells the event of a response with the request, too.",
        ["bug-5929-02"] = "HTTP/2 is told by its preface, and not looked into.",
        ["bug-7390"] = Later,
        ["bug-7657-01"] = Later,
        ["bug-7657-02-ips"] = Later,
        ["bug-7851-01"] = Later,
        ["decode-chdlc-01"] = "Cisco HDLC is not read.",
        ["dns/dns-answer-emptydata"] = Later,
        ["dns/dns-incomplete"] = "DNS over TCP is known at port 53; the case is at port 5353, and its message is cut off.",
        ["dns/dns-truncated-rname"] = "DNS over TCP is known at port 53; the case is at port 1053.",
        ["drop-protocol-change"] = "A conversation that begins with an answer of HTTP, and changes to HTTP/2, is of HTTP here.",
        ["hashaf-flow-v4-v6-collision"] = Later,
        ["hashaf-ippair-v4-v6-collision"] = Later,
        ["http-evader/http-evader-116-lzma"] = "LZMA is not decompressed.",
        ["http-evader/http-evader-269"] = "Header lines that receivers read differently.",
        ["http-evader/http-evader-275"] = "Header lines that receivers read differently.",
        ["http-evader/http-evader-284"] = "Header lines that receivers read differently.",
        ["http-evader/http-evader-285"] = "Header lines that receivers read differently.",
        ["http-not09"] = Later,
        ["http-post-file"] = "Files in multipart bodies are not taken out of them.",
        ["http-uri-spaces"] = Later,
        ["iponly-ipv6-range-01"] = Later,
        ["ipv4-truncated"] = "The same packet: weft names the addresses that can be read of it, Suricata none.",
        ["pppoe"] = "Events of PPPoE are not told.",
        ["protocol-change-failed-event"] = "A change of protocol that fails is no event here.",
        ["uricontent/detect-uricontent-06"] = "The only packet comes from port 53: Suricata names its ends the other way around.",
    };

    [Fact]
    public void Suricata_7_0_10_alerts_alike_or_the_difference_is_explained()
    {
        string data = OtherPeoplesData.Need("suricata-verify");
        using SuricataPeer peer = SuricataPeer.Need(Version);
        bool isAll = Environment.GetEnvironmentVariable("WEFT_SURICATA_ALL") == "1";
        string[] names = [.. File.ReadLines(Path.Combine(data, "LEVELS.txt")).Where(line => isAll || !line.StartsWith("L3", StringComparison.Ordinal)).Select(line => line.Split(' ', 2)[1])];
        int same = 0;
        int refused = 0;
        var different = new SortedDictionary<string, string>(StringComparer.Ordinal);
        foreach (string name in names)
        {
            string folder = Path.Combine(data, "tests", name);
            switch (Compare(peer, folder))
            {
                case null:
                    break;
                case "":
                    same++;
                    break;
                case "refused":
                    refused++;
                    break;
                case string difference:
                    different[name] = difference;
                    output.WriteLine($"{name}: {difference}");
                    break;
            }
        }

        output.WriteLine($"{same} alike, {different.Count} different, {refused} refused by Suricata {Version}");
        if (isAll)
        {
            HoldDocument(same, refused, different);
        }

        Assert.Empty(different.Keys.Except(Known.Keys));
        Assert.True(same > 100);
    }

    /// <summary>Empty if both alert alike, null for a case that is not for this.</summary>
    private static string? Compare(SuricataPeer peer, string folder)
    {
        string[] rules = Directory.GetFiles(folder, "*.rules");
        string[] captures = Directory.GetFiles(folder, "*.pcap");
        if (rules.Length != 1 || captures.Length != 1 || File.Exists(Path.Combine(folder, "suricata.yaml")) || File.Exists(Path.Combine(folder, "threshold.config")))
        {
            return null;
        }

        string[] arguments = [.. Arguments(folder)];
        HashSet<VerifyKey>? theirs = peer.Alerts(rules[0], captures[0], arguments);
        if (theirs is null)
        {
            return "refused";
        }

        VerifyKey[] ours = [.. new VerifyRun(folder, captures[0], rules, string.Join(' ', arguments)).Alerts(out _).Select(alert => alert.Alert).Select(KeyOf).Distinct()];
        string missing = string.Join(' ', theirs.Except(ours).Select(key => key.Sid).Order().Distinct());
        string added = string.Join(' ', ours.Except(theirs).Select(key => key.Sid).Order().Distinct());
        return (missing, added) switch
        {
            ("", "") => "",
            (_, "") => $"Suricata alone: {missing}",
            ("", _) => $"weft alone: {added}",
            _ => $"Suricata alone: {missing}; weft alone: {added}",
        };
    }

    private static VerifyKey KeyOf(Alert alert) => new(alert.Sid, alert.Source, alert.SourcePort, alert.Destination, alert.DestinationPort);

    private static IEnumerable<string> Arguments(string folder)
    {
        using StreamReader text = File.OpenText(Path.Combine(folder, "test.yaml"));
        var yaml = new YamlStream();
        yaml.Load(text);
        var root = (YamlMappingNode)yaml.Documents[0].RootNode;
        IEnumerable<string> given = root.Children.TryGetValue("args", out YamlNode? args) && args is YamlSequenceNode list ? list.Children.SelectMany(one => one.ToString().Split(' ', StringSplitOptions.RemoveEmptyEntries)) : [];
        string[] words = [.. given.Where(word => !word.StartsWith("--runmode", StringComparison.Ordinal))];
        bool isInline = Path.GetFileName(folder).Contains("-ips", StringComparison.Ordinal) && !words.Contains("--simulate-ips");
        return isInline ? words.Append("--simulate-ips") : words;
    }

    private static void HoldDocument(int same, int refused, SortedDictionary<string, string> different)
    {
        var text = new StringBuilder();
        text.Append(string.Create(CultureInfo.InvariantCulture, $"""
            # Beside Suricata

            The captures and rules of suricata-verify's cases through Suricata {Version} and the detector, with the arguments of each case, compared by
            sid, addresses and ports: {same} cases alert alike, {different.Count} do not. {refused} more have rules that Suricata {Version} refuses: they are for later versions.
            Cases with a configuration or more rule files of their own are left out. This page is written by `SuricataDifferentialTests`
            (`WEFT_SURICATA_ALL=1`, `WEFT_SURICATA` names the executable, `WEFT_GOLDEN=write` writes it anew).

            Of the capture and rules of the bench (`EngineRatio`) Suricata has two alerts more: 2024897, whose header is one of HTTP/2 in clear text,
            and 2027202 twice for one stream, with the packet and with the stream. Its other alerts are the same.

            | case | sids | why |
            |---|---|---|

            """).Replace("\r", "", StringComparison.Ordinal));
        foreach ((string name, string difference) in different)
        {
            text.Append(CultureInfo.InvariantCulture, $"| {name} | {difference} | {Known.GetValueOrDefault(name, "")} |\n");
        }

        string path = Path.Combine(Repository.Root, "docs", "ids-suricata.md");
        if (Environment.GetEnvironmentVariable("WEFT_GOLDEN") == "write")
        {
            File.WriteAllText(path, text.ToString());
        }

        Assert.Equal(text.ToString(), File.ReadAllText(path));
    }
}
