using System.Numerics;
using Weft.Conformance.Support;
using Weft.Flows.Tables;

namespace Weft.Conformance.FlowsTests;

/// <summary>What the index keeps true of its buckets while keys move between them.</summary>
[Trait(Kind.Key, Kind.Model)]
public sealed unsafe class FlowIndexTests : IDisposable
{
    private const int Keys = 2000;

    private readonly NativeBlock _memory = new(FlowIndex.Bytes(Keys), hugePages: false);
    private readonly FlowIndex _index;
    private long _displaced;

    public FlowIndexTests() => _index = new FlowIndex(_memory.Start, Keys);

    private Span<FlowBucket> Buckets => new(_memory.Start, (int)(FlowIndex.Bytes(Keys) / FlowBucket.SizeBytes));

    [Fact]
    public void As_many_keys_are_counted_displaced_as_are_away_from_home()
    {
        var random = new Random(11);
        var live = new List<(ulong Hash, uint Reference)>();
        for (uint step = 0; step < 20_000; step++)
        {
            if (live.Count < Keys && random.Next(100) < 70)
            {
                ulong hash = (ulong)random.NextInt64();
                Assert.True(_index.TryAdd(hash, step, ref _displaced));
                live.Add((hash, step));
            }
            else
            {
                int at = random.Next(live.Count);
                _index.Remove(live[at].Hash, live[at].Reference);
                live.RemoveAt(at);
            }
        }

        Assert.True(_displaced > 0, "the test must move slots");
        Assert.True(Sum(bucket => BitOperations.PopCount(bucket.Away)) > 0);
        Assert.Equal(Sum(bucket => BitOperations.PopCount(bucket.Away)), Sum(bucket => bucket.Displaced));
        Assert.All(live, entry => Assert.True(IsStored(entry.Hash, entry.Reference)));

        foreach ((ulong hash, uint reference) in live)
        {
            _index.Remove(hash, reference);
        }

        Assert.Equal(0, Sum(bucket => bucket.Away));
        Assert.Equal(0, Sum(bucket => bucket.Displaced));
    }

    [Fact]
    public void The_partner_of_the_partner_is_the_home_and_never_the_home_itself()
    {
        // A hash with the same tag whose home is the first one's partner: its partner must be the first one's home.
        long partners = 0;
        for (ulong home = 0; home < (ulong)Buckets.Length; home++)
        {
            for (ulong tag = 1; tag < 200; tag += 2)
            {
                ulong hash = HashWithHome(home) | tag;
                ulong partner = NumberOf(_index.PartnerOfHome(hash));
                Assert.Equal(home, NumberOf(_index.Home(hash)));
                Assert.NotEqual(home, partner);
                Assert.Equal(home, NumberOf(_index.PartnerOfHome(HashWithHome(partner) | tag)));
                partners++;
            }
        }

        Assert.Equal(Buckets.Length * 100, partners);
    }

    public void Dispose() => _memory.Dispose();

    private ulong HashWithHome(ulong home) => ((home << 32) / (ulong)Buckets.Length + 1) << 32;

    private ulong NumberOf(FlowBucket* bucket) => (ulong)(bucket - (FlowBucket*)_memory.Start);

    private bool IsStored(ulong hash, uint reference)
    {
        FlowBucket* home = _index.Home(hash);
        FlowBucket* partner = _index.PartnerOfHome(hash);
        return Holds(home, reference) || (home->Displaced > 0 && Holds(partner, reference));
    }

    private static bool Holds(FlowBucket* bucket, uint reference)
    {
        for (int slot = 0; slot < FlowBucket.Slots; slot++)
        {
            if (bucket->Tags[slot] != 0 && bucket->References[slot] == reference)
            {
                return true;
            }
        }

        return false;
    }

    private int Sum(Func<FlowBucket, int> of)
    {
        int sum = 0;
        foreach (FlowBucket bucket in Buckets)
        {
            sum += of(bucket);
        }

        return sum;
    }
}
