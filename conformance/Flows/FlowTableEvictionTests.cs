using Weft.Conformance.Support;
using Weft.Flows;
using Weft.Packets;

namespace Weft.Conformance.FlowsTests;

/// <summary>Second chance: who goes when there is no place left.</summary>
[Trait(Kind.Key, Kind.Property)]
public sealed class FlowTableEvictionTests : IDisposable
{
    private const int Capacity = 64;

    private readonly FlowTable<ulong, ulong> _table =
        new(new FlowTableOptions { Capacity = Capacity, Seed = new HashSeed(2, 2), WhenFull = FlowFullPolicy.EvictIdle });

    public FlowTableEvictionTests()
    {
        for (ulong key = 0; key < Capacity; key++)
        {
            _table.Add(key, out _);
        }
    }

    [Fact]
    public void The_entry_added_first_goes_first_if_none_was_looked_up()
    {
        for (ulong key = 0; key < Capacity; key++)
        {
            Assert.Equal(FlowAddResult.AddedByEvicting, _table.Add(1000 + key, out _, out FlowVictim<ulong, ulong> victim));
            Assert.Equal(key, victim.Key);
        }

        Assert.Equal(Capacity, _table.Counters.Evicted);
    }

    [Fact]
    public void An_entry_in_use_outlives_a_flood_of_others()
    {
        for (ulong key = 1000; key < 1000 + 50 * Capacity; key++)
        {
            Assert.False(_table.Find(7).IsNone);
            Assert.Equal(FlowAddResult.AddedByEvicting, _table.Add(key, out _));
        }
    }

    [Fact]
    public void If_all_are_in_use_one_goes_after_a_bounded_search()
    {
        for (ulong key = 0; key < Capacity; key++)
        {
            _table.Find(key);
        }

        _table.Add(1000, out _, out FlowVictim<ulong, ulong> victim);
        Assert.Equal((ulong)FlowTableOptions.EvictionSteps - 1, victim.Key);
    }

    [Fact]
    public void A_batch_lookup_counts_as_use()
    {
        _table.Find([0UL, 1, 2], new FlowHandle[3]);
        _table.Add(1000, out _, out FlowVictim<ulong, ulong> victim);
        Assert.Equal(3UL, victim.Key);
    }

    public void Dispose() => _table.Dispose();
}
