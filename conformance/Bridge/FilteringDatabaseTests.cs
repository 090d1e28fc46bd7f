using Weft.Bridge;
using Weft.Conformance.Support;
using Weft.Packets;

namespace Weft.Conformance.BridgeTests;

public sealed class FilteringDatabaseTests
{
    private const ushort Vlan = 10;
    private static readonly BridgeLocation Here = BridgeLocation.Port(0);
    private static readonly BridgeLocation There = BridgeLocation.Port(1);
    private static readonly BridgeLocation Remote = BridgeLocation.Vtep(1);

    [Fact, Trait(Kind.Key, Kind.Rfc)]
    public void Ieee8021Q_8_8_3_An_address_is_forgotten_300_seconds_after_it_was_last_seen()
    {
        using FilteringDatabase macs = Create();
        macs.Learn(Vlan, BridgeTestBed.Mac(1), Here, Timestamp.FromSeconds(100));
        macs.Learn(Vlan, BridgeTestBed.Mac(1), Here, Timestamp.FromSeconds(250));

        Assert.True(macs.TryLookup(Vlan, BridgeTestBed.Mac(1), new Timestamp(549_999_999_999), out _));
        Assert.False(macs.TryLookup(Vlan, BridgeTestBed.Mac(1), Timestamp.FromSeconds(550), out _));
    }

    [Theory, Trait(Kind.Key, Kind.Rfc)]
    [InlineData(9, false)]
    [InlineData(10, true)]
    [InlineData(1_000_000, true)]
    [InlineData(1_000_001, false)]
    public void Ieee8021Q_table_8_6_The_ageing_time_is_10_to_1000000_seconds(int seconds, bool allowed)
    {
        using FilteringDatabase macs = Create();
        Action set = () => macs.SetAgeing(Vlan, TimeSpan.FromSeconds(seconds));

        if (allowed)
        {
            set();
        }
        else
        {
            Assert.Throws<ArgumentOutOfRangeException>(set);
        }
    }

    [Fact, Trait(Kind.Key, Kind.Rfc)]
    public void Ieee8021Q_8_8_1_A_static_entry_neither_ages_nor_moves_nor_is_flushed()
    {
        using FilteringDatabase macs = Create();
        macs.Learn(Vlan, BridgeTestBed.Mac(1), There, default);
        Assert.True(macs.AddStatic(Vlan, BridgeTestBed.Mac(1), Remote));

        Assert.Equal(LearnResult.StaticConflict, macs.Learn(Vlan, BridgeTestBed.Mac(1), Here, default));
        Assert.Equal(LearnResult.Static, macs.Learn(Vlan, BridgeTestBed.Mac(1), Remote, default));
        Assert.Equal(0, macs.FlushAll() + macs.Sweep(Timestamp.FromSeconds(1e9)));
        Assert.True(macs.TryLookup(Vlan, BridgeTestBed.Mac(1), Timestamp.FromSeconds(1e9), out BridgeLocation where));
        Assert.Equal(Remote, where);
        Assert.Equal(0, macs.CountAt(There));
        Assert.True(macs.RemoveStatic(Vlan, BridgeTestBed.Mac(1)));
        Assert.False(macs.TryLookup(Vlan, BridgeTestBed.Mac(1), default, out _));
    }

    [Fact, Trait(Kind.Key, Kind.Rfc)]
    public void Ieee8021Q_8_8_One_address_may_be_in_different_places_in_different_VLANs()
    {
        using FilteringDatabase macs = Create();
        macs.Learn(1, BridgeTestBed.Mac(1), Here, default);
        macs.Learn(4094, BridgeTestBed.Mac(1), Remote, default);

        Assert.True(macs.TryLookup(1, BridgeTestBed.Mac(1), default, out BridgeLocation first));
        Assert.True(macs.TryLookup(4094, BridgeTestBed.Mac(1), default, out BridgeLocation second));
        Assert.Equal((Here, Remote), (first, second));
    }

    [Fact, Trait(Kind.Key, Kind.Property)]
    public void Moves_are_counted_and_follow_the_machine()
    {
        using FilteringDatabase macs = Create();
        for (int i = 0; i < 10; i++)
        {
            macs.Learn(Vlan, BridgeTestBed.Mac(1), i % 2 == 0 ? Here : Remote, default);
        }

        Assert.Equal(9, macs.Counters.Moved);
        Assert.Equal((0, 1), (macs.CountAt(Here), macs.CountAt(Remote)));
    }

    [Fact, Trait(Kind.Key, Kind.Hostile)]
    public void A_flood_of_addresses_stops_at_the_limits_and_takes_nothing_from_others()
    {
        using FilteringDatabase macs = Create(capacity: 100);
        macs.SetLocationLimit(Here, 10);
        macs.Learn(Vlan, BridgeTestBed.Mac(100_000), There, default);
        for (int i = 1; i <= 1000; i++)
        {
            macs.Learn(Vlan, BridgeTestBed.Mac(i), Here, default);
        }

        Assert.Equal((10, 990), (macs.CountAt(Here), macs.Counters.LimitReached));
        Assert.Equal(LearnResult.LimitReached, macs.Learn(Vlan, BridgeTestBed.Mac(100_000), Here, default));
        Assert.True(macs.TryLookup(Vlan, BridgeTestBed.Mac(100_000), default, out BridgeLocation where));
        Assert.Equal(There, where);
        for (int i = 2000; i < 3000; i++)
        {
            macs.Learn(Vlan, BridgeTestBed.Mac(i), Remote, default);
        }

        Assert.Equal(100, macs.Count);
        Assert.Equal(1000 - 89, macs.Counters.TableFull);
    }

    [Theory, Trait(Kind.Key, Kind.Property)]
    [InlineData(16)]
    [InlineData(1000)]
    [InlineData(20_000)]
    public void An_aged_entry_is_given_back_within_a_sixteenth_of_the_ageing_time(int capacity)
    {
        using FilteringDatabase macs = Create(capacity);
        for (int i = 1; i <= capacity; i++)
        {
            macs.Learn(Vlan, BridgeTestBed.Mac(i), Here, default);
        }

        for (double now = 0; now < 300; now += 0.1)
        {
            Assert.Equal(0, macs.Advance(Timestamp.FromSeconds(now), budget: 1000));
        }

        for (double now = 300; now <= 300 + (300.0 / 16) + 0.2; now += 0.1)
        {
            macs.Advance(Timestamp.FromSeconds(now), budget: 1000);
        }

        Assert.Equal((0, 0), (macs.Count, macs.CountAt(Here)));
        Assert.Equal(capacity, macs.Counters.Aged);
    }

    [Fact, Trait(Kind.Key, Kind.Property)]
    public void A_flush_forgets_what_it_names_and_nothing_else()
    {
        using FilteringDatabase macs = Create();
        macs.Learn(10, BridgeTestBed.Mac(1), Here, default);
        macs.Learn(10, BridgeTestBed.Mac(2), Remote, default);
        macs.Learn(20, BridgeTestBed.Mac(3), Remote, default);

        Assert.Equal(2, macs.Flush(Remote));
        Assert.Equal(0, macs.FlushVlan(20));
        Assert.Equal(1, macs.FlushVlan(10));
        Assert.Equal(0, macs.Count);
        Assert.Equal(3, macs.Counters.Flushed);
    }

    private static FilteringDatabase Create(int capacity = 1024) =>
        new(new FilteringDatabaseOptions { Capacity = capacity, PortCount = 2, VtepCount = 2, Seed = BridgeTestBed.Seed });
}
