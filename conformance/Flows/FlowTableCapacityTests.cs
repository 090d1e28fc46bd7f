using Weft.Conformance.Support;
using Weft.Flows;
using Weft.Packets;

namespace Weft.Conformance.FlowsTests;

/// <summary>A table takes as many entries as it was made for, not nearly as many.</summary>
[Trait(Kind.Key, Kind.Property)]
public sealed class FlowTableCapacityTests
{
    [Fact]
    public void Every_small_capacity_is_reached_exactly_under_many_seeds()
    {
        for (int capacity = 1; capacity <= 260; capacity++)
        {
            for (ulong seed = 0; seed < 8; seed++)
            {
                using var table = new FlowTable<ulong, ulong>(new FlowTableOptions { Capacity = capacity, Seed = new HashSeed(seed, (ulong)capacity) });
                FillAndCheck(table, capacity, step: seed + 1);
            }
        }
    }

    [Theory]
    [InlineData(1_000)]
    [InlineData(4_095)]
    [InlineData(65_537)]
    [InlineData(400_000)]
    public void Large_capacities_are_reached_exactly(int capacity)
    {
        using var table = new FlowTable<ulong, ulong>(new FlowTableOptions { Capacity = capacity, Seed = new HashSeed(5, 6) });
        FillAndCheck(table, capacity, step: 1);
    }

    [Fact]
    public void A_full_table_stays_whole_while_entries_come_and_go()
    {
        const int Capacity = 5_000;
        using var table = new FlowTable<ulong, ulong>(new FlowTableOptions { Capacity = Capacity, Seed = new HashSeed(9, 9) });
        for (ulong key = 0; key < Capacity; key++)
        {
            Assert.Equal(FlowAddResult.Added, table.Add(key, out _));
        }

        for (ulong key = 0; key < 40 * Capacity; key++)
        {
            Assert.True(table.Remove(key));
            Assert.Equal(FlowAddResult.Added, table.Add(key + Capacity, out _));
        }

        Assert.Equal(0, table.Counters.RefusedCrowded);
        Assert.True(table.Counters.Displaced > 0, "the test must reach crowded buckets");
        for (ulong key = 0; key < 41 * Capacity; key++)
        {
            Assert.Equal(key < 40 * Capacity, table.Find(key).IsNone);
        }
    }

    [Fact]
    public void Memory_is_what_the_documentation_says()
    {
        const int Capacity = 1 << 20;
        using var table = new FlowTable<FlowKey4, UInt128>(new FlowTableOptions { Capacity = Capacity, Seed = default });
        Assert.InRange((double)table.MemoryBytes / Capacity, 64, 64 + 12.5);
    }

    private static void FillAndCheck(FlowTable<ulong, ulong> table, int capacity, ulong step)
    {
        for (ulong i = 0; i < (ulong)capacity; i++)
        {
            Assert.Equal(FlowAddResult.Added, table.Add(i * step, out FlowHandle handle));
            table[handle] = i;
        }

        Assert.Equal(FlowAddResult.Refused, table.Add(ulong.MaxValue, out FlowHandle refused));
        Assert.True(refused.IsNone);
        Assert.Equal(1, table.Counters.RefusedFull);
        Assert.Equal(capacity, table.Count);
        for (ulong i = 0; i < (ulong)capacity; i++)
        {
            Assert.Equal(i, table[table.Find(i * step)]);
        }
    }
}
