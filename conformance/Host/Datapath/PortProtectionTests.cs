using Weft.Bridge;
using Weft.Conformance.Support;
using Weft.Host.Config;
using Weft.Host.Datapath;
using Weft.Host.Observe;
using Weft.Packets;
using static Weft.Conformance.HostTests.TestFrames;
using static Weft.Conformance.HostTests.TestPlans;

namespace Weft.Conformance.HostTests;

/// <summary>What a port may have flooded and may teach: configured, dropped with a reason, shown, traced and published.</summary>
[Trait(Kind.Key, Kind.Hostile)]
public sealed class PortProtectionTests
{
    [Fact]
    public void Broadcasts_above_the_limit_are_dropped_as_storm_limit_and_others_pass()
    {
        using var rig = new SwitchRig(Resolved().WithPort(Web1, web => web with { Storm = new StormLimits { Broadcast = 100 } }));
        for (int i = 0; i < 30; i++)
        {
            rig.Pass(Web1, Plain(Broadcast, A));
        }

        // A burst is a tenth of a second's frames.
        Assert.Equal(10, rig.Out(Web2).Count);
        Assert.Equal(20, rig.Drops()["storm-limit"]);
        rig.Pass(Web2, Plain(Broadcast, B));
        Assert.Single(rig.Out(Web1));
        SwitchEvent storm = Assert.Single(EventsOf(rig, "storm"));
        Assert.Equal(("web1", "blue"), (storm.Subject, storm.Fields["segment"]));
        rig.Wait(TimeSpan.FromSeconds(1)).Pass(Web1, Plain(Broadcast, A));
        Assert.Single(rig.Out(Web2));
    }

    [Fact]
    public void An_address_beyond_the_ports_quota_is_not_learned_and_its_frames_pass_by_default()
    {
        using var rig = new SwitchRig(Resolved().WithPort(Web1, web => web with { Learning = new PortLearningPlan { MaxMacs = 1 } }));
        rig.Pass(Web1, Plain(Broadcast, A)).Pass(Web1, Plain(Broadcast, B));
        Assert.Equal(2, rig.Out(Web2).Count);
        SwitchSnapshot shown = rig.Switch.Snapshot();
        Assert.Equal(A, Assert.Single(shown.Fdb).Mac);
        Assert.Equal(1, shown.Ports[Web1].Macs);
        Assert.Equal(1, shown.Learning.LimitReached);
        Assert.Equal("limit-reached", Assert.Single(EventsOf(rig, "limit-reached")).Fields["reason"]);
    }

    [Fact]
    public void A_port_that_drops_refused_sources_drops_them_as_source_refused()
    {
        using var rig = new SwitchRig(Resolved().WithPort(Web1, web => web with { Learning = new PortLearningPlan { MaxMacs = 1, Refused = RefusedSourceAction.Drop } }));
        rig.Pass(Web1, Plain(Broadcast, A)).Pass(Web1, Plain(Broadcast, B)).Pass(Web1, Plain(Broadcast, A));
        Assert.Equal(2, rig.Out(Web2).Count);
        Assert.Equal(1, rig.Drops()["source-refused"]);
    }

    [Fact]
    public void An_address_of_a_sticky_port_cannot_be_drawn_away_until_it_ages()
    {
        using var rig = new SwitchRig(Resolved().WithPort(Web1, web => web with { Learning = new PortLearningPlan { IsSticky = true } }));
        rig.Pass(Web1, Plain(Broadcast, A)).Pass(Web2, Plain(Broadcast, A));
        FdbEntrySnapshot entry = Assert.Single(rig.Switch.Snapshot().Fdb);
        Assert.Equal(("web1", true), (entry.Port, entry.IsSticky));
        Assert.Equal("sticky-conflict", Assert.Single(EventsOf(rig, "mac-held")).Fields["reason"]);
        rig.Wait(TimeSpan.FromSeconds(301)).Pass(Web2, Plain(Broadcast, A));
        Assert.Equal("web2", Assert.Single(rig.Switch.Snapshot().Fdb).Port);
    }

