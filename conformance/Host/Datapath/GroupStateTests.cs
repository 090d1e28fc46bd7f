using FsCheck;
using FsCheck.Fluent;
using Weft.Conformance.MulticastTests;
using Weft.Conformance.Support;
using Weft.Host.Config;
using Weft.Host.Observe;
using Weft.Packets;
using static Weft.Conformance.HostTests.GroupPlans;
using static Weft.Conformance.HostTests.TestFrames;
using static Weft.Conformance.HostTests.TestPlans;

namespace Weft.Conformance.HostTests;

/// <summary>What is known of groups outlives a new configuration and a restart, and flows replayed are flows decided anew.</summary>
[Trait(Kind.Key, Kind.Property)]
public sealed class GroupStateTests
{
    private static readonly string[] Groups = [Group, Routed, "232.1.1.1"];

    /// <summary>One command in a few numbers, each read modulo what it chooses from.</summary>
    private readonly record struct Step(int Kind, int Place, int Group, int Source, int Detail);

    /// <summary>
    /// Random histories of joins, leaves, filters, queries, waits, cut cables, tunnel peers that come and go, and data. For every frame of data the
    /// switch, whose flows are remembered, must send what a switch sends that was made this moment from the first one's state.
    /// </summary>
    [Fact]
    public void A_flow_replayed_goes_where_a_switch_without_memory_of_flows_sends_it()
    {
        Gen<Step> step =
            from kind in Gen.Choose(0, 19)
            from place in Gen.Choose(0, 4)
            from thing in Gen.Choose(0, 2)
            from source in Gen.Choose(0, 2)
            from detail in Gen.Choose(0, 11)
            select new Step(kind, place, thing, source, detail);
        Arbitrary<Step[]> walks = Arb.From(Gen.Sized(size => step.ArrayOf(size)), Shrink);
        long replayed = 0;
        Prop.ForAll(walks, walk => Agrees(walk, ref replayed)).Check(Chance.Of(60));
        Assert.True(replayed > 100, $"only {replayed} frames were replayed");
    }

    [Fact]
    public void The_same_configuration_again_changes_nothing()
    {
        using var rig = Learned();
        SwitchSnapshot before = rig.Switch.Snapshot();
        rig.Switch.Apply(rig.Switch.Plan, [.. Enumerable.Range(0, 5).Select(port => rig.Link(port).Left)]);
        SwitchSnapshot after = rig.Switch.Snapshot();
        Assert.NotEmpty(before.Multicast!.Groups);
        Assert.Equal(Known(before), Known(after));
        Assert.Equal(before.Multicast.Counters, after.Multicast!.Counters);
    }

    [Fact]
    public void Another_switch_goes_on_with_what_the_first_one_knew()
    {
        using var first = Learned();
        SwitchSnapshot state = SnapshotJson.Deserialize(SnapshotJson.Serialize(first.Switch.Snapshot()));
        using var second = new SwitchRig(Querying(), state);
        Assert.Equal(Known(state), Known(second.Switch.Snapshot()));
        byte[] data = DataFrames.Udp("10.0.0.1", Group);
        second.Pass(Web1, data);
        Assert.Equal([$"web2 {Convert.ToHexString(data)}"], second.AllOut());
        second.Wait(TimeSpan.FromSeconds(261)).Pass(Web1, data);
        Assert.DoesNotContain(second.AllOut(), line => line.EndsWith(Convert.ToHexString(data), StringComparison.Ordinal));
    }

    [Fact]
    public void What_is_known_follows_names_when_ports_change_places()
    {
        using var rig = Learned();
        SwitchPlan plan = rig.Switch.Plan;
        plan = plan with { Ports = [plan.Ports[Up0], plan.Ports[Web2], plan.Ports[Web1]], Vteps = [plan.Vteps[0] with { Port = 0 }] };
        rig.Switch.Apply(plan, [rig.Link(Up0).Left, rig.Link(Web2).Left, rig.Link(Web1).Left]);
        Assert.Equal(["web2"], rig.Switch.Snapshot().Multicast!.Groups.Where(group => $"{group.Group}" == Group).Select(group => group.Port));
        rig.AllOut();
        byte[] data = DataFrames.Udp("10.0.0.1", Group);
        rig.Pass(Web1, data);
        Assert.Equal([$"web2 {Convert.ToHexString(data)}"], rig.AllOut());
    }

    /// <summary>What a switch knows of groups, as text.</summary>
    private static string Known(SwitchSnapshot snapshot) => SnapshotJson.Serialize(new SwitchSnapshot
    {
        Name = "",
        Version = "",
        UptimeSeconds = 0,
        Totals = default!,
        Multicast = snapshot.Multicast! with { Flows = [], Counters = null! },
    });

    [Fact]
    public void A_person_is_told_who_asks_and_which_limits_are_reached()
    {
        using var rig = new SwitchRig(Querying().WithPort(Web2, web => web with { Multicast = new PortMulticastPlan { MaxGroups = 1 } }));
        rig.Wait(TimeSpan.FromSeconds(1)).Pass(Trunk, Tagged(ControlFrames.QueryV3("0.0.0.0", "10.0.0.9"), 10));
        rig.Pass(Web2, ControlFrames.V2(IgmpType.ReportV2, Group)).Pass(Web2, ControlFrames.V2(IgmpType.ReportV2, "239.1.1.2")).Wait(TimeSpan.FromSeconds(1));
        Assert.Equal(
            ["querier-changed blue ipv4 yes", "querier-changed blue ipv6 yes", "querier-changed blue ipv4 no", "limit-reached  1 0"],
            rig.Switch.ReadEvents().Events.Where(happened => happened.Source == "multicast").Select(happened => $"{happened.Name} {happened.Subject} {string.Join(' ', happened.Fields.Values)}"));
    }

