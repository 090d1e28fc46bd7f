using Weft.Conformance.Support;
using Weft.Flows;

namespace Weft.Conformance.FlowsTests;

/// <summary>Pools: last in, first out, and nothing twice.</summary>
[Trait(Kind.Key, Kind.Model)]
public sealed class PoolTests
{
    [Fact]
    public void Indexes_go_out_last_in_first_out_and_each_to_one_tenant()
    {
        var pool = new IndexPool(50);
        var free = new Stack<int>(Enumerable.Range(0, 50).Reverse());
        var rented = new List<int>();
        var random = new Random(3);
        for (int step = 0; step < 10_000; step++)
        {
            if (random.Next(2) == 0)
            {
                Assert.Equal(free.TryPop(out int expected), pool.TryRent(out int index));
                Assert.Equal(free.Count + rented.Count == 50 ? -1 : expected, index);
                if (index >= 0)
                {
                    rented.Add(index);
                }
            }
            else if (rented.Count > 0)
            {
                int index = rented[random.Next(rented.Count)];
                rented.Remove(index);
                pool.Return(index);
                free.Push(index);
            }

            Assert.Equal(free.Count, pool.Available);
            Assert.All(rented, index => Assert.True(pool.IsRented(index)));
        }
    }

    [Fact]
    [Trait(Kind.Key, Kind.Hostile)]
    public void An_index_returned_twice_is_refused()
    {
        var pool = new IndexPool(2);
        pool.TryRent(out int index);
        pool.Return(index);
        Assert.Throws<InvalidOperationException>(() => pool.Return(index));
        Assert.Throws<IndexOutOfRangeException>(() => pool.Return(2));
        Assert.Throws<ArgumentOutOfRangeException>(() => new IndexPool(0));
        Assert.Equal(2, pool.Available);
    }

    [Fact]
    [Trait(Kind.Key, Kind.Hostile)]
    public void A_slot_is_not_reached_by_the_handle_of_its_last_tenant()
    {
        var pool = new SlotPool<string>(1);
        Assert.True(pool.TryRent(out SlotHandle first));
        pool[first] = "first";
        Assert.False(pool.TryRent(out SlotHandle none));
        Assert.True(none.IsNone);
        Assert.False(pool.IsLive(none));
        Assert.True(pool.Return(first));
        Assert.False(pool.Return(first));
        Assert.True(pool.TryRent(out SlotHandle second));
        Assert.Equal(first.Index, second.Index);
        Assert.Equal("first", pool[second]);
        Assert.Throws<InvalidOperationException>(() => pool[first]);
        Assert.False(pool.IsLive(new SlotHandle(-1, 1)));
        Assert.Equal(0, pool.Available);
    }
}