    [Fact]
    public void An_address_that_moves_too_often_is_held_where_it_is_and_a_loop_behind_a_dropping_port_ends()
    {
        SwitchPlan plan = Resolved() with { MoveDamping = new MoveDamping { MaxMoves = 2 } };
        using var rig = new SwitchRig(plan.WithPort(Web2, web => web with { Learning = new PortLearningPlan { Refused = RefusedSourceAction.Drop } }));
        foreach (int port in new[] { Web1, Web2, Web1, Web2, Web2 })
        {
            rig.Pass(port, Plain(Broadcast, A));
        }

        FdbEntrySnapshot entry = Assert.Single(rig.Switch.Snapshot().Fdb);
        Assert.Equal(("web1", true), (entry.Port, entry.IsHeld));
        Assert.Equal(2, rig.Drops()["source-refused"]);
        Assert.Equal(2, EventsOf(rig, "mac-moved").Count);
        Assert.Equal("held-down", EventsOf(rig, "mac-held")[0].Fields["reason"]);
    }

    [Fact]
    public void A_static_entry_is_not_moved_by_who_uses_its_address()
    {
        using var rig = new SwitchRig(Resolved().With(0, blue => blue with { StaticEntries = [new StaticMacPlan(A, Web1, null)] }));
        rig.Pass(Web2, Plain(Broadcast, A));
        Assert.Equal(("web1", true), Assert.Single(rig.Switch.Snapshot().Fdb) is var entry ? (entry.Port, entry.IsStatic) : default);
        Assert.Equal("static-conflict", Assert.Single(EventsOf(rig, "mac-held")).Fields["reason"]);
    }

    [Fact]
    public void A_trace_says_that_the_source_may_not_be_learned_and_why_the_frame_is_dropped()
    {
        SwitchPlan plan = Resolved().WithPort(Web1, web => web with { Learning = new PortLearningPlan { MaxMacs = 1, Refused = RefusedSourceAction.Drop } });
        using var rig = new SwitchRig(plan);
        rig.Pass(Web1, Plain(Broadcast, A));
        PacketTrace trace = PacketTracer.Trace(plan, "web1", Plain(Broadcast, B), rig.Switch.Snapshot());
        Assert.StartsWith("VERDICT dropped by bridge: source-refused", trace.Verdict, StringComparison.Ordinal);
        Assert.Contains(trace.Lines, line => line.Text.Contains("not learned, a limit is reached", StringComparison.Ordinal));
        Assert.Contains(trace.Lines, line => line.Text.Contains("the port drops frames whose source it may not teach", StringComparison.Ordinal));
    }

    [Fact]
    public void A_reload_keeps_the_totals_of_learning()
    {
        using var rig = new SwitchRig(Resolved());
        rig.Pass(Web1, Plain(Broadcast, A)).Pass(Web2, Plain(Broadcast, A));
        LearningTotals before = rig.Switch.Snapshot().Learning;
        Assert.Equal((1, 1), (before.Learned, before.Moved));
        rig.Switch.Apply(Resolved().With(0, blue => blue with { Ageing = TimeSpan.FromSeconds(20) }), rig.Switch.Ports);
        Assert.Equal(before, rig.Switch.Snapshot().Learning);
    }

    [Fact]
    public void A_port_that_moves_an_address_with_every_frame_publishes_twenty_moves_a_second_at_most()
    {
        using var rig = new SwitchRig(Resolved());
        for (int i = 0; i < 100; i++)
        {
            rig.Pass(i % 2 == 0 ? Web1 : Web2, Plain(Broadcast, A));
        }

        Assert.Equal(20, EventsOf(rig, "mac-moved").Count);
    }

    private static List<SwitchEvent> EventsOf(SwitchRig rig, string name) => [.. rig.Switch.ReadEvents().Events.Where(happened => happened.Name == name)];
}
