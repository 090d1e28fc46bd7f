using FsCheck;
using FsCheck.Fluent;
using Weft.Conformance.Support;
using Weft.Encap;
using Weft.Packets;

namespace Weft.Conformance.EncapTests;

/// <summary>The reassembler row by row of its hostile table, and in any order of everything.</summary>
public sealed class TunnelReassemblerTests
{
    private const int Total = 4000;
    private static readonly Timestamp Start = Timestamp.FromMilliseconds(1000);
    private static readonly FragmentSource Alice = new(VtepAddress.Parse("192.0.2.1"), 100, 0);
    private static readonly FragmentSource Bob = new(VtepAddress.Parse("192.0.2.2"), 100, 0);

    [Fact, Trait(Kind.Key, Kind.Property)]
    public void Any_order_with_any_duplicates_gives_the_frame()
    {
        var cases = Arb.From(
            from length in Gen.Choose(65, 9216)
            from budget in Gen.Choose(64, 1500)
            from seed in Gen.Choose(0, int.MaxValue)
            select (length, budget, seed));
        using var reassembler = new TunnelReassembler(Options() with { MinFragmentBytes = 8 });
        uint id = 0;
        Prop.ForAll(cases, c =>
        {
            var random = new Random(c.seed);
            byte[] frame = Frame(c.length, c.seed);
            FragmentPlan plan = FragmentPlan.Create(c.length, 0, c.budget, random.Next(2) == 0 ? FragmentSplit.Balanced : FragmentSplit.Greedy);
            List<int> order = [.. Enumerable.Range(0, plan.Count), .. Enumerable.Range(0, plan.Count).Where(_ => random.Next(4) == 0)];
            order = [.. order.OrderBy(_ => random.Next())];
            id++;
            int left = plan.Count;
            var seen = new HashSet<int>();
            foreach (int index in order)
            {
                var info = new FragmentInfo(id, (ushort)c.length, (ushort)(plan.OffsetOf(index) / 8));
                ReassemblyVerdict verdict = reassembler.Add(Alice, info, frame.AsSpan(plan.OffsetOf(index), plan.PayloadOf(index)), 2, Start, out DatagramHandle handle);
                bool isNew = seen.Add(index);
                left -= isNew ? 1 : 0;
                if (plan.Count == 1)
                {
                    Assert.Equal(ReassemblyVerdict.Atomic, verdict);
                    return;
                }

                Assert.Equal(!isNew ? ReassemblyVerdict.Duplicate : left == 0 ? ReassemblyVerdict.Completed : ReassemblyVerdict.Stored, verdict);
                if (verdict == ReassemblyVerdict.Completed)
                {
                    Assert.Equal(frame, reassembler.Bytes(handle).ToArray());
                    Assert.Equal(2, reassembler.Ecn(handle));
                    Assert.True(reassembler.Release(handle));
                    break;
                }
            }

            Assert.Equal(0, reassembler.Count);
        }).Check(Chance.Of(500));
    }

    [Fact, Trait(Kind.Key, Kind.Model)]
    public void Interleaved_fragments_get_the_verdicts_of_the_naive_model()
    {
        // Few sources, networks and ids, few lengths and offsets: collisions, overlaps and duplicates are the rule.
        var step = from source in Gen.Choose(0, 2)
                   from vni in Gen.Choose(0, 1)
                   from id in Gen.Choose(0, 3)
                   from total in Gen.Frequency((9, Gen.Constant(64)), (1, Gen.Choose(0, 80)))
                   from units in Gen.Choose(0, 8)
                   from length in Gen.Frequency((8, Gen.Elements(16, 24, 32)), (2, Gen.Choose(0, 72)))
                   from ecn in Gen.Frequency((9, Gen.Constant(1)), (1, Gen.Choose(0, 3)))
                   from wait in Gen.Frequency((9, Gen.Constant(0)), (1, Gen.Choose(1, 300)))
                   select new ReassemblyStep(source, vni, id, total, units, length, ecn, wait);
        var traces = Arb.From(
            step.ListOf().Select(list => list.ToArray()),
            trace => Enumerable.Range(0, trace.Length).Select(skip => trace.Where((_, i) => i != skip).ToArray()));
        Prop.ForAll(traces, trace =>
        {
            ReassemblyOptions options = Options() with
            {
                MaxDatagramBytes = 72,
                MinFragmentBytes = 8,
                MaxPerSource = 5,
                MaxPerVni = 8,
                Timeout = TimeSpan.FromMilliseconds(200),
            };
            using var reassembler = new TunnelReassembler(options);
            var model = new NaiveReassembler(options);
            Timestamp now = Start;
            foreach (ReassemblyStep s in trace)
            {
                now += TimeSpan.FromMilliseconds(s.WaitMilliseconds);
                byte[] data = Frame(s.Length, s.Id * 7 + s.Units);
                var source = new FragmentSource(new VtepAddress(new IPv4Address(0xC0000201u + (uint)s.Source)), (uint)s.Vni, 0);
                var info = new FragmentInfo((uint)s.Id, (ushort)s.Total, (ushort)s.Units);
                ReassemblyVerdict expected = model.Add(source, info, data, s.Ecn, now, out byte[]? complete);
                Assert.Equal(expected, reassembler.Add(source, info, data, s.Ecn, now, out DatagramHandle handle));
                if (complete is not null)
                {
                    Assert.Equal(complete, reassembler.Bytes(handle).ToArray());
                    Assert.True(reassembler.Release(handle));
                }
            }

            // Whatever is left goes with time, in budgets of one.
            now += TimeSpan.FromSeconds(1);
            while (reassembler.Expire(now, 1) == 1)
            {
            }

            Assert.Equal(0, reassembler.Count);
            ReassemblyCounters counters = reassembler.Counters;
            Assert.Equal(counters.Begun, counters.Completed + counters.Expired + counters.TombstonesExpired + counters.Evicted);
        }).Check(Chance.Of(1500).WithEndSize(120));
    }

