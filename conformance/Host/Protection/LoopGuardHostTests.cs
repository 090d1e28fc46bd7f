using Weft.Conformance.Support;
using Weft.Host.Config;
using Weft.Host.Observe;
using Weft.Packets;
using static Weft.Conformance.HostTests.TestFrames;
using static Weft.Conformance.HostTests.TestPlans;

namespace Weft.Conformance.HostTests;

/// <summary>Cables between ports of the switch, and machines that send back what they get.</summary>
[Trait(Kind.Key, Kind.Hostile)]
public sealed class LoopGuardHostTests
{
    [Fact]
    public void Of_two_ports_that_are_connected_one_is_shut_and_the_other_goes_on()
    {
        using var rig = new SwitchRig(Guarded(Web1, Web2));
        rig.Run();
        Connect(rig, Web1, Web2);
        bool[] shut = [.. rig.Switch.Snapshot().Ports.Select(port => port.Shutdown is not null)];
        Assert.Single(shut, isShut => isShut);
        Assert.True(shut[Web1] ^ shut[Web2]);
        SwitchEvent found = Assert.Single(EventsOf(rig, "loop-found"));
        Assert.Equal(new HashSet<string> { "web1", "web2" }, [found.Fields["sentBy"], found.Fields["receivedAt"]]);
        Assert.Equal(found.Subject, Assert.Single(EventsOf(rig, "shut")).Subject);
        Assert.Equal(1, rig.Switch.Snapshot().Ports.Sum(port => port.Shutdowns));
        // The loop is cut: nothing is found any more, and nothing is sent where it is shut.
        rig.Wait(TimeSpan.FromSeconds(5));
        Connect(rig, Web1, Web2);
        Assert.Single(EventsOf(rig, "loop-found"));
    }

    [Fact]
    public void A_port_that_gets_its_own_probe_back_is_shut_and_opens_when_the_loop_is_gone()
    {
        using var rig = new SwitchRig(Guarded(Web1));
        rig.Run();
        rig.Pass(Web1, Plain(Broadcast, A));
        Connect(rig, Web1, Web1);
        SwitchSnapshot shown = rig.Switch.Snapshot();
        Assert.Equal(("loop", 30.0), (shown.Ports[Web1].Shutdown!.Cause, shown.Ports[Web1].Shutdown!.RecoversInSeconds));
        Assert.Equal((1L, 1L), (shown.LoopGuard!.Sent, shown.LoopGuard.Returned));
        // What was learned behind it may have come round.
        Assert.Empty(shown.Fdb);
        rig.Wait(TimeSpan.FromSeconds(30)).Pass(Web1, Plain(Broadcast, A));
        Assert.NotEmpty(rig.Out(Web2));
    }

    [Fact]
    public void A_port_without_guard_that_gets_a_probe_has_the_one_shut_that_sent_it()
    {
        using var rig = new SwitchRig(Guarded(Web1));
        rig.Run();
        Connect(rig, Web1, Web2);
        Assert.Equal([true, false, false, false, false], rig.Switch.Snapshot().Ports.Select(port => port.Shutdown is not null));
    }

    [Fact]
    public void Log_tells_and_shuts_nothing()
    {
        using var rig = new SwitchRig(Guarded(Web1).WithPort(Web1, web => web with { LoopGuard = new LoopGuardPlan { Action = LoopAction.Log } }));
        rig.Run();
        Connect(rig, Web1, Web1);
        Assert.Equal(("web1", "0"), Assert.Single(EventsOf(rig, "loop-found")) is var found ? (found.Subject, found.Fields["vlan"]) : default);
        Assert.All(rig.Switch.Snapshot().Ports, port => Assert.Null(port.Shutdown));
    }

    [Fact]
    public void A_trunk_asks_in_every_VLAN_that_has_a_segment_and_an_access_port_in_its_own()
    {
        using var rig = new SwitchRig(Guarded(Web1, Trunk));
        rig.Run();
        Assert.Equal([-1], Probes(rig, Web1).Select(VlanOf));
        Assert.Equal([10, 20], Probes(rig, Trunk).Select(VlanOf));
        Assert.Empty(Probes(rig, Web2));
    }

    [Fact]
    public void Whoever_keeps_probes_or_changes_them_shuts_nobody_and_is_counted()
    {
        using var rig = new SwitchRig(Guarded(Web1, Web2));
        rig.Run();
        byte[] probe = Assert.Single(Probes(rig, Web1));
        for (int second = 0; second < 4; second++)
        {
            rig.Wait(TimeSpan.FromSeconds(1));
        }

        _ = rig.AllOut();
        rig.Pass(Web2, probe);
        byte[] forged = [.. probe];
        forged[37] ^= 0x40;
        rig.Pass(Web2, forged);
        Assert.All(rig.Switch.Snapshot().Ports, port => Assert.Null(port.Shutdown));
        Assert.Equal((1L, 1L), (rig.Switch.Snapshot().LoopGuard!.Late, rig.Switch.Snapshot().LoopGuard!.Forged));
        Assert.Equal(1, rig.Drops()["loop-probe-forged"]);
        // Those of another switch go through, so that it finds its loop.
        byte[] foreign = [.. probe];
        foreign[22] ^= 1;
        rig.Pass(Web1, foreign);
        Assert.Single(rig.Out(Web2), frame => frame.AsSpan().SequenceEqual(foreign));
    }

    [Fact]
    public void With_several_workers_the_first_one_judges()
    {
        using var rig = new SwitchRig(Guarded(Web1, Web2) with { Workers = 3 });
        rig.Run();
        Connect(rig, Web2, Web1);
        Assert.Single(rig.Switch.Snapshot().Ports, port => port.Shutdown is not null);
    }

    [Fact]
    public void A_switch_without_guard_sends_no_probe_and_has_no_such_stage()
    {
        using var rig = new SwitchRig(Resolved());
        rig.Run().Wait(TimeSpan.FromSeconds(5));
        Assert.Empty(rig.AllOut());
        Assert.DoesNotContain(rig.Switch.Snapshot().Stages, stage => stage.Name == "link");
        Assert.Null(rig.Switch.Snapshot().LoopGuard);
    }

    internal static SwitchPlan Guarded(params int[] ports) =>
        ports.Aggregate(Resolved(), (plan, port) => plan.WithPort(port, guarded => guarded with { LoopGuard = new LoopGuardPlan { Recovery = TimeSpan.FromSeconds(30) } }));

    internal static List<byte[]> Probes(SwitchRig rig, int port) => [.. rig.Out(port).Where(frame => MacAddress.Read(frame) == MacAddress.Parse("03:57:46:54:4c:50"))];

    /// <summary>What left by each of two ports so far comes in by the other.</summary>
    private static void Connect(SwitchRig rig, int one, int two)
    {
        List<byte[]> fromOne = rig.Out(one), fromTwo = one == two ? [] : rig.Out(two);
        fromOne.ForEach(frame => rig.Send(two, frame));
        fromTwo.ForEach(frame => rig.Send(one, frame));
        rig.Run();
    }

    private static int VlanOf(byte[] frame) => frame[12] == 0x81 ? (frame[14] << 8) | frame[15] : -1;

    private static List<SwitchEvent> EventsOf(SwitchRig rig, string name) => [.. rig.Switch.ReadEvents().Events.Where(happened => happened.Name == name)];
}