    private static SwitchRig Learned()
    {
        var rig = new SwitchRig(Querying());
        rig.Pass(Web2, ControlFrames.V2(IgmpType.ReportV2, Group))
            .Pass(Up0, FromPeer(ControlFrames.ReportV3(GroupRecordType.AllowNewSources, "232.1.1.1", 3, "10.0.0.1", "10.0.0.2")))
            .Pass(Trunk, Tagged(ControlFrames.ReportV3(GroupRecordType.ModeIsExclude, "239.3.3.3", 4, "10.0.0.3"), 10))
            .Pass(Db, ControlFrames.QueryV3("0.0.0.0", "10.0.0.9"))
            .Wait(TimeSpan.FromSeconds(12));
        rig.AllOut();
        return rig;
    }

    private static IEnumerable<Step[]> Shrink(Step[] walk)
    {
        for (int half = walk.Length / 2; half > 0; half /= 2)
        {
            for (int at = 0; at + half <= walk.Length; at += half)
            {
                yield return [.. walk[..at], .. walk[(at + half)..]];
            }
        }
    }

    private static bool Agrees(Step[] walk, ref long replayed)
    {
        SwitchPlan plan = Querying() with { Multicast = Querying().Multicast with { Flows = 4, ActionBlocks = 6 } };
        using var rig = new SwitchRig(plan);
        rig.Run().AllOut();
        foreach (Step step in walk)
        {
            Run(rig, step);
            rig.AllOut();
        }

        replayed += rig.Switch.Snapshot().Multicast!.Counters.FastPath;
        return true;
    }

    private static void Run(SwitchRig rig, Step step)
    {
        string group = Groups[step.Group];
        string source = $"10.0.0.{step.Source + 1}";
        switch (step.Kind)
        {
            case 0 or 1:
                rig.Pass(step.Place, At(step.Place, step.Detail % 3 == 0 ? ControlFrames.V2(IgmpType.LeaveGroup, group, "224.0.0.2") : ControlFrames.V2(IgmpType.ReportV2, group)));
                break;
            case 2 or 3:
                rig.Pass(step.Place, At(step.Place, ControlFrames.ReportV3((GroupRecordType)(1 + (step.Detail % 6)), group, 1, step.Detail > 5 ? [] : [source])));
                break;
            case 4:
                rig.Pass(step.Place, At(step.Place, ControlFrames.QueryV3(step.Detail > 5 ? group : "0.0.0.0", step.Detail % 2 == 0 ? "10.0.0.9" : "10.0.0.251")));
                break;
            case 5:
                rig.Wait(TimeSpan.FromSeconds(new double[] { 0.5, 2.5, 100, 270 }[step.Detail % 4]));
                break;
            case 6:
                if (step.Detail % 2 == 0)
                {
                    rig.Link(step.Place).Cut();
                }
                else
                {
                    rig.Link(step.Place).Mend();
                }

                rig.Wait(TimeSpan.FromSeconds(0.2));
                break;
            case 7:
                SwitchPlan plan = rig.Switch.Plan;
                TunnelAddress[] peers = [.. new IPv4Address[] { PeerAddress, Peer3Address }.Skip(step.Detail % 3).Select(address => new TunnelAddress(address))];
                plan = plan.With(0, blue => blue with { Peers = peers, Multicast = blue.Multicast with { OnlyJoinedPeers = step.Detail > 5 } });
                rig.Switch.Apply(plan, [.. Enumerable.Range(0, 5).Select(port => rig.Link(port).Left)]);
                rig.Run();
                break;
            default:
                Data(rig, step, DataFrames.Udp(source, group, ttl: new byte[] { 1, 8, 9, 64 }[step.Detail % 4], payload: step.Detail > 7 ? 400 : 18));
                break;
        }
    }

    private static void Data(SwitchRig rig, Step step, byte[] inner)
    {
        byte[] frame = At(step.Place, inner);
        SwitchSnapshot state = rig.Switch.Snapshot();
        rig.AllOut();
        for (int again = 0; again < 2; again++)
        {
            using var fresh = new SwitchRig(rig.Switch.Plan, state);
            foreach (int port in Enumerable.Range(0, 5).Where(port => rig.Link(port).Left.Status != Ports.PortStatus.Up))
            {
                fresh.Link(port).Cut();
            }

            fresh.Wait(TimeSpan.FromSeconds(0.2)).AllOut();
            fresh.Pass(step.Place, frame);
            rig.Pass(step.Place, frame);
            Assert.Equal(fresh.AllOut().Order(StringComparer.Ordinal), rig.AllOut().Order(StringComparer.Ordinal));
        }
    }

    /// <summary>The frame as it arrives at a port.</summary>
    private static byte[] At(int port, byte[] frame) => port switch
    {
        Trunk => Tagged(frame, 10),
        Up0 => FromPeer(frame),
        _ => frame,
    };
}
