using Weft.Conformance.Support;
using Weft.Host.Config;
using Weft.Host.Datapath;
using Weft.Host.Observe;
using Weft.Packets;
using Weft.Ports;
using static Weft.Conformance.HostTests.TestFrames;
using static Weft.Conformance.HostTests.TestPlans;

namespace Weft.Conformance.HostTests;

/// <summary>A new configuration takes over what the old one learned.</summary>
[Trait(Kind.Key, Kind.Property)]
public sealed class ReloadTests
{
    [Fact]
    public void The_same_configuration_again_changes_nothing()
    {
        using var rig = Learned();
        SwitchSnapshot before = rig.Switch.Snapshot();
        rig.Switch.Apply(rig.Switch.Plan, [.. Enumerable.Range(0, 5).Select(port => rig.Link(port).Left)]);
        Assert.Equal(SnapshotJson.Serialize(before), SnapshotJson.Serialize(rig.Switch.Snapshot()));
    }

    [Fact]
    public void What_was_learned_follows_names_when_ports_change_places_and_one_goes()
    {
        using var rig = Learned();
        rig.Pass(Db, Plain(Broadcast, C)[..13]);
        FrameTotals before = rig.Switch.Totals;
        SwitchPlan plan = rig.Switch.Plan;
        plan = plan with { Ports = [plan.Ports[Up0], plan.Ports[Web2], plan.Ports[Web1]], Vteps = [plan.Vteps[0] with { Port = 0 }] };
        rig.Switch.Apply(plan, [rig.Link(Up0).Left, rig.Link(Web2).Left, rig.Link(Web1).Left]);

        Assert.Equal(before, rig.Switch.Totals);
        Assert.Contains(rig.Switch.Snapshot().Drops, drop => drop.Port == "(removed)");
        rig.Pass(Web1, Plain(B, A));
        Assert.Equal([$"web2 {Convert.ToHexString(Plain(B, A))}"], rig.AllOut());
        rig.Pass(Web2, Plain(C, B));
        Assert.StartsWith("up0 ", Assert.Single(rig.AllOut()));
    }

    [Fact]
    public void Frames_that_wait_go_on_when_the_new_configuration_knows_their_next_hop()
    {
        using var rig = new SwitchRig(Unresolved());
        rig.Pass(Web1, Plain(B, A));
        int waiting = (int)rig.Switch.Totals.Held;
        rig.AllOut();
        rig.Switch.Apply(Resolved(), [.. Enumerable.Range(0, 5).Select(port => rig.Link(port).Left)]);
        Assert.Equal(waiting, rig.Switch.Totals.Held);
        rig.Run();
        Assert.Equal((0, waiting), ((int)rig.Switch.Totals.Held, rig.AllOut().Count(frame => frame.StartsWith("up0 ", StringComparison.Ordinal))));
    }

    [Fact]
    public void Frames_whose_way_is_gone_are_accounted_for()
    {
        using var rig = new SwitchRig(Unresolved());
        rig.Pass(Web1, Plain(B, A));
        Assert.Equal(2, rig.Switch.Totals.Held);
        SwitchPlan plan = Resolved();
        rig.Switch.Apply(plan with { Segments = [.. plan.Segments.Select(segment => segment with { Peers = [] })] }, [.. Enumerable.Range(0, 5).Select(port => rig.Link(port).Left)]);
        rig.Run();
        Assert.Equal(2, rig.Drops()["stopping"]);
    }

    [Fact]
    public void A_configuration_that_does_not_fit_leaves_the_old_one_in_force()
    {
        using var rig = Learned();
        Assert.Throws<ArgumentException>(() => rig.Switch.Apply(Resolved(), []));
        rig.Pass(Web1, Plain(B, A));
        Assert.Single(rig.AllOut());
    }

    [Fact]
    public void Another_size_of_buffers_is_taken_over_too_and_ports_that_go_are_closed()
    {
        SwitchPlan plan = Resolved();
        IdleLivePort[] ports = [.. plan.Ports.Select(port => new IdleLivePort(port.Name))];
        using var changed = new Switch(plan, ports);
        changed.Apply(plan with { PoolBuffers = 64, Ports = [.. plan.Ports.Where((_, i) => i != Db)], Vteps = [plan.Vteps[0] with { Port = 3 }] }, [.. ports.Where((_, i) => i != Db)]);
        Assert.True(ports[Db].IsDisposed);
        Assert.False(ports[Web1].IsDisposed);
        Assert.Equal(64, changed.BuffersAvailable);
        Assert.True(changed.RunOnce(out _));
    }

    [Fact]
    public void Bindings_of_both_families_are_taken_over()
    {
        var v6 = new TunnelAddress(IPv6Address.Parse("2001:db8::7"));
        var v4 = new TunnelAddress(IPv4Address.Parse("10.0.0.7"));
        using var first = new SwitchRig(Resolved());
        SwitchSnapshot state = first.Switch.Snapshot() with
        {
            Bindings = [new BindingSnapshot("blue", v4, B, IsRouter: false, AgeSeconds: 5), new BindingSnapshot("blue", v6, B, IsRouter: true, AgeSeconds: 7)],
        };
        using var second = new SwitchRig(Resolved(), state);
        Assert.Equal(state.Bindings, second.Switch.Snapshot().Bindings);
    }

    [Fact]
    public void Another_switch_starts_with_what_the_first_one_knew()
    {
        using var first = Learned();
        SwitchSnapshot state = SnapshotJson.Deserialize(SnapshotJson.Serialize(first.Switch.Snapshot()));
        using var second = new SwitchRig(Resolved(), state);
        second.Pass(Web1, Plain(B, A));
        Assert.Equal([$"web2 {Convert.ToHexString(Plain(B, A))}"], second.AllOut());
    }

    private static SwitchRig Learned()
    {
        var rig = new SwitchRig(Resolved());
        rig.Pass(Web2, Plain(A, B)).Pass(Up0, FromPeer(Plain(B, C)));
        rig.AllOut();
        return rig;
    }
}
