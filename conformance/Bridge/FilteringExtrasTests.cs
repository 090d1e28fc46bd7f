using Weft.Bridge;
using Weft.Conformance.Support;
using Weft.Packets;

namespace Weft.Conformance.BridgeTests;

[Trait(Kind.Key, Kind.Model)]
public sealed class FilteringExtrasTests
{
    private static readonly BridgeLocation First = BridgeLocation.Port(0);
    private static readonly BridgeLocation Second = BridgeLocation.Port(1);
    private static readonly MacAddress Mac = BridgePair.Machine(1);

    [Fact]
    public void An_address_learned_at_a_sticky_port_stays_until_it_ages()
    {
        using FilteringDatabase macs = Create();
        macs.SetSticky(First, true);
        Assert.Equal(LearnResult.Added, macs.Learn(10, Mac, First, At(0)));
        Assert.Equal(LearnResult.StickyConflict, macs.Learn(10, Mac, Second, At(299)));
        Assert.Equal(LearnResult.Added, macs.Learn(10, Mac, Second, At(300)));
        Assert.Equal(LearnResult.Moved, macs.Learn(10, Mac, First, At(301)));
        Assert.Equal(1, macs.Counters.StickyConflict);
    }

    [Fact]
    [Trait(Kind.Key, Kind.Rfc)]
    public void Rfc7432_Section15_1_an_address_that_moves_more_than_five_times_in_180_seconds_is_held()
    {
        using FilteringDatabase macs = Create(new MoveDamping());
        macs.Learn(10, Mac, First, At(0));
        for (int move = 1; move <= 5; move++)
        {
            Assert.Equal(LearnResult.Moved, macs.Learn(10, Mac, move % 2 == 1 ? Second : First, At(move)));
        }

        Assert.Equal(LearnResult.HeldDown, macs.Learn(10, Mac, First, At(6)));
        Assert.Equal(LearnResult.HeldDown, macs.Learn(10, Mac, First, At(35.8)));
        Assert.Equal(LearnResult.Refreshed, macs.Learn(10, Mac, Second, At(35.9)));
        Assert.Equal(LearnResult.Moved, macs.Learn(10, Mac, First, At(36.1)));
        Assert.Equal(2, macs.Counters.HeldDown);
    }

    [Theory, Trait(Kind.Key, Kind.Property)]
    [InlineData(1)]
    [InlineData(63)]
    [InlineData(64)]
    [InlineData(200)]
    public void A_batch_is_answered_as_one_by_one_aged_static_and_unknown_addresses_included(int length)
    {
        using FilteringDatabase macs = Create();
        var random = new Random(length);
        for (int machine = 0; machine < 40; machine++)
        {
            macs.Learn(10, BridgePair.Machine(machine), machine % 2 == 0 ? First : Second, At(machine * 10));
        }

        macs.AddStatic(10, BridgePair.Machine(3), Second);
        ulong[] keys = [.. Enumerable.Range(0, length).Select(_ => FilteringDatabase.KeyOf((ushort)random.Next(10, 12), BridgePair.Machine(random.Next(60))))];
        var where = new BridgeLocation[length];
        var known = new bool[length];
        macs.Lookup(keys, At(400), where, known);
        for (int i = 0; i < length; i++)
        {
            bool isKnown = macs.TryLookup((ushort)(keys[i] >> 48), new MacAddress(keys[i]), At(400), out BridgeLocation at);
            Assert.Equal(isKnown, known[i]);
            Assert.True(!isKnown || at == where[i]);
        }

        Assert.Throws<ArgumentException>(() => macs.Lookup(keys, At(400), where.AsSpan(1), known));
        Assert.Throws<ArgumentException>(() => macs.Lookup(keys, At(400), where, known.AsSpan(1)));
    }

    [Fact]
    public void Moves_that_are_far_between_are_forgiven()
    {
        using FilteringDatabase macs = Create(new MoveDamping { MaxMoves = 1, Window = TimeSpan.FromSeconds(10) });
        macs.Learn(10, Mac, First, At(0));
        for (int move = 1; move < 20; move++)
        {
            Assert.Equal(LearnResult.Moved, macs.Learn(10, Mac, move % 2 == 1 ? Second : First, At(11 * move)));
        }
    }

    [Fact]
    public void Repointing_moves_the_machines_of_one_segment_and_the_limits_with_them()
    {
        using FilteringDatabase macs = Create();
        macs.Learn(10, Mac, First, At(0));
        macs.Learn(11, Mac, First, At(0));
        Assert.Equal(1, macs.Repoint(10, First, Second));
        Assert.Equal((1, 1), (macs.CountAt(First), macs.CountAt(Second)));
        Assert.True(macs.TryLookup(10, Mac, At(5), out BridgeLocation where, out TimeSpan age));
        Assert.Equal((Second, 5.0), (where, age.TotalSeconds));
        Assert.Equal(1, macs.Flush(Second, 10));
        Assert.Equal(0, macs.Flush(First, 10));
    }

    [Fact]
    public void The_journal_names_what_came_moved_and_went_and_says_when_it_ran_over()
    {
        using FilteringDatabase macs = Create();
        macs.Learn(10, Mac, First, At(0));
        macs.Learn(10, Mac, First, At(1));
        macs.Learn(10, Mac, Second, At(2));
        macs.Sweep(At(1000));
        for (int change = 0; change < 3; change++)
        {
            Assert.True(macs.Journals[0].TryRead(out ushort vlan, out MacAddress mac));
            Assert.Equal((10, Mac), (vlan, mac));
        }

        Assert.False(macs.Journals[0].TryRead(out _, out _));
        for (int machine = 0; machine < 9; machine++)
        {
            macs.Learn(10, BridgePair.Machine(machine), First, At(1001));
        }

        Assert.True(macs.Journals[0].HasOverflowed);
        macs.Journals[0].Clear();
        Assert.Equal((false, 0), (macs.Journals[0].HasOverflowed, macs.Journals[0].Count));
    }

    [Fact]
    public void A_port_may_have_only_so_many_frames_of_each_kind_flooded()
    {
        using var bridge = new LearningBridge(new LearningBridgeOptions
        {
            Ports = [new BridgePortOptions { Pvid = 10, Storm = new StormLimits { Broadcast = 100, UnknownUnicast = 0 } }, new BridgePortOptions { Pvid = 10 }],
            Segments = [new BridgeSegmentOptions { Vlan = 10 }],
            Seed = new HashSeed(1, 2),
        });
        int Flooded(int port, MacAddress destination, double seconds) => Enumerable.Range(0, 50).Count(_ =>
            BridgeTestBed.Decide(bridge, BridgeTestBed.Frame(destination, Mac, null), BridgeLocation.Port(port), 10, At(seconds)).Action == BridgeAction.Flood);

        Assert.Equal((10, 50, 0), (Flooded(0, MacAddress.Broadcast, 1), Flooded(0, MacAddress.Parse("01:00:5e:01:01:01"), 1), Flooded(0, BridgePair.Machine(9), 1)));
        Assert.Equal((5, 50), (Flooded(0, MacAddress.Broadcast, 1.05), Flooded(1, MacAddress.Broadcast, 1.05)));
        Assert.Equal(40 + 50 + 45, bridge.Counters.StormLimit);
    }

    private static FilteringDatabase Create(MoveDamping? damping = null) => new(new FilteringDatabaseOptions
    {
        PortCount = 2,
        Seed = new HashSeed(1, 2),
        MoveDamping = damping,
        JournalCapacity = 8,
    });

    private static Timestamp At(double seconds) => Timestamp.FromSeconds(seconds);
}