    [Theory, Trait(Kind.Key, Kind.Hostile)]
    [InlineData(0, 0, 100, ReassemblyVerdict.BadBounds)] // total length 0
    [InlineData(4000, 0, 0, ReassemblyVerdict.BadBounds)] // no bytes
    [InlineData(4000, 498, 24, ReassemblyVerdict.BadBounds)] // ends behind the total length (teardrop, ping of death)
    [InlineData(9217, 0, 1024, ReassemblyVerdict.TooLong)]
    [InlineData(4000, 0, 1001, ReassemblyVerdict.TooSmall)] // not the last and not a multiple of eight
    [InlineData(4000, 100, 248, ReassemblyVerdict.TooSmall)] // below the least fragment
    [InlineData(4000, 0, 8, ReassemblyVerdict.HeaderSplit)]
    [InlineData(13, 0, 13, ReassemblyVerdict.HeaderSplit)]
    [InlineData(60, 0, 60, ReassemblyVerdict.Atomic)]
    [InlineData(4000, 499, 8, ReassemblyVerdict.Stored)] // the last may be short
    public void A_fragment_is_judged_by_its_bounds(int total, int units, int length, ReassemblyVerdict expected)
    {
        using var reassembler = new TunnelReassembler(Options());
        Assert.Equal(expected, reassembler.Add(Alice, new FragmentInfo(1, (ushort)total, (ushort)units), new byte[length], 0, Start, out _));
    }

    [Theory, Trait(Kind.Key, Kind.Rfc)]
    [InlineData(0, 1024)] // inside the first, same start
    [InlineData(64, 1536)] // begins inside
    [InlineData(128, 512)] // wholly inside the second
    [InlineData(0, 3992)] // covers everything
    public void Rfc5722_Section4_Any_overlap_discards_the_frame_and_its_late_fragments(int units, int length)
    {
        using var reassembler = new TunnelReassembler(Options());
        Assert.Equal(ReassemblyVerdict.Stored, Add(reassembler, Alice, 1, 0, 1536));
        Assert.Equal(ReassemblyVerdict.Stored, Add(reassembler, Alice, 1, 192, 1536));
        Assert.Equal(ReassemblyVerdict.Overlap, Add(reassembler, Alice, 1, units, length));

        // The rest arrives too late, and cannot begin the frame anew until its time is over.
        Assert.Equal(ReassemblyVerdict.Discarded, Add(reassembler, Alice, 1, 384, Total - 3072));
        Assert.Equal(ReassemblyVerdict.Discarded, Add(reassembler, Alice, 1, 0, 1536));
        Assert.Equal(1, reassembler.Expire(Start + TimeSpan.FromMilliseconds(500), 10));
        Assert.Equal(ReassemblyVerdict.Stored, Add(reassembler, Alice, 1, 0, 1536));
        Assert.Equal(1, reassembler.Counters.TombstonesExpired);
    }

