using Weft.Conformance.BridgeTests;
using Weft.Conformance.Support;
using Weft.Host.Config;
using Weft.Host.Datapath;
using Weft.Host.Observe;
using Weft.Packets;
using static Weft.Conformance.HostTests.TestPlans;

namespace Weft.Conformance.HostTests;

/// <summary>Link layer discovery in a switch: configured by port, shown, traced, published, kept over a reload.</summary>
[Trait(Kind.Key, Kind.Rfc)]
public sealed class LldpHostTests
{
    [Fact]
    public void A_port_with_lldp_speaks_and_hears_and_every_frame_is_in_the_books()
    {
        using var rig = new SwitchRig(Discovering());
        rig.Run();
        Assert.True(Bridge.LldpAgent.IsLldp(Assert.Single(rig.Out(Web1))));
        Assert.Empty(rig.Out(Web2));
        rig.Pass(Web1, LldpFrames.OfLldpd);
        LldpSnapshot shown = rig.Switch.Snapshot().Lldp!;
        LldpNeighborSnapshot neighbor = Assert.Single(shown.Neighbors);
        Assert.Equal(("web1", "36:52:72:13:00:b5", "36:52:72:13:00:b5", "vm", "a peer"), (neighbor.Port, neighbor.Chassis, neighbor.NeighborPort, neighbor.System, neighbor.Description));
        Assert.Equal(["station"], neighbor.Capabilities);
        Assert.Equal("fe80::3452:72ff:fe13:b5", neighbor.ManagementAddress);
        Assert.Equal(1, Assert.Single(shown.Ports).Received);
        Assert.Equal(1, rig.Switch.Totals.Consumed);
        Assert.Equal(neighbor.System, Assert.Single(SnapshotJson.Deserialize(SnapshotJson.Serialize(rig.Switch.Snapshot())).Lldp!.Neighbors).System);
        Assert.Equal(("web1", "vm"), Assert.Single(rig.Switch.ReadEvents().Events, happened => happened.Name == "neighbor-added") is var added ? (added.Subject, added.Fields["system"]) : default);
        rig.Wait(TimeSpan.FromSeconds(121));
        Assert.Empty(rig.Switch.Snapshot().Lldp!.Neighbors);
        Assert.Contains(rig.Switch.ReadEvents().Events, happened => happened.Name == "neighbor-lost");
    }

    [Fact]
    public void Without_lldp_the_frame_ends_at_the_bridge_as_any_to_a_reserved_group()
    {
        using var rig = new SwitchRig(Discovering());
        rig.Pass(Web2, LldpFrames.OfLldpd);
        Assert.Equal(1, rig.Drops()["reserved-group"]);
        using var off = new SwitchRig(Resolved());
        Assert.DoesNotContain(off.Switch.Snapshot().Stages, stage => stage.Name == "link");
        Assert.Null(off.Switch.Snapshot().Lldp);
    }

    [Fact]
    public void Other_frames_of_the_port_are_bridged()
    {
        using var rig = new SwitchRig(Discovering());
        rig.Pass(Web1, TestFrames.Plain(TestFrames.B, TestFrames.A));
        Assert.Single(rig.Out(Web2));
    }

    [Fact]
    public void A_reload_keeps_neighbours_and_counts_and_a_stop_says_good_bye()
    {
        using var rig = new SwitchRig(Discovering());
        rig.Pass(Web1, LldpFrames.OfLldpd);
        rig.Switch.Apply(Discovering() with { Lldp = new LldpPlan { Interval = TimeSpan.FromSeconds(5) } }, rig.Switch.Ports);
        LldpSnapshot shown = rig.Switch.Snapshot().Lldp!;
        Assert.Equal("vm", Assert.Single(shown.Neighbors).System);
        Assert.Equal(1, shown.Ports[0].Received);
        rig.Run();
        _ = rig.Out(Web1);
        rig.Switch.Stop();
        byte[] last = Assert.Single(rig.Out(Web1));
        Assert.True(last.AsSpan().IndexOf(new byte[] { 0x06, 0x02, 0, 0 }) > 0, Convert.ToHexString(last));
        Assert.True(rig.Switch.Totals.Balanced);
    }

    [Fact]
    public void A_trace_says_what_becomes_of_the_frame()
    {
        PacketTrace trace = PacketTracer.Trace(Discovering(), "web1", LldpFrames.OfLldpd);
        Assert.Equal(TraceOutcome.Consumed, trace.Outcome);
        Assert.Contains(trace.Lines, line => line is { Stage: "link", Text: "LLDP of a new neighbour" });
        PacketTrace damaged = PacketTracer.Trace(Discovering(), "web1", LldpFrames.OfLldpd.AsSpan(0, 30));
        Assert.StartsWith("VERDICT dropped by link: link-malformed", damaged.Verdict, StringComparison.Ordinal);
    }

    [Fact]
    public void With_several_workers_the_first_one_speaks_and_hears_for_all()
    {
        using var rig = new SwitchRig(Discovering(LldpMode.Both, LldpMode.Both) with { Workers = 2, PoolBuffers = 4096 });
        rig.Pass(Web2, LldpFrames.OfLldpd);
        Assert.Equal("web2", Assert.Single(rig.Switch.Snapshot().Lldp!.Neighbors).Port);
        Assert.Single(rig.Out(Web1));
        // A new neighbour hears of the switch at once.
        Assert.NotEmpty(rig.Out(Web2));
    }

    [Fact]
    public void Text_of_neighbours_cannot_take_a_terminal_over()
    {
        using var rig = new SwitchRig(Discovering());
        rig.Pass(Web1, LldpFrames.Neighbor(more: [LldpFrames.Text(5, "a\u001b[2Jb\u202e")]));
        Assert.Equal("a\uFFFD[2Jb\uFFFD", Assert.Single(rig.Switch.Snapshot().Lldp!.Neighbors).System);
    }

    /// <summary>LLDP at web1, and at web2 if said so.</summary>
    internal static SwitchPlan Discovering(LldpMode web1 = LldpMode.Both, LldpMode web2 = LldpMode.Off) =>
        Resolved().WithPort(Web1, port => port with { Lldp = web1 }).WithPort(Web2, port => port with { Lldp = web2 });
}
