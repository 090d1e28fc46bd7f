using System.Text.Json.Nodes;
using Weft.Conformance.CliTests;
using Weft.Conformance.Support;
using Weft.Host.Config;
using Weft.Host.Datapath;
using Weft.Host.Datapath.Intrusion;
using Weft.Host.Observe;
using Weft.Packets;
using Weft.Pcap;
using static Weft.Conformance.HostTests.IdsRig;
using static Weft.Conformance.HostTests.TestFrames;
using static Weft.Conformance.HostTests.TestPlans;

namespace Weft.Conformance.HostTests;

/// <summary>Files that sensors read and write.</summary>
public sealed class IdsFilesTests
{
    [Fact]
    [Trait(Kind.Key, Kind.Model)]
    public void An_alert_is_a_line_of_EVE_JSON_and_a_line_of_text()
    {
        using var folder = new TemporaryFolder();
        var rules = IdsRules.Load(new IdsRuleFiles
        {
            Files = [folder.Write("a.rules", "drop udp any any -> any any (msg:\"an \\\"evil\\\" word\"; content:\"evil\"; classtype:trojan-activity; sid:7; rev:2;)")],
            Classification = folder.Write("classification.config", "# comment\nconfig classification: trojan-activity,A Network Trojan was detected, 1\n"),
        });
        using (var rig = new SwitchRig(Guarded(change: plan => plan with { Rules = rules, EvePath = folder.File("log/eve.json"), FastLogPath = folder.File("log/fast.log") })))
        {
            rig.Pass(Web1, Udp(B, A, "an evil word"));
        }

        JsonNode[] lines = [.. File.ReadAllLines(folder.File("log/eve.json")).Select(line => JsonNode.Parse(line)!)];
        Assert.Equal(["alert", "drop"], lines.Select(line => (string?)line["event_type"]));
        Assert.Equal(("rules", 7), ((string?)lines[1]["drop"]!["reason"], (int)lines[1]["alert"]!["signature_id"]!));
        JsonNode eve = lines[0];
        Assert.Equal(("1970-01-01T00:16:40.000000+0000", "alert", "web1", "10.0.0.1", 4000, "10.0.0.2", 9, "UDP"), ((string?)eve["timestamp"], (string?)eve["event_type"], (string?)eve["in_iface"], (string?)eve["src_ip"], (int)eve["src_port"]!, (string?)eve["dest_ip"], (int)eve["dest_port"]!, (string?)eve["proto"]));
        JsonNode alert = eve["alert"]!;
        Assert.Equal(("blocked", 1, 7, 2, "an \"evil\" word", "A Network Trojan was detected", 1), ((string?)alert["action"], (int)alert["gid"]!, (int)alert["signature_id"]!, (int)alert["rev"]!, (string?)alert["signature"], (string?)alert["category"], (int)alert["severity"]!));
        Assert.Equal("01/01/1970-00:16:40.000000  [Drop] [**] [1:7:2] an \"evil\" word [**] [Classification: A Network Trojan was detected] [Priority: 1] {UDP} 10.0.0.1:4000 -> 10.0.0.2:9", Assert.Single(File.ReadAllLines(folder.File("log/fast.log"))));
    }

    [Fact]
    [Trait(Kind.Key, Kind.Model)]
    public void A_conversation_that_alerts_is_captured_with_what_went_before_and_some_of_what_follows()
    {
        using var folder = new TemporaryFolder();
        using (var rig = new SwitchRig(Guarded(change: plan => plan with { IsInline = false, PcapPath = folder.File("bad.pcap"), PcapPackets = 2 })))
        {
            rig.Pass(Web1, Udp(B, A, "hello")).Pass(Web1, Udp(B, A, "somebody else", 4001)).Pass(Web2, Udp(A, B, "other way", 4002));
            rig.Pass(Web1, Udp(B, A, "evil")).Pass(Web1, Udp(B, A, "more")).Pass(Web1, Udp(B, A, "too much"));
        }

        using var reader = PcapReader.Open(folder.File("bad.pcap"));
        var payloads = new List<string>();
        while (reader.TryRead(out PcapPacket packet))
        {
            payloads.Add(System.Text.Encoding.Latin1.GetString(packet.Data[42..]));
        }

        Assert.Equal(["hello", "evil", "more"], payloads);
    }

    [Fact]
    [Trait(Kind.Key, Kind.Model)]
    public async Task Rules_are_read_again_beside_the_running_switch_and_a_file_that_is_gone_changes_nothing()
    {
        using var folder = new TemporaryFolder();
        string file = folder.Write("a.rules", "alert udp any any -> any any (content:\"one\"; sid:1;)");
        var rules = IdsRules.Load(new IdsRuleFiles { Files = [file] });
        await using SwitchHost host = SwitchHost.Start(Guarded(change: plan => plan with { Rules = rules }), new SwitchHostOptions { OpenPort = port => new IdleLivePort(port.Name) });
        _ = folder.Write("a.rules", "alert udp any any -> any any (content:\"one\"; sid:1;)\nalert udp any any -> any any (content:\"two\"; sid:2;)\nnonsense");
        (_, IdsRuleGeneration generation) = Assert.Single(await host.ReloadRulesAsync());
        Assert.Equal((2, 2), (generation.Number, generation.Image.RuleCount));
        Assert.StartsWith($"{file}:3:", Assert.Single(generation.LeftOut));
        File.Delete(file);
        await Assert.ThrowsAsync<SwitchStartException>(host.ReloadRulesAsync);
        Assert.Same(generation, rules.Current);
    }

    [Fact]
    [Trait(Kind.Key, Kind.Model)]
    public void New_rules_hold_from_the_next_vector_for_conversations_that_live_on()
    {
        using var folder = new TemporaryFolder();
        var rules = IdsRules.Load(new IdsRuleFiles { Files = [folder.Write("a.rules", "alert udp any any -> any any (content:\"one\"; sid:1;)")] });
        using var rig = new SwitchRig(Guarded(change: plan => plan with { Rules = rules }));
        rig.Pass(Web1, Udp(B, A, "two")).Pass(Web2, Udp(A, B, "two"));
        _ = folder.Write("a.rules", "drop udp any any -> any any (flow:established; content:\"two\"; sid:2;)");
        _ = rules.Reload();
        rig.Pass(Web1, Udp(B, A, "two"));
        IdsSnapshot sensor = rig.Switch.Snapshot().Ids[0];
        Assert.Equal((2, 1L), (sensor.Generation, sensor.Alerts));
    }

    [Fact]
    [Trait(Kind.Key, Kind.Hostile)]
    public void A_file_that_cannot_be_written_is_named_before_the_switch_starts()
    {
        using var folder = new TemporaryFolder();
        SwitchPlan plan = Guarded(change: sensor => sensor with { EvePath = folder.Path });
        Assert.Contains(folder.Path, Assert.Throws<SwitchStartException>(() => new SwitchRig(plan)).Message);
    }
}
