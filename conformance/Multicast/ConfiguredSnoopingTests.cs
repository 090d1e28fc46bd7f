using FsCheck;
using FsCheck.Fluent;
using Weft.Conformance.Support;
using Weft.Multicast;
using Weft.Packets;

namespace Weft.Conformance.MulticastTests;

/// <summary>What an administrator may set, and what one instance hands to the next.</summary>
public sealed class ConfiguredSnoopingTests
{
    private const string Group = "239.1.1.1";

    [Fact]
    [Trait(Kind.Key, Kind.Rfc)]
    public void Rfc4541_Section2_1_2_A_configured_membership_needs_no_report_and_never_ends()
    {
        StaticMembership[] members =
        [
            new StaticMembership { Port = 0, Group = MulticastAddress.Parse(Group) },
            new StaticMembership { Port = 1, Group = MulticastAddress.Parse(Group), Source = MulticastAddress.Parse("192.0.2.1") },
        ];
        using var bed = new SnooperTestBed(new SnoopingSegmentOptions { Static = members });
        bed.WaitUntil(10_000);
        Assert.True(bed.Delivers(Group, "192.0.2.7"));
        Assert.True(bed.Delivers(Group, "192.0.2.1", port: 1));
        Assert.False(bed.Delivers(Group, "192.0.2.7", port: 1));
        Assert.All(bed.Snooper.Snapshot(Timestamp.Zero).Memberships, one => Assert.True(one.IsStatic));
    }

    [Theory]
    [Trait(Kind.Key, Kind.Rfc)]
    [InlineData(2, 1, "1164EE9B00000000", 24)]
    [InlineData(3, 2, "1164EC1E00000000027D0000", 28)]
    public void Rfc2236_Section2_Queries_have_the_version_that_is_asked_for(int igmp, int mld, string query, int mldOctets)
    {
        using var bed = new SnooperTestBed(SnooperTestBed.Querying with { IgmpVersion = igmp, MldVersion = mld });
        bed.WaitUntil(0);
        Assert.Equal(query, Convert.ToHexString(bed.Queries.Single(one => one.Frame[12] == 8).Frame[38..]));
        byte[] six = bed.Queries.Single(one => one.Frame[12] == 0x86).Frame;
        Assert.Equal(mldOctets, six.Length - 62);
        Assert.True(PacketLayout.TryParse(six, out PacketLayout layout));
        using var router = new SnooperTestBed();
        Assert.Equal(SnoopResult.Flood, router.Snooper.OnFrame(0, 1, six, layout, Timestamp.Zero));
        Assert.Equal(1, router.Snooper.Counters.Queries);
    }

    [Theory]
    [Trait(Kind.Key, Kind.Hostile)]
    [InlineData(Strictness.Strict, false, false, false, false)]
    [InlineData(Strictness.Rfc4541, true, true, true, false)]
    [InlineData(Strictness.LinuxCompatible, true, true, false, true)]
    public void What_is_believed_depends_on_the_profile(Strictness strictness, bool ttl, bool cutReport, bool noAlert, bool globalSource)
    {
        Assert.Equal(ttl, Joins(strictness, ControlFrames.Igmp("1600f9fcef010101", Group, ttl: 64)));
        Assert.Equal(cutReport, Joins(strictness, ControlFrames.Igmp("2200e9ca00000032 04000000ef010101", "224.0.0.22")));
        Assert.Equal(noAlert, Joins(strictness, ControlFrames.ReportMldV2(GroupRecordType.ChangeToExclude, "ff15::1", alert: false)));
        Assert.Equal(globalSource, Joins(strictness, ControlFrames.ReportMldV2(GroupRecordType.ChangeToExclude, "ff15::1", source: "2001:db8::1")));
        Assert.True(Joins(strictness, ControlFrames.Igmp("1600f9fcef010101", Group)));
        Assert.False(Joins(strictness, ControlFrames.Igmp("1600f9fdef010101", Group)));
    }

