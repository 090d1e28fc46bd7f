using FsCheck;
using FsCheck.Fluent;
using Weft.Conformance.Support;
using Weft.Flows;

namespace Weft.Conformance.FlowsTests;

/// <summary>The queue between two threads against a queue of one.</summary>
public sealed class SpscRingTests
{
    [Fact, Trait(Kind.Key, Kind.Model)]
    public void It_is_a_queue_of_bounded_length() => Prop.ForAll(
        Arb.From(Gen.Choose(1, 9).Zip(Gen.Choose(0, 1).ListOf())),
        c =>
        {
            var ring = new SpscRing<int>(c.Item1);
            var model = new Queue<int>();
            int next = 0;
            foreach (int adds in c.Item2)
            {
                if (adds == 1)
                {
                    bool fits = model.Count < ring.Capacity;
                    Assert.Equal(fits, ring.TryAdd(next));
                    if (fits)
                    {
                        model.Enqueue(next);
                    }

                    next++;
                }
                else
                {
                    Assert.Equal(model.TryDequeue(out int expected), ring.TryTake(out int item));
                    Assert.Equal(expected, item);
                }

                Assert.Equal(model.Count, ring.Count);
            }
        }).Check(Chance.Of(500).WithEndSize(200));

    [Fact, Trait(Kind.Key, Kind.Property)]
    public void Between_two_threads_everything_arrives_once_and_in_order()
    {
        const int Items = 200_000;
        var ring = new SpscRing<int>(64);
        var adding = new Thread(() =>
        {
            for (int i = 1; i <= Items;)
            {
                if (ring.TryAdd(i))
                {
                    i++;
                }
                else
                {
                    Thread.Yield();
                }
            }
        });
        adding.Start();
        for (int expected = 1; expected <= Items;)
        {
            if (ring.TryTake(out int item))
            {
                Assert.Equal(expected++, item);
            }
            else
            {
                Thread.Yield();
            }
        }

        adding.Join();
        Assert.Equal(0, ring.Count);
    }

    [Fact, Trait(Kind.Key, Kind.Hostile)]
    public void What_was_taken_is_not_kept_alive()
    {
        var ring = new SpscRing<object>(4);
        WeakReference gone = PassThrough(ring);
        GC.Collect();
        Assert.False(gone.IsAlive);
        GC.KeepAlive(ring);
        Assert.Throws<ArgumentOutOfRangeException>(() => new SpscRing<int>(0));
        Assert.Throws<ArgumentOutOfRangeException>(() => new SpscRing<int>(SpscRing<int>.MaxCapacity + 1));
    }

    [Fact, Trait(Kind.Key, Kind.Alloc)]
    public void Passing_allocates_nothing()
    {
        var ring = new SpscRing<long>(16);
        Assert.Equal(0, Allocations.Of(() =>
        {
            for (int i = 0; i < 100_000; i++)
            {
                _ = ring.TryAdd(i);
                _ = ring.TryTake(out _);
            }
        }));
    }

    [System.Runtime.CompilerServices.MethodImpl(System.Runtime.CompilerServices.MethodImplOptions.NoInlining)]
    private static WeakReference PassThrough(SpscRing<object> ring)
    {
        object item = new();
        Assert.True(ring.TryAdd(item));
        Assert.True(ring.TryTake(out object? taken));
        Assert.Same(item, taken);
        return new WeakReference(item);
    }
}