    [Fact, Trait(Kind.Key, Kind.Hostile)]
    public void A_duplicate_with_other_bytes_is_an_overlap_where_duplicates_are_compared()
    {
        using var reassembler = new TunnelReassembler(Options() with { Duplicates = DuplicatePolicy.Compare });
        byte[] data = new byte[1024];
        Assert.Equal(ReassemblyVerdict.Stored, reassembler.Add(Alice, new FragmentInfo(1, Total, 0), data, 0, Start, out _));
        Assert.Equal(ReassemblyVerdict.Duplicate, reassembler.Add(Alice, new FragmentInfo(1, Total, 0), data, 0, Start, out _));
        data[500] = 1;
        Assert.Equal(ReassemblyVerdict.Overlap, reassembler.Add(Alice, new FragmentInfo(1, Total, 0), data, 0, Start, out _));
    }

    [Fact, Trait(Kind.Key, Kind.Hostile)]
    public void Another_total_length_discards_the_frame()
    {
        using var reassembler = new TunnelReassembler(Options());
        Assert.Equal(ReassemblyVerdict.Stored, Add(reassembler, Alice, 1, 0, 1024));
        Assert.Equal(ReassemblyVerdict.LengthConflict, reassembler.Add(Alice, new FragmentInfo(1, Total - 8, 128), new byte[1024], 0, Start, out _));
        Assert.Equal(ReassemblyVerdict.Discarded, Add(reassembler, Alice, 1, 128, 1024));
    }

    [Fact, Trait(Kind.Key, Kind.Hostile)]
    public void One_id_from_another_endpoint_network_or_tunnel_is_another_frame()
    {
        using var reassembler = new TunnelReassembler(Options());
        Assert.Equal(ReassemblyVerdict.Stored, Add(reassembler, Alice, 1, 0, 1024));
        Assert.Equal(ReassemblyVerdict.Stored, Add(reassembler, Bob, 1, 0, 1024));
        Assert.Equal(ReassemblyVerdict.Stored, Add(reassembler, Alice with { Vni = 101 }, 1, 0, 1024));
        Assert.Equal(ReassemblyVerdict.Stored, Add(reassembler, Alice with { Tunnel = 1 }, 1, 0, 1024));
        Assert.Equal(ReassemblyVerdict.Stored, Add(reassembler, Alice with { Remote = VtepAddress.Parse("2001:db8::1") }, 1, 0, 1024));
        Assert.Equal(5, reassembler.Count);
    }

    [Fact, Trait(Kind.Key, Kind.Rfc)]
    public void Rfc6946_Section4_An_atomic_fragment_touches_no_frame_under_way()
    {
        using var reassembler = new TunnelReassembler(Options());
        Assert.Equal(ReassemblyVerdict.Stored, Add(reassembler, Alice, 1, 0, 1024));
        Assert.Equal(ReassemblyVerdict.Atomic, reassembler.Add(Alice, new FragmentInfo(1, 1024, 0), new byte[1024], 0, Start, out _));
        Assert.Equal(1, reassembler.Count);
        Assert.Equal(ReassemblyVerdict.Stored, Add(reassembler, Alice, 1, 128, 1024));
    }

    [Fact, Trait(Kind.Key, Kind.Hostile)]
    public void A_trickle_of_fragments_does_not_move_the_deadline()
    {
        using var reassembler = new TunnelReassembler(Options());
        Assert.Equal(ReassemblyVerdict.Stored, Add(reassembler, Alice, 1, 0, 1024));
        Timestamp late = Start + TimeSpan.FromMilliseconds(499);
        Assert.Equal(ReassemblyVerdict.Stored, reassembler.Add(Alice, new FragmentInfo(1, Total, 128), new byte[1024], 0, late, out _));

        // One millisecond later the time is over, swept or not: the third fragment begins a new frame.
        Timestamp over = Start + TimeSpan.FromMilliseconds(500);
        Assert.Equal(ReassemblyVerdict.Stored, reassembler.Add(Alice, new FragmentInfo(1, Total, 256), new byte[1952], 0, over, out _));
        Assert.Equal(1, reassembler.Counters.Expired);
        Assert.Equal(0, reassembler.Expire(over, 10));
    }

    [Fact, Trait(Kind.Key, Kind.Hostile)]
    public void A_clock_that_jumps_back_expires_nothing_early_and_nothing_twice()
    {
        using var reassembler = new TunnelReassembler(Options());
        Assert.Equal(ReassemblyVerdict.Stored, Add(reassembler, Alice, 1, 0, 1024));
        Assert.Equal(0, reassembler.Expire(Timestamp.Zero, 10));
        Assert.Equal(1, reassembler.Expire(Timestamp.MaxValue, 10));
        Assert.Equal(0, reassembler.Expire(Timestamp.MaxValue, 10));
    }

