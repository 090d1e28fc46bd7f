using Weft.Conformance.Support;
using Weft.Host.Config;
using Weft.Host.Observe;
using static Weft.Conformance.HostTests.TestFrames;
using static Weft.Conformance.HostTests.TestPlans;

namespace Weft.Conformance.HostTests;

/// <summary>Ports that the switch shuts because of who is behind them: protect, restrict, shutdown; what opens them again.</summary>
[Trait(Kind.Key, Kind.Hostile)]
public sealed class PortShutdownTests
{
    [Fact]
    public void Protect_drops_and_says_nothing_and_restrict_tells_once_a_second()
    {
        using var quiet = new SwitchRig(Limited(RefusedSourceAction.Drop));
        quiet.Pass(Web1, Plain(Broadcast, A)).Pass(Web1, Plain(Broadcast, B));
        Assert.Empty(EventsOf(quiet, "security-violation"));
        using var rig = new SwitchRig(Limited(RefusedSourceAction.Restrict));
        rig.Pass(Web1, Plain(Broadcast, A)).Pass(Web1, Plain(Broadcast, B)).Pass(Web1, Plain(Broadcast, C)).Wait(TimeSpan.FromSeconds(1)).Pass(Web1, Plain(Broadcast, C)).Pass(Web1, Plain(Broadcast, A));
        Assert.Equal(2, rig.Out(Web2).Count);
        Assert.Equal(3, rig.Drops()["source-refused"]);
        Assert.Equal(
            [("web1", "blue", B.ToString(), "limit-reached"), ("web1", "blue", C.ToString(), "limit-reached")],
            EventsOf(rig, "security-violation").Select(happened => (happened.Subject, happened.Fields["segment"], happened.Fields["mac"], happened.Fields["why"])));
        Assert.Null(rig.Switch.Snapshot().Ports[Web1].Shutdown);
    }

    [Fact]
    public void Shutdown_closes_the_port_both_ways_until_its_time_is_over()
    {
        using var rig = new SwitchRig(Limited(RefusedSourceAction.Shutdown));
        rig.Pass(Web1, Plain(Broadcast, A)).Pass(Web1, Plain(Broadcast, B)).Pass(Web1, Plain(Broadcast, A)).Pass(Web2, Plain(Broadcast, C));
        Assert.Equal((1, 0), (rig.Out(Web2).Count, rig.Out(Web1).Count));
        Assert.Equal((1, 1, 1), (rig.Drops()["source-refused"], rig.Drops()["port-shut"], rig.Drops()["egress-port-shut"]));
        PortSnapshot shown = rig.Switch.Snapshot().Ports[Web1];
        Assert.Equal(("port-security", 60.0, 1L), (shown.Shutdown!.Cause, shown.Shutdown.RecoversInSeconds, shown.Shutdowns));
        Assert.Equal([("web1", "port-security", "60")], EventsOf(rig, "shut").Select(happened => (happened.Subject, happened.Fields["cause"], happened.Fields["recoverySeconds"])));
        // Who was there first is still known to be there.
        Assert.Equal("web1", rig.Switch.Snapshot().Fdb.Single(entry => entry.Mac == A).Port);

        rig.Wait(TimeSpan.FromSeconds(60)).Pass(Web1, Plain(Broadcast, A));
        Assert.Single(rig.Out(Web2));
        Assert.Null(rig.Switch.Snapshot().Ports[Web1].Shutdown);
        Assert.Equal("time", Assert.Single(EventsOf(rig, "reopened")).Fields["by"]);
    }

    [Fact]
    public void A_person_opens_what_is_shut_for_ever_and_nothing_else()
    {
        using var rig = new SwitchRig(Limited(RefusedSourceAction.Shutdown, recovery: null));
        rig.Pass(Web1, Plain(Broadcast, A)).Pass(Web1, Plain(Broadcast, B)).Wait(TimeSpan.FromDays(1));
        Assert.Null(rig.Switch.Snapshot().Ports[Web1].Shutdown!.RecoversInSeconds);
        Assert.Contains("'web2' is not shut", Assert.Throws<InvalidOperationException>(() => rig.Switch.EnablePort("web2")).Message, StringComparison.Ordinal);
        Assert.Contains("no port 'web9'", Assert.Throws<InvalidOperationException>(() => rig.Switch.EnablePort("web9")).Message, StringComparison.Ordinal);
        rig.Switch.EnablePort("web1");
        rig.Pass(Web1, Plain(Broadcast, A));
        Assert.Equal("person", Assert.Single(EventsOf(rig, "reopened")).Fields["by"]);
        Assert.True(rig.Switch.Totals.Balanced);
    }

