using FsCheck;
using FsCheck.Fluent;
using Weft.Conformance.Support;
using Weft.Multicast;
using Weft.Packets;

namespace Weft.Conformance.MulticastTests;

/// <summary>
/// Random histories of joins, leaves, filters, queries, waits, ports, tunnel endpoints, routes and data. For every frame of data the cached engine,
/// one that takes the slow path every time, and a model of loops and lists must send the same bytes to the same ports.
/// </summary>
[Trait(Kind.Key, Kind.Property)]
public sealed class FastIsSlowTests
{
    private static readonly string[] Groups4 = ["239.1.1.1", "239.1.1.2", "232.1.1.1"];
    private static readonly string[] Sources4 = ["10.0.0.1", "10.0.0.2", "10.0.0.3"];

    /// <summary>One command in a few numbers, each read modulo what it chooses from.</summary>
    private readonly record struct Step(int Kind, int Place, int Segment, int Group, int Source, int Detail);

    [Fact]
    public void The_fast_path_sends_what_a_fresh_slow_path_and_the_model_send()
    {
        Gen<Step> step =
            from kind in Gen.Choose(0, 29)
            from place in Gen.Choose(0, 7)
            from segment in Gen.Choose(0, 3)
            from thing in Gen.Choose(0, 5)
            from source in Gen.Choose(0, 2)
            from detail in Gen.Choose(0, 11)
            select new Step(kind, place, segment, thing, source, detail);
        Arbitrary<Step[]> walks = Arb.From(Gen.Sized(size => step.ArrayOf(size * 3)), Shrink);
        Prop.ForAll(walks, Agrees).Check(Chance.Of(200));
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

    private static bool Agrees(Step[] walk)
    {
        using var fast = new SwitchTestBed(flows: 6, blocks: 12);
        using var slow = new SwitchTestBed();
        var model = new MulticastModel();
        foreach (Step step in walk)
        {
            Run(fast, slow, model, step);
        }

        MulticastCounters counters = fast.Switch.Counters;
        Assert.Equal(0, slow.Switch.Counters.FastPath);
        Assert.Equal(
            (slow.Switch.Counters.Replicas, slow.Switch.Counters.ReplicaBytes, slow.Switch.Counters.NoListener, slow.Switch.Counters.RpfFailures, slow.Switch.Counters.TtlTooLow),
            (counters.Replicas, counters.ReplicaBytes, counters.NoListener, counters.RpfFailures, counters.TtlTooLow));
        return true;
    }

    private static void Run(SwitchTestBed fast, SwitchTestBed slow, MulticastModel model, Step step)
    {
        int segment = step.Segment & 1;
        string group = Groups4[step.Group % Groups4.Length];
        string source = Sources4[step.Source];
        int port = Member(segment, step.Place);
        switch (step.Kind)
        {
            case 0 or 1:
                Control(fast, slow, segment, port, ControlFrames.V2(step.Detail % 3 == 0 ? IgmpType.LeaveGroup : IgmpType.ReportV2, group, step.Detail % 3 == 0 ? "224.0.0.2" : group));
                break;
            case 2 or 3 or 4:
                var type = (GroupRecordType)(1 + (step.Detail % 6));
                Control(fast, slow, segment, port, ControlFrames.ReportV3(type, group, 1, step.Detail > 5 ? [] : [source]));
                break;
            case 5:
                Control(fast, slow, segment, port, ControlFrames.QueryV3(step.Detail > 5 ? group : "0.0.0.0", "192.0.2.9", code: 10));
                break;
            case 6:
                double until = fast.Now + new double[] { 0.5, 2.5, 100, 270 }[step.Detail % 4];
                fast.WaitUntil(until);
                slow.WaitUntil(until);
                break;
            case 7:
                _ = (step.Detail & 1) == 0 ? model.Down.Add(port) : model.Down.Remove(port);
                fast.Switch.SetPortUp(port, (step.Detail & 1) != 0);
                slow.Switch.SetPortUp(port, (step.Detail & 1) != 0);
                break;
            case 10:
                fast.Switch.Snooper.FlushPort(port);
                slow.Switch.Snooper.FlushPort(port);
                break;
            case 8:
                model.Segments[0] = SwitchTestBed.First((ReplicationMode)(step.Detail % 3), step.Place > 3, withoutVtep: step.Source + 4);
                fast.Switch.SetSegment(0, model.Segments[0]);
                slow.Switch.SetSegment(0, model.Segments[0]);
                break;
            case 9:
                SetRoute(fast, slow, model, group, step.Detail > 5 ? source : null, segment, (byte)(1 + (step.Detail % 3 * 7)), step.Place == 0);
                break;
            default:
                Data(fast, slow, model, segment, port, group, source, step);
                break;
        }
    }

    private static void SetRoute(SwitchTestBed fast, SwitchTestBed slow, MulticastModel model, string group, string? source, int incoming, byte threshold, bool remove)
    {
        IPv6Address? from = source is null ? null : MulticastAddress.Parse(source);
        var route = new MulticastRoute { Group = MulticastAddress.Parse(group), Source = from, Incoming = incoming, Outgoing = [0, 1], TtlThreshold = threshold };
        if (remove)
        {
            bool removed = model.Routes.Remove((group, source));
            Assert.Equal(removed, fast.Switch.RemoveRoute(route.Group, from));
            Assert.Equal(removed, slow.Switch.RemoveRoute(route.Group, from));
            return;
        }

        model.Routes[(group, source)] = route;
        fast.Switch.SetRoute(route);
        slow.Switch.SetRoute(route);
    }

    private static void Control(SwitchTestBed fast, SwitchTestBed slow, int segment, int port, byte[] frame) =>
        Assert.Equal(Texts(slow.Send(segment, port, frame)), Texts(fast.Send(segment, port, frame)));

    private static void Data(SwitchTestBed fast, SwitchTestBed slow, MulticastModel model, int segment, int port, string group, string source, Step step)
    {
        int? tci = (step.Detail & 1) != 0 ? 0x6000 | (10 * (segment + 1)) : null;
        byte ttl = new byte[] { 1, 2, 8, 64 }[step.Detail & 3];
        byte[] frame = DataFrames.Udp(source, group, ttl, tci, payload: step.Detail > 7 ? 400 : 18);
        bool marked = step.Group == 5;
        List<string> expected = model.Outputs(slow.Switch.Snooper, segment, port, source, group, ttl, tci, frame, marked);
        slow.Switch.Snooper.Versions.Bump(StateVersions.Topology);
        Assert.Equal(expected, Texts(slow.Send(segment, port, frame, marked)));
        Assert.Equal(expected, Texts(fast.Send(segment, port, frame, marked, scatter: step.Place > 3)));
        Assert.Equal(expected, Texts(fast.Send(segment, port, frame, marked)));
        slow.Switch.Snooper.Versions.Bump(StateVersions.Topology);
        _ = slow.Send(segment, port, frame, marked); // as many frames as the other had
    }

    private static int Member(int segment, int place) => segment == 0 ? new int[] { 0, 1, 2, 4, 5, 6, 7, 0 }[place] : new int[] { 1, 3, 4 }[place % 3];

    private static List<string> Texts(List<(ReplicaTarget Target, byte[] Frame)> replicas) =>
        [.. replicas.Select(one => MulticastModel.Text(one.Target.Port, one.Target.Segment, one.Target.ReplicateLocally, one.Frame)).Order(StringComparer.Ordinal)];
}