    [Fact, Trait(Kind.Key, Kind.Hostile)]
    public void A_released_handle_is_stale_for_ever()
    {
        using var reassembler = new TunnelReassembler(Options());
        Add(reassembler, Alice, 1, 0, 2000);
        Assert.Equal(ReassemblyVerdict.Completed, reassembler.Add(Alice, new FragmentInfo(1, Total, 250), new byte[2000], 0, Start, out DatagramHandle handle));
        Assert.Equal(Total, reassembler.Bytes(handle).Length);
        Assert.True(reassembler.Release(handle));
        Assert.False(reassembler.Release(handle));
        Assert.True(reassembler.Bytes(handle).IsEmpty);
        Add(reassembler, Alice, 2, 0, 2000);
        Assert.True(reassembler.Bytes(handle).IsEmpty);
        Assert.True(reassembler.Bytes(new DatagramHandle(int.MaxValue, 1)).IsEmpty);
        Assert.True(reassembler.Bytes(default).IsEmpty);
    }

    [Theory, Trait(Kind.Key, Kind.Rfc)]
    [InlineData(2, 3, 3)] // marked if any fragment is
    [InlineData(1, 3, 3)]
    [InlineData(2, 1, 1)]
    [InlineData(0, 3, -1)] // marked and not capable exclude each other
    [InlineData(3, 0, -1)]
    [InlineData(0, 0, 0)]
    public void Rfc3168_Section5_3_Congestion_marks_are_merged(int first, int second, int expected)
    {
        using var reassembler = new TunnelReassembler(Options());
        reassembler.Add(Alice, new FragmentInfo(1, Total, 0), new byte[2000], first, Start, out _);
        ReassemblyVerdict verdict = reassembler.Add(Alice, new FragmentInfo(1, Total, 250), new byte[2000], second, Start, out DatagramHandle handle);
        Assert.Equal(expected < 0 ? ReassemblyVerdict.EcnConflict : ReassemblyVerdict.Completed, verdict);
        Assert.Equal(Math.Max(0, expected), reassembler.Ecn(handle));
    }

    [Fact, Trait(Kind.Key, Kind.Hostile)]
    public void A_flood_of_frames_that_never_complete_costs_others_less_than_one_percent()
    {
        using var reassembler = new TunnelReassembler(Options() with { MaxDatagrams = 256, MaxPerSource = 64, MaxPerVni = 256 });
        Timestamp now = Start;
        uint flood = 0;
        int completed = 0;
        const int Frames = 2000;
        for (uint frame = 0; frame < Frames; frame++)
        {
            now += TimeSpan.FromTicks(100);
            for (int i = 0; i < 50; i++)
            {
                Add(reassembler, Bob, ++flood, 0, 1024, now);
            }

            Add(reassembler, Alice, frame, 0, 2000, now);
            for (int i = 0; i < 50; i++)
            {
                Add(reassembler, Bob, ++flood, 0, 1024, now);
            }

            if (reassembler.Add(Alice, new FragmentInfo(frame, Total, 250), new byte[2000], 0, now, out DatagramHandle handle) == ReassemblyVerdict.Completed)
            {
                completed++;
                reassembler.Release(handle);
            }

            reassembler.Expire(now, 4);
        }

        Assert.True(completed >= Frames * 99 / 100, $"{completed} of {Frames} frames completed");
        Assert.True(reassembler.Count <= 65);
    }

    [Theory, Trait(Kind.Key, Kind.Hostile)]
    [InlineData(0)]
    [InlineData(1)]
    [InlineData(6)]
    [InlineData(10)]
    [InlineData(16)]
    [InlineData(21)]
    public void Chosen_numbers_crowd_no_bucket_of_the_keyed_hash(int shift)
    {
        // Multiples of a power of two fall into few buckets of any table that takes its bits from the number itself.
        using var reassembler = new TunnelReassembler(Options() with { MaxDatagrams = 1024, MaxPerSource = 1024, MaxPerVni = 1024 });
        for (uint i = 0; i < 1024; i++)
        {
            Assert.Equal(ReassemblyVerdict.Stored, Add(reassembler, Alice, i << shift, 0, 1024));
        }

        Assert.Equal(ReassemblyVerdict.SourceQuota, Add(reassembler, Alice, 1024u << shift, 0, 1024));
        Assert.Equal((1024, 0), (reassembler.Count, (int)reassembler.Counters.Full));
    }

