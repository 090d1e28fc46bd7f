using FsCheck;
using FsCheck.Fluent;
using Weft.Conformance.Support;
using Weft.Flows;
using Weft.Flows.Tables;
using Weft.Packets;

namespace Weft.Conformance.FlowsTests;

/// <summary>Two ways to the same answer: batch and single lookup, vector and scalar match.</summary>
[Trait(Kind.Key, Kind.Property)]
public sealed class FlowTableBatchTests
{
    [Fact]
    public void A_batch_of_any_length_finds_what_single_lookups_find()
    {
        using var table = new FlowTable<ulong, ulong>(new FlowTableOptions { Capacity = 1000, Seed = new HashSeed(4, 2) });
        for (ulong key = 0; key < 1000; key++)
        {
            table.Add(key, out _);
        }

        Prop.ForAll(Gen.Choose(0, 1999).Select(key => (ulong)key).ArrayOf().ToArbitrary(), keys =>
        {
            var handles = new FlowHandle[keys.Length + 1];
            FlowTableCounters before = table.Counters;
            table.Find(keys, handles);
            return keys.Select((key, at) => handles[at] == table.Find(key) && handles[at].IsNone == key >= 1000).All(same => same)
                && handles[^1].IsNone
                && table.Counters.Hits - before.Hits == 2 * keys.Count(key => key < 1000)
                && table.Counters.Misses - before.Misses == 2 * keys.Count(key => key >= 1000);
        }).Check(Chance.Of(200).WithEndSize(200));
    }

    [Fact]
    public unsafe void The_vector_match_of_tags_agrees_with_its_scalar_twin()
    {
        var random = new Random(1);
        FlowBucket* bucket = stackalloc FlowBucket[1];
        for (int round = 0; round < 20_000; round++)
        {
            random.NextBytes(new Span<byte>(bucket, FlowBucket.SizeBytes));
            ushort tag = (ushort)random.Next(4);
            for (int slot = 0; slot < FlowBucket.Slots; slot++)
            {
                bucket->Tags[slot] = (ushort)random.Next(4);
            }

            Assert.Equal(FlowBucket.MatchScalar(bucket, tag), FlowBucket.Match(bucket, tag));
        }
    }

    [Fact]
    public unsafe void A_bucket_is_one_cache_line() => Assert.Equal(64, sizeof(FlowBucket));
}
