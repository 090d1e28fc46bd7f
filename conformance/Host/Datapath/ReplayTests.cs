using Weft.Conformance.Support;
using Weft.Host.Config;
using Weft.Host.Datapath;
using Weft.Host.Observe;
using Weft.Packets;
using Weft.Ports;
using static Weft.Conformance.HostTests.TestFrames;
using static Weft.Conformance.HostTests.TestPlans;

namespace Weft.Conformance.HostTests;

/// <summary>Virtual time: a replay is a function of its input.</summary>
[Trait(Kind.Key, Kind.Corpus)]
public sealed class ReplayTests : IDisposable
{
    private readonly string _folder = Directory.CreateTempSubdirectory("weft-replay-").FullName;

    [Fact]
    public void The_same_captures_and_seed_give_the_same_bytes_and_books()
    {
        string[] first = Replay("first"), second = Replay("second");
        Assert.Equal(first, second);
        Assert.NotEmpty(File.ReadAllBytes(Path.Combine(_folder, "first-web2.pcap")));
    }

    [Fact]
    public void Bytes_of_the_first_and_the_last_stage_are_the_bytes_of_the_ports()
    {
        SwitchPlan plan = Unresolved();
        using var replay = new Switch(plan, [.. plan.Ports.Select((port, index) => new PcapPort(port.Name, new PcapPortOptions
        {
            ReadPath = Repository.File($"pcaps/{(index % 2 == 0 ? "ovs-vlan.pcap" : "kernel-vxlan-ipv4.pcap")}"),
        }))]);
        replay.RunToEnd();
        SwitchSnapshot snapshot = replay.Snapshot();
        StageSnapshot ingress = snapshot.Stages[0];
        StageSnapshot transmit = snapshot.Stages[^1];
        Assert.True(ingress.Bytes > 0 && transmit.Bytes > 0);
        Assert.Equal(snapshot.Ports.Sum(port => port.ReceivedBytes), ingress.Bytes);
        Assert.Equal(snapshot.Ports.Sum(port => port.SentBytes), transmit.Bytes);
    }

    [Fact]
    public void Frames_that_wait_at_the_end_are_given_up_in_virtual_time()
    {
        SwitchPlan plan = Unresolved();
        using var cable = new MemoryLink("web1", "far");
        cable.Right.TrySend(Plain(B, A), Timestamp.FromSeconds(5));
        using var rig = new Switch(plan, [cable.Left, .. plan.Ports.Skip(1).Select(port => new RefusingPort(port.Name))]);
        Assert.Equal(1, rig.RunToEnd());
        Assert.Equal(0, rig.Totals.Held);
        Assert.Equal(2, rig.Snapshot().Drops.Single(drop => drop.Reason == "neighbor-unresolved").Packets);
        Assert.Equal(3, (rig.Now - Timestamp.FromSeconds(5)).TotalSeconds, 3);
    }

    [Fact]
    public void A_switch_with_live_ports_has_no_end_and_plays_no_capture()
    {
        SwitchPlan plan = Resolved();
        using var live = new Switch(plan, [.. plan.Ports.Select(port => new IdleLivePort(port.Name))]);
        Assert.Throws<InvalidOperationException>(() => live.RunToEnd());
        Assert.True(live.RunOnce(out int received));
        Assert.Equal(0, received);

        using var cable = new MemoryLink("web1", "far");
        cable.Right.TrySend(Plain(B, A), Timestamp.Zero);
        ArgumentException refused = Assert.Throws<ArgumentException>(() => new Switch(plan, [cable.Left, .. plan.Ports.Skip(1).Select(port => new IdleLivePort(port.Name))]));
        Assert.Contains("clocks", refused.Message);
    }

    public void Dispose() => Directory.Delete(_folder, recursive: true);

    private string[] Replay(string name)
    {
        string[] inputs = ["linux-bridge.pcap", "kernel-igmp-mld.pcap", "kernel-fragments.pcap", "ovs-vlan.pcap", "kernel-vxlan-ipv4.pcap"];
        SwitchPlan plan = Unresolved();
        IPort[] ports =
        [
            .. plan.Ports.Select((port, index) => new PcapPort(port.Name, new PcapPortOptions
            {
                ReadPath = Repository.File("pcaps/" + inputs[index]),
                WritePath = Path.Combine(_folder, $"{name}-{port.Name}.pcap"),
            })),
        ];
        string books;
        using (var replay = new Switch(plan, ports, new SwitchOptions { Seed = SwitchRig.Seed }))
        {
            Assert.True(replay.RunToEnd() > 500);
            replay.Stop();
            Assert.True(replay.Totals.Balanced);
            SwitchSnapshot end = replay.Snapshot();
            books = SnapshotJson.Serialize(end with { Stages = [] });
        }

        return [books, .. plan.Ports.Select(port => Convert.ToHexString(File.ReadAllBytes(Path.Combine(_folder, $"{name}-{port.Name}.pcap"))))];
    }
}
