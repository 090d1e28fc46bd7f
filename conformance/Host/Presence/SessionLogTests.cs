using System.Text.Json;
using Weft.Conformance.Support;
using Weft.Host.Config;
using Weft.Host.Datapath;
using Weft.Host.Observe;
using Weft.Sase;
using static Weft.Conformance.HostTests.RouterPlans;
using static Weft.Conformance.HostTests.SasePlans;
using static Weft.Conformance.HostTests.TestPlans;
using static Weft.Conformance.NatTests.NatTestBed;

namespace Weft.Conformance.HostTests;

/// <summary>The file that a node's sessions are written to.</summary>
[Trait(Kind.Key, Kind.Model)]
public sealed class SessionLogTests : IDisposable
{
    private readonly string _folder = Directory.CreateTempSubdirectory("weft-sess-").FullName;

    private string File => Path.Combine(_folder, "logs", "sessions.json");

    [Fact]
    public void Start_end_and_what_was_not_allowed_are_a_line_each_and_show_counts_them()
    {
        using (SwitchRig rig = Rig(Logged(File, tenant => tenant with { Policy = Dns })))
        {
            _ = rig.Pass(Web1, FromGateway(Udp(SasePlans.Site, 1234, SasePlans.Remote, 53)));
            _ = rig.Pass(Web1, FromGateway(Udp(SasePlans.Site, 1234, SasePlans.Remote, 54)));
            rig.Switch.Stop();
            Assert.Equal(new SaseSessionsSnapshot(File, 1, 1, 1, 0, 0, 0), rig.Switch.Snapshot().Sase!.Sessions);
        }

        JsonElement[] lines = Lines();
        Assert.Equal(["started policy dns", "blocked policy ", "ended stopped dns"], lines.Select(line => $"{Text(line, "event")} {Text(line, "reason")} {Text(line, "rule")}"));
        Assert.All(lines, line => Assert.Equal(("pop", "acme", 1001, "sites", "udp", "10.0.0.5", "10.2.0.2"), (Text(line, "pop"), Text(line, "tenant"), line.GetProperty("vni").GetInt32(), Text(line, "from"), Text(line, "protocol"), Text(line, "source"), Text(line, "destination"))));
        Assert.Equal((1234, 53, "10.2.0.50", Text(lines[2], "session")), (lines[0].GetProperty("sourcePort").GetInt32(), lines[0].GetProperty("destinationPort").GetInt32(), Text(lines[0], "publicAddress"), Text(lines[0], "session")));
        Assert.Equal((1, 40, 0, Text(lines[0], "time")), (lines[2].GetProperty("packetsForward").GetInt32(), lines[2].GetProperty("bytesForward").GetInt32(), lines[2].GetProperty("packetsBackward").GetInt32(), Text(lines[2], "began")));
        Assert.False(lines[1].TryGetProperty("session", out _));
    }

    [Fact]
    public void A_reload_to_another_file_leaves_no_session_without_its_end()
    {
        string other = Path.Combine(_folder, "other.json");
        using (SwitchRig rig = Rig(Logged(File)))
        {
            _ = rig.Pass(Web1, FromGateway(Udp(SasePlans.Site, 1234, SasePlans.Remote, 53)));
            rig.Switch.Apply(Logged(other), rig.Switch.Ports);
            _ = rig.Pass(Web1, FromGateway(Udp(SasePlans.Site, 1235, SasePlans.Remote, 53)));
            rig.Switch.Stop();
        }

        JsonElement[] lines = [.. Lines(), .. Lines(other)];
        Assert.Equal(lines.Count(line => Text(line, "event") == "started"), lines.Count(line => Text(line, "event") == "ended"));
        Assert.Equal(2, lines.Where(line => Text(line, "event") == "started").Select(line => Text(line, "session")).Distinct().Count());
    }

    [Fact]
    public void A_file_that_cannot_be_written_keeps_the_switch_from_starting_and_one_that_cannot_be_any_more_is_counted()
    {
        System.IO.File.WriteAllText(Path.Combine(_folder, "logs"), "a file where the folder should be");
        Assert.Contains("sessions.json", Assert.Throws<SwitchStartException>(() => Rig(Logged(File))).Message, StringComparison.Ordinal);
        System.IO.File.Delete(Path.Combine(_folder, "logs"));
        using SwitchRig rig = Rig(Logged(File));
        System.IO.File.Delete(File);
        _ = Directory.CreateDirectory(File);
        _ = rig.Pass(Web1, FromGateway(Udp(SasePlans.Site, 1234, SasePlans.Remote, 53)));
        Assert.Equal((1L, 1L), (rig.Switch.Snapshot().Sase!.Sessions!.Started, rig.Switch.Snapshot().Sase!.Sessions!.Unwritten));
    }

    [Fact]
    public void Without_the_key_nothing_is_noted_and_nothing_shown()
    {
        using SwitchRig rig = Rig(Node());
        _ = rig.Pass(Web1, FromGateway(Udp(SasePlans.Site, 1234, SasePlans.Remote, 53)));
        Assert.Null(rig.Switch.Snapshot().Sase!.Sessions);
        Assert.False(Point(rig).Node!.NotesSessions);
    }

    [Fact]
    public void The_key_is_a_file_beside_the_configuration()
    {
        string text = System.IO.File.ReadAllText(Repository.File("samples/sase-node.yaml")).Replace("uplink: internet\n", "uplink: internet\n    sessionLog: logs/sessions.json\n", StringComparison.Ordinal);
        ConfigurationResult result = ConfigurationFile.ReadText(text, Path.Combine(_folder, "node.yaml"));
        Assert.Empty(result.Problems);
        Assert.Equal(File, result.Plan!.Sase!.SessionLogPath);
    }

    public void Dispose() => Directory.Delete(_folder, recursive: true);

    private static SegmentPolicy Dns => new([new PolicyRule { Name = "dns", Allow = true, FirstPort = 53, LastPort = 53 }]);

    private static SwitchPlan Logged(string file, Func<SegmentOptions, SegmentOptions>? change = null)
    {
        SwitchPlan plan = Node(change);
        return plan with { Sase = plan.Sase! with { SessionLogPath = file } };
    }

    private static string Text(JsonElement line, string name) => line.TryGetProperty(name, out JsonElement value) ? value.GetString()! : "";

    private JsonElement[] Lines(string? file = null) => [.. System.IO.File.ReadAllLines(file ?? File).Select(line => JsonDocument.Parse(line).RootElement)];
}
