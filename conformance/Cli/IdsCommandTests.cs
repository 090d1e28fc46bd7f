using System.Text.Json.Nodes;
using Weft.Conformance.HostTests;
using Weft.Conformance.Support;
using Weft.Packets;
using Weft.Pcap;
using static Weft.Conformance.HostTests.TestFrames;

namespace Weft.Conformance.CliTests;

/// <summary><c>weft ids</c>, and <c>weft suricata</c> in Suricata's place.</summary>
[Trait(Kind.Key, Kind.Model)]
public sealed class IdsCommandTests : IDisposable
{
    private const string Rules = """
        drop udp $LAB any -> any any (msg:"evil"; content:"evil"; classtype:bad; sid:1; rev:3;)
        alert udp any any -> any any (msg:"unknown"; frobnicate; sid:2;)

        """;

    private readonly TemporaryFolder _folder = new();
    private readonly string _capture;
    private readonly string _rules;

    public IdsCommandTests()
    {
        _capture = _folder.File("a.pcap");
        _rules = _folder.Write("a.rules", Rules);
        using PcapWriter writer = PcapWriter.Create(_capture);
        writer.WritePacket(Timestamp.FromSeconds(1), IdsRig.Udp(B, A, "good"));
        writer.WritePacket(Timestamp.FromSeconds(2), IdsRig.Udp(B, A, "evil"));
        writer.WritePacket(Timestamp.FromSeconds(3), IdsRig.Udp(A, B, "answer"));
    }

    [Fact]
    public void Ids_prints_alerts_says_which_rules_are_left_out_and_counts()
    {
        CommandResult result = WeftProgram.Run("ids", "-r", _capture, "-S", _rules, "--variable", "LAB=10.0.0.0/8");

        Assert.Equal(0, result.ExitCode);
        Assert.Equal("01/01/1970-00:00:02.000000  [**] [1:1:3] evil [**] [Classification: bad] [Priority: 3] {UDP} 10.0.0.1:4000 -> 10.0.0.2:9\n", result.Output);
        Assert.Contains($"left out: {_rules}:2:46: UnknownKeyword 'frobnicate'", result.Error);
        Assert.Contains("3 packets, 1 rules (1 left out), 1 alerts, 0 dropped, 0 not read", result.Error);
    }

    [Fact]
    public void Ids_inline_drops_the_packet_that_a_rule_finds_and_the_conversation_where_a_rule_asks_nothing_of_packets()
    {
        CommandResult found = WeftProgram.Run("ids", "-r", _capture, "-S", _rules, "--variable", "LAB=10.0.0.0/8", "--inline", "--eve", _folder.File("eve.json"));

        Assert.Contains("1 dropped", found.Error);
        JsonNode[] events = [.. File.ReadAllLines(_folder.File("eve.json")).Select(line => JsonNode.Parse(line)!)];
        Assert.Equal(["alert", "drop"], events.Select(one => (string?)one["event_type"]));
        Assert.All(events, one => Assert.Equal("blocked", (string?)one["alert"]!["action"]));

        string whole = _folder.Write("b.rules", "drop udp 10.0.0.0/8 any -> any 9 (msg:\"closed\"; sid:2;)\n");
        Assert.Contains("3 dropped", WeftProgram.Run("ids", "-r", _capture, "-S", whole, "--inline").Error);
    }

    [Fact]
    public void Ids_without_a_capture_or_with_one_that_is_missing_fails_with_a_reason()
    {
        Assert.Equal(1, WeftProgram.Run("ids", "-S", _rules).ExitCode);
        CommandResult missing = WeftProgram.Run("ids", "-r", _folder.File("missing.pcap"), "-S", _rules);
        Assert.Equal(2, missing.ExitCode);
        Assert.Contains("missing.pcap", missing.Error);
    }

    [Fact]
    public void Suricata_answers_who_it_is_in_the_words_that_its_test_runner_reads()
    {
        Assert.StartsWith("This is Suricata version 8.0.0 RELEASE", WeftProgram.Run("suricata", "-V").Output);
        Assert.Contains("\nFeatures: ", WeftProgram.Run("suricata", "--build-info").Output);
        string configuration = _folder.Write("s.yaml", "%YAML 1.1\n---\nvars:\n  address-groups:\n    LAB: \"10.0.0.0/8\"\noutputs:\n  - fast:\n      enabled: yes\n");
        Assert.Equal("vars = (null)\nvars.address-groups = (null)\nvars.address-groups.LAB = 10.0.0.0/8\noutputs = (null)\noutputs.0 = fast\noutputs.0.fast = (null)\noutputs.0.fast.enabled = yes\nx.y = 1\n", WeftProgram.Run("suricata", "-c", configuration, "--set", "x.y=1", "--dump-config").Output);
    }

    [Fact]
    public void Suricata_writes_eve_json_and_fast_log_where_it_is_told()
    {
        string configuration = _folder.Write("s.yaml", "vars:\n  address-groups:\n    LAB: \"10.0.0.0/8\"\n");
        string log = _folder.File("log");
        CommandResult result = WeftProgram.Run("suricata", "-r", _capture, "-S", _rules, "-l", log, "-c", configuration, "-k", "none", "--runmode=single", "--set", "stream.midstream=true");

        Assert.Equal(0, result.ExitCode);
        JsonNode[] events = [.. File.ReadAllLines(Path.Combine(log, "eve.json")).Select(line => JsonNode.Parse(line)!)];
        Assert.Equal(["alert", "flow"], events.Select(one => (string?)one["event_type"]));
        JsonNode alert = events[0];
        Assert.Equal((2, 1, "allowed"), ((int)alert["pcap_cnt"]!, (int)alert["alert"]!["signature_id"]!, (string?)alert["alert"]!["action"]));
        Assert.Single(File.ReadAllLines(Path.Combine(log, "fast.log")));
    }

    [Fact]
    public void Suricata_refuses_what_it_would_answer_wrongly()
    {
        Assert.Equal(1, WeftProgram.Run("suricata", "-r", _capture, "-S", _rules, "-l", _folder.File("log"), "--init-errors-fatal").ExitCode);
        CommandResult device = WeftProgram.Run("suricata", "-i", "eth0");
        Assert.Equal((1, "E: suricata: '-i' is not an option that weft answers\n"), (device.ExitCode, device.Error));
    }

    public void Dispose() => _folder.Dispose();
}