    [Fact, Trait(Kind.Key, Kind.Hostile)]
    public void When_many_endpoints_fill_every_place_the_largest_gives_way_to_a_newcomer_and_never_to_a_larger_one()
    {
        using var reassembler = new TunnelReassembler(Options() with { MaxDatagrams = 8, MaxPerSource = 6, MaxPerVni = 8 });
        for (uint id = 0; id < 6; id++)
        {
            Add(reassembler, Alice, id, 0, 1024);
        }

        Add(reassembler, Bob, 0, 0, 1024);
        Add(reassembler, Bob, 1, 0, 1024);

        // Full: 6 of Alice's, 2 of Bob's. A third endpoint takes Alice's oldest place.
        FragmentSource carol = new(VtepAddress.Parse("192.0.2.3"), 101, 0);
        Assert.Equal(ReassemblyVerdict.Stored, Add(reassembler, carol, 0, 0, 1024));
        Assert.Equal(1, reassembler.Counters.Evicted);
        Assert.Equal(ReassemblyVerdict.Stored, Add(reassembler, Alice with { Vni = 100 }, 1, 128, 1024));

        // Alice is the largest: her own newcomers find no room.
        Assert.Equal(ReassemblyVerdict.Full, Add(reassembler, Alice, 99, 0, 1024));
        Assert.Equal(8, reassembler.Count);
    }

    [Fact, Trait(Kind.Key, Kind.Hostile)]
    public void A_complete_frame_neither_expires_nor_gives_way_before_it_is_released()
    {
        using var reassembler = new TunnelReassembler(Options() with { MaxDatagrams = 8, MaxPerSource = 8, MaxPerVni = 8 });
        Add(reassembler, Alice, 1, 0, 2000);
        Assert.Equal(ReassemblyVerdict.Completed, reassembler.Add(Alice, new FragmentInfo(1, Total, 250), new byte[2000], 0, Start, out DatagramHandle handle));
        for (uint id = 2; id < 50; id++)
        {
            Add(reassembler, Alice, id, 0, 1024);
            Add(reassembler, Bob, id, 0, 1024);
        }

        reassembler.Expire(Timestamp.MaxValue, 100);
        Assert.Equal(Total, reassembler.Bytes(handle).Length);
        Assert.True(reassembler.Release(handle));
        Assert.Equal(0, reassembler.Count);
    }

    [Fact, Trait(Kind.Key, Kind.Alloc)]
    public void A_million_fragments_allocate_nothing()
    {
        using var reassembler = new TunnelReassembler(Options() with { MaxDatagrams = 64 });
        byte[] data = new byte[2000];
        uint id = 0;
        Timestamp now = Start;
        Assert.Equal(0, Allocations.Of(() =>
        {
            for (int i = 0; i < 250_000; i++, id++)
            {
                now += TimeSpan.FromTicks(1000);
                reassembler.Add(Alice, new FragmentInfo(id, Total, 0), data, 0, now, out _);
                reassembler.Add(Bob, new FragmentInfo(id, Total, 0), data, 0, now, out _);
                if (id % 3 != 0)
                {
                    reassembler.Add(Alice, new FragmentInfo(id, Total, 250), data, 0, now, out DatagramHandle handle);
                    reassembler.Release(handle);
                }

                reassembler.Expire(now, 8);
            }
        }));
        Assert.True(reassembler.Counters.Completed > 0 && reassembler.Counters.Expired > 0);
    }

    [Fact, Trait(Kind.Key, Kind.Hostile)]
    public void Wrong_options_are_named_with_their_range()
    {
        Assert.Contains("8 to 1048576", Assert.Throws<ArgumentOutOfRangeException>(() => new TunnelReassembler(Options() with { MaxDatagrams = 7 })).Message);
        Assert.Contains("64 to 65528", Assert.Throws<ArgumentOutOfRangeException>(() => new TunnelReassembler(Options() with { MaxDatagramBytes = 70_000 })).Message);
        Assert.Contains("1 ms to 60 s", Assert.Throws<ArgumentOutOfRangeException>(() => new TunnelReassembler(Options() with { Timeout = TimeSpan.Zero })).Message);
    }

    private static ReassemblyOptions Options() => new() { Seed = new HashSeed(1, 2) };

    private static ReassemblyVerdict Add(TunnelReassembler reassembler, FragmentSource source, uint id, int units, int length, Timestamp? now = null) =>
        reassembler.Add(source, new FragmentInfo(id, Total, (ushort)units), new byte[length], 0, now ?? Start, out _);

    private static byte[] Frame(int length, int seed)
    {
        byte[] frame = new byte[length];
        new Random(seed).NextBytes(frame);
        return frame;
    }
}