    [Fact]
    public void Who_borrows_the_address_of_a_sticky_or_static_machine_shuts_his_own_port_alone()
    {
        SwitchPlan plan = Resolved().WithPort(Web1, web => web with { Learning = new PortLearningPlan { IsSticky = true } })
            .WithPort(Web2, web => web with { Learning = new PortLearningPlan { Refused = RefusedSourceAction.Shutdown } });
        using var rig = new SwitchRig(plan);
        rig.Pass(Web1, Plain(Broadcast, A)).Pass(Web2, Plain(Broadcast, A));
        Assert.Equal([false, true, false, false, false], rig.Switch.Snapshot().Ports.Select(port => port.Shutdown is not null));
    }

    [Fact]
    public void A_segment_that_is_full_shuts_nobodys_port()
    {
        SwitchPlan plan = Resolved().With(0, blue => blue with { MaxMacs = 1 }).WithPort(Web1, web => web with { Learning = new PortLearningPlan { MaxMacs = 5, Refused = RefusedSourceAction.Shutdown } });
        using var rig = new SwitchRig(plan);
        rig.Pass(Web2, Plain(Broadcast, B)).Pass(Web1, Plain(Broadcast, A));
        Assert.Equal(1, rig.Drops()["source-refused"]);
        Assert.All(rig.Switch.Snapshot().Ports, port => Assert.Null(port.Shutdown));
    }

    [Fact]
    public void A_reload_and_a_restart_keep_the_port_shut_and_a_configuration_without_it_opens_the_port()
    {
        SwitchPlan plan = Limited(RefusedSourceAction.Shutdown);
        using var rig = new SwitchRig(plan);
        rig.Pass(Web1, Plain(Broadcast, A)).Pass(Web1, Plain(Broadcast, B)).Wait(TimeSpan.FromSeconds(10));
        rig.Switch.Apply(plan.With(0, blue => blue with { Ageing = TimeSpan.FromSeconds(20) }), rig.Switch.Ports);
        Assert.Equal((50.0, 1L), (rig.Switch.Snapshot().Ports[Web1].Shutdown!.RecoversInSeconds, rig.Switch.Snapshot().Ports[Web1].Shutdowns));

        using var next = new SwitchRig(plan, rig.Switch.Snapshot(), start: 5_000);
        next.Pass(Web1, Plain(Broadcast, A));
        Assert.Equal(1, next.Drops()["port-shut"]);
        next.Wait(TimeSpan.FromSeconds(50)).Pass(Web1, Plain(Broadcast, A));
        Assert.Single(next.Out(Web2));

        _ = rig.Out(Web2);
        rig.Switch.Apply(Resolved(), rig.Switch.Ports);
        rig.Pass(Web1, Plain(Broadcast, A));
        Assert.Single(rig.Out(Web2));
    }

    [Fact]
    public void A_trace_says_that_the_port_is_shut_and_shuts_none_itself()
    {
        SwitchPlan plan = Limited(RefusedSourceAction.Shutdown);
        using var rig = new SwitchRig(plan);
        rig.Pass(Web1, Plain(Broadcast, A));
        Assert.StartsWith("VERDICT dropped by bridge: source-refused", PacketTracer.Trace(plan, "web1", Plain(Broadcast, B), rig.Switch.Snapshot()).Verdict, StringComparison.Ordinal);
        Assert.Null(rig.Switch.Snapshot().Ports[Web1].Shutdown);
        rig.Pass(Web1, Plain(Broadcast, B));
        PacketTrace trace = PacketTracer.Trace(plan, "web1", Plain(Broadcast, A), rig.Switch.Snapshot());
        Assert.StartsWith("VERDICT dropped by ingress: port-shut", trace.Verdict, StringComparison.Ordinal);
        Assert.Contains(trace.Lines, line => line.Text.Contains("the switch has shut port web1", StringComparison.Ordinal));
    }

    [Fact]
    public void With_several_workers_a_port_is_shut_for_all()
    {
        using var rig = new SwitchRig(Limited(RefusedSourceAction.Shutdown) with { Workers = 3 });
        rig.Pass(Web1, Plain(Broadcast, A)).Pass(Web1, Plain(Broadcast, B)).Pass(Web1, Plain(Broadcast, A)).Pass(Web2, Plain(Broadcast, C));
        Assert.Empty(rig.Out(Web1));
        Assert.Equal((1, 1), (rig.Drops()["port-shut"], rig.Drops()["egress-port-shut"]));
    }

    internal static SwitchPlan Limited(RefusedSourceAction action, double? recovery = 60) => Resolved().WithPort(Web1, web => web with
    {
        Learning = new PortLearningPlan { MaxMacs = 1, Refused = action, Recovery = recovery is double seconds ? TimeSpan.FromSeconds(seconds) : null },
    });

    private static List<SwitchEvent> EventsOf(SwitchRig rig, string name) => [.. rig.Switch.ReadEvents().Events.Where(happened => happened.Name == name)];
}