    [Fact]
    [Trait(Kind.Key, Kind.Property)]
    public void A_second_instance_goes_on_as_the_first_one_would_have()
    {
        Gen<(int Port, int Kind, int Sources, int Wait)> step =
            from port in Gen.Choose(0, 3)
            from kind in Gen.Choose(0, 8)
            from sources in Gen.Choose(0, 7)
            from wait in Gen.Choose(0, 3)
            select (port, kind, sources, wait);
        Prop.ForAll(step.ArrayOf().ToArbitrary(), walk =>
        {
            using var first = new SnooperTestBed(SnooperTestBed.Querying, new SnoopingPortOptions { FastLeave = FastLeave.WhenTracked });
            foreach ((int port, int kind, int sources, int wait) in walk)
            {
                string[] listed = [.. Enumerable.Range(1, 3).Where(source => (sources >> (source - 1) & 1) != 0).Select(source => $"192.0.2.{source}")];
                _ = first.Send(port, kind switch
                {
                    0 => ControlFrames.V2(IgmpType.ReportV2, Group),
                    7 => ControlFrames.QueryV3("0.0.0.0", sources > 3 ? "192.0.2.99" : "192.0.2.101"),
                    8 => ControlFrames.ReportMldV2(GroupRecordType.AllowNewSources, "ff15::1", sources: ["2001:db8::1"]),
                    _ => ControlFrames.ReportV3((GroupRecordType)kind, Group, port + 1, listed),
                });
                first.Wait(new double[] { 0, 0.5, 20, 200 }[wait]);
            }

            // Leaves that are under way are asked for by the one that heard them: the other starts when none is.
            first.Wait(3);
            var now = Timestamp.FromSeconds(first.Now);
            using var second = new SnooperTestBed(SnooperTestBed.Querying, new SnoopingPortOptions { FastLeave = FastLeave.WhenTracked });
            second.Snooper.Restore(first.Snooper.Snapshot(now), now);
            second.WaitUntil(first.Now);
            for (int later = 0; later < 300; later += 13)
            {
                Assert.Equal(Text(first), Text(second));
                first.Wait(13);
                second.Wait(13);
            }
        }).Check(Chance.Of(60));
    }

    [Fact]
    [Trait(Kind.Key, Kind.Property)]
    public void A_sink_that_shares_is_told_which_replicas_have_the_same_bytes()
    {
        foreach (int? tci in new int?[] { null, 0x600A, 0x6014 })
        {
            using var bed = new SwitchTestBed(UnregisteredPolicy.Flood);
            bed.Switch.SetRoute(new MulticastRoute { Group = MulticastAddress.Parse(Group), Incoming = 0, Outgoing = [1] });
            byte[] frame = DataFrames.Udp("10.0.0.1", Group, tci: tci, payload: 300);
            Assert.True(PacketLayout.TryParse(frame, out PacketLayout layout));
            var sink = new SharingSink([]);
            _ = bed.Switch.Process(0, 0, frame, layout, false, Timestamp.Zero, ref sink);
            List<(ReplicaTarget Target, byte[] Frame)> whole = bed.Send(0, 0, frame);
            Assert.Equal(whole.Count, sink.Asked.Count);
            foreach (IGrouping<ulong, (ReplicaTarget Target, byte[] Frame)> same in sink.Asked.Zip(whole, (target, replica) => (target, replica.Frame)).GroupBy(one => one.target.Form))
            {
                Assert.All(same, one => Assert.Equal(same.First().Frame, one.Frame));
                Assert.Equal(same.Key == ReplicaTarget.Unchanged, same.First().Frame.AsSpan().SequenceEqual(frame));
            }
        }
    }

    private static bool Joins(Strictness strictness, byte[] frame)
    {
        using var snooper = new MulticastSnooper(new SnoopingOptions { Ports = [new SnoopingPortOptions()], Segments = [new SnoopingSegmentOptions()], Seed = SnooperTestBed.Seed, Strictness = strictness });
        Assert.True(PacketLayout.TryParse(frame, out PacketLayout layout));
        _ = snooper.OnFrame(0, 0, frame, layout, Timestamp.Zero);
        return snooper.MembershipCount == 1;
    }

    private static string Text(SnooperTestBed bed)
    {
        SnooperSnapshot state = bed.Snooper.Snapshot(Timestamp.FromSeconds(bed.Now));
        IEnumerable<string> members = state.Memberships.Select(one => $"{one.Group} {one.Port} {one.IsExclude} {one.Remaining} {string.Join(',', one.Forwarded)} {string.Join(',', one.ForwardedRemaining)} {string.Join(',', one.Blocked)} {string.Join(',', one.Hosts)} {one.HostsAreAll} {one.Version2Remaining}");
        return string.Join('\n', members.Concat(state.Routers.Select(router => $"{router}")).Concat(state.Queriers.Select(querier => $"{querier}")));
    }

    /// <summary>Notes what it is asked, and says that it has dealt with it.</summary>
    private readonly struct SharingSink(List<ReplicaTarget> asked) : IReplicaSink
    {
        public static bool Shares => true;

        public List<ReplicaTarget> Asked => asked;

        public bool TryShare(in ReplicaTarget target)
        {
            asked.Add(target);
            return true;
        }

        public bool TryBegin(in ReplicaTarget target, int headBytes, int payloadBytes, out Span<byte> room) => throw new InvalidOperationException("everything is shared");

        public void Commit(in ReplicaTarget target, int written, ReadOnlySpan<byte> payload) => throw new InvalidOperationException("nothing was begun");
    }
}
