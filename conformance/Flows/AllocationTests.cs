using Weft.Conformance.Support;
using Weft.Flows;
using Weft.Packets;

namespace Weft.Conformance.FlowsTests;

/// <summary>No allocation after construction: a hundred thousand operations, evictions and expiries included.</summary>
[Trait(Kind.Key, Kind.Alloc)]
public sealed class AllocationTests
{
    private const int Operations = 100_000;

    [Fact]
    public void A_table_under_churn_allocates_nothing()
    {
        using var table = new FlowTable<ulong, UInt128>(new FlowTableOptions { Capacity = 1000, Seed = new HashSeed(1, 2), WhenFull = FlowFullPolicy.EvictIdle });
        var keys = new ulong[32];
        var handles = new FlowHandle[32];
        ulong next = 0;
        Assert.Equal(0, Allocations.Of(() =>
        {
            int cursor = 0;
            for (int i = 0; i < Operations / 32; i++)
            {
                for (int j = 0; j < 32; j++)
                {
                    keys[j] = next++;
                    table.Add(keys[j], out handles[j], out _);
                }

                table.Find(keys, handles);
                table.Remove(handles[3]);
                table.Remove(keys[4]);
                table.Slice(ref cursor, handles);
            }
        }));
        Assert.True(table.Counters.Evicted > Operations);
    }

    [Fact]
    public void Sessions_under_churn_allocate_nothing()
    {
        using var table = new SessionTable<ulong, UInt128>(new FlowTableOptions { Capacity = 1000, Seed = new HashSeed(1, 2) });
        ulong next = 0;
        Assert.Equal(0, Allocations.Of(() =>
        {
            for (int i = 0; i < Operations; i++, next += 2)
            {
                table.Add(next, next + 1, out _);
                table.Find(next + 1);
                if (next >= 1900)
                {
                    table.Remove(next - 1900);
                }
            }
        }));
        Assert.InRange(table.Count, 900, 1000);
    }

    [Fact]
    public void Wheel_bucket_and_pools_allocate_nothing()
    {
        var wheel = new TimerWheel(new TimerWheelOptions { Capacity = 500, Resolution = TimeSpan.FromMilliseconds(1) });
        var bucket = new TokenBucket(1000, 10, Timestamp.Zero);
        var indexes = new IndexPool(8);
        var slots = new SlotPool<long>(8);
        var expired = new int[64];
        long now = 0;
        int fired = 0;
        Assert.Equal(0, Allocations.Of(() =>
        {
            for (int i = 0; i < Operations; i++)
            {
                now += 777_777;
                wheel.Arm(i % 500, new Timestamp(now + i % 97 * 5_000_000));
                fired += wheel.Advance(new Timestamp(now), expired, 64);
                bucket.TryTake(new Timestamp(now), 1);
                indexes.TryRent(out int index);
                indexes.Return(index);
                slots.TryRent(out SlotHandle slot);
                slots.Return(slot);
            }
        }));
        Assert.True(fired > Operations);
    }
}
