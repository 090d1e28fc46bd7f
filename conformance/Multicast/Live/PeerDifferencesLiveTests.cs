using System.Text;
using Weft.Conformance.Support;

namespace Weft.Conformance.MulticastTests;

/// <summary>
/// One script plays hosts, a querier and a source at the ports of our switch, of the Linux bridge and of Open vSwitch. What came out is the table of the
/// guide.
/// </summary>
[Trait(Kind.Key, Kind.Live)]
public sealed class PeerDifferencesLiveTests
{
    private const string Begin = "<!-- Made by PeerDifferencesLiveTests from what the three do: WEFT_GOLDEN=write renews it. -->\n";
    private const string End = "<!-- End. -->\n";
    private const int Ports = 5;

    [Fact]
    public void The_three_run_one_script_and_differ_as_the_guide_lists()
    {
        LiveRequirements.Need("python3", "bridge", "ovsdb-tool", "ovsdb-server", "ovs-vswitchd", "ovs-vsctl", "ovs-appctl");
        (string Name, Dictionary<string, string> Results)[] columns =
        [
            Probe((space, devices) => new LinuxBridge(space, devices, queries: false)),
            Probe((space, devices) => new OpenVSwitch(space, devices)),
            Probe((space, devices) => new WeftSwitch(space, devices, "")),
        ];
        string table = Table(columns);
        string path = Repository.File("docs/guides/multicast.md");
        string guide = File.ReadAllText(path);
        int begin = guide.IndexOf(Begin, StringComparison.Ordinal) + Begin.Length;
        int end = guide.IndexOf(End, StringComparison.Ordinal);
        if (Environment.GetEnvironmentVariable("WEFT_GOLDEN") == "write")
        {
            File.WriteAllText(path, guide[..begin] + table + guide[end..]);
            Assert.Fail($"{path} was written; read it, then run without WEFT_GOLDEN");
        }

        string[] listed = guide[begin..end].Split('\n');
        string[] found = table.Split('\n');
        // Another version of a peer may decide otherwise; ours has no excuse.
        bool samePeers = listed[0] == found[0];
        Assert.Equal(samePeers ? listed : listed.Select(Ours), samePeers ? found : found.Select(Ours));
    }

    private static string Ours(string row) => row.Split('|') is { Length: > 4 } cells ? $"{cells[1]}|{cells[4]}" : row;

    private static (string Name, Dictionary<string, string> Results) Probe(Func<NetNamespace, string[], SnoopingSwitch> start)
    {
        using var middle = NetNamespace.Create();
        using var hosts = NetNamespace.Create();
        string[] devices = [.. Enumerable.Range(0, Ports).Select(port => $"q{port}")];
        for (int port = 0; port < Ports; port++)
        {
            middle.AddVeth(devices[port], hosts, $"e{port}");
        }

        using SnoopingSwitch under = start(middle, devices);
        var results = new Dictionary<string, string>();
        Run(hosts, results);
        string groups = under.Groups();
        results["join of 10.1.1.1"] = groups.Contains("10.1.1.1", StringComparison.Ordinal) ? "taken" : "refused";
        results["MLDv2 join of ff01::5, which ends at its host"] = groups.Contains("ff01::5", StringComparison.Ordinal) ? "taken" : "refused";
        Run(hosts, results, "flood");
        return (under.Name, results);
    }

    private static void Run(NetNamespace hosts, Dictionary<string, string> results, params string[] arguments)
    {
        CommandResult script = hosts.Run(TimeSpan.FromMinutes(2), "python3", [Repository.File("conformance/Multicast/Live/probe.py"), .. arguments]).Required();
        foreach (string line in script.Output.Split('\n', StringSplitOptions.RemoveEmptyEntries))
        {
            string[] parts = line.Split('\t');
            results[parts[0]] = parts[1].Trim();
        }
    }

    private static string Table((string Name, Dictionary<string, string> Results)[] columns)
    {
        var text = new StringBuilder();
        _ = text.Append($"| probe | {string.Join(" | ", columns.Select(column => column.Name))} |\n|---|---|---|---|\n");
        foreach (string probe in columns[^1].Results.Keys)
        {
            _ = text.Append($"| {probe} | {string.Join(" | ", columns.Select(column => column.Results[probe]))} |\n");
        }

        return text.ToString();
    }
}
