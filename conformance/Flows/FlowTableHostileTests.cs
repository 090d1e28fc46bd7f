using Weft.Conformance.Support;
using Weft.Flows;
using Weft.Flows.Tables;
using Weft.Packets;

namespace Weft.Conformance.FlowsTests;

/// <summary>An attacker who knows the seed: keys that all want the same two buckets, or share a tag as well.</summary>
[Trait(Kind.Key, Kind.Hostile)]
public sealed class FlowTableHostileTests
{
    private static readonly HashSeed LeakedSeed = new(0xBAD, 0x5EED);

    [Fact]
    public void Keys_that_share_both_buckets_and_the_tag_are_all_kept_as_long_as_there_is_room()
    {
        using var table = new FlowTable<ulong, ulong>(new FlowTableOptions { Capacity = 128, Seed = LeakedSeed });
        ulong[] keys = Colliding(FlowBucket.Slots + 1, sameTag: true);
        foreach (ulong key in keys)
        {
            Assert.Equal(FlowAddResult.Added, table.Add(key, out FlowHandle handle));
            table[handle] = key;
        }

        var handles = new FlowHandle[keys.Length];
        table.Find(keys, handles);
        for (int i = 0; i < keys.Length; i++)
        {
            Assert.Equal(keys[i], table[handles[i]]);
            Assert.Equal(handles[i], table.Find(keys[i]));
        }
    }

    [Fact]
    public void More_of_them_are_refused_and_counted_and_harm_nobody_else()
    {
        using var table = new FlowTable<ulong, ulong>(new FlowTableOptions { Capacity = 128, Seed = LeakedSeed });
        for (ulong key = 0; key < 60; key++)
        {
            table.Add(key | 1UL << 63, out _);
        }

        ulong[] keys = Colliding(40, sameTag: false);
        int added = keys.Count(key => table.Add(key, out _) == FlowAddResult.Added);
        Assert.InRange(added, 1, 2 * FlowBucket.Slots);
        Assert.Equal(keys.Length - added, table.Counters.RefusedCrowded);
        Assert.Equal(60 + added, table.Count);
        for (ulong key = 0; key < 60; key++)
        {
            Assert.False(table.Find(key | 1UL << 63).IsNone);
        }

        // Once the colliding ones are gone the table takes its whole capacity again.
        Assert.Equal(added, keys.Count(key => table.Remove(key)));
        for (ulong key = 1000; key < 1000 + 68; key++)
        {
            Assert.Equal(FlowAddResult.Added, table.Add(key, out _));
        }
    }

    [Fact]
    public void A_refused_session_leaves_neither_of_its_keys_behind()
    {
        using var table = new SessionTable<ulong, ulong>(new FlowTableOptions { Capacity = 64, Seed = LeakedSeed });
        ulong[] keys = Colliding(40, sameTag: false);
        ulong forward = 1UL << 62;
        for (ulong key = 0; key < 64; key++)
        {
            table.Add(1UL << 61 | key, 1UL << 60 | key, out _);
        }

        table.Clear();
        foreach (ulong reverse in keys)
        {
            FlowAddResult result = table.Add(++forward, reverse, out _);
            Assert.Equal(result == FlowAddResult.Added, !table.Find(forward).IsNone);
            Assert.Equal(result == FlowAddResult.Added, !table.Find(reverse).IsNone);
        }

        Assert.True(table.Counters.RefusedCrowded > 0);
    }

    [Fact]
    public void A_flow_from_an_endpoint_to_itself_is_one_session_with_one_key()
    {
        using var table = new SessionTable<ulong, ulong>(new FlowTableOptions { Capacity = 4, Seed = LeakedSeed });
        Assert.Equal(FlowAddResult.Added, table.Add(7, 7, out FlowHandle handle));
        Assert.Equal(handle, table.Find(7));
        Assert.True(table.Remove(7));
        Assert.True(table.Find(7).IsNone);
        Assert.Equal(0, table.Count);
    }

    /// <summary>Keys that have the same home and the same partner in an index of 128 keys, and the same tag if asked for.</summary>
    private static unsafe ulong[] Colliding(int count, bool sameTag)
    {
        var hash = new KeyedHash(LeakedSeed);
        var index = new FlowIndex(null, 128); // only its arithmetic is used, no bucket is read
        var groups = new Dictionary<(ulong Home, ulong Partner, ushort Tag), List<ulong>>();
        for (ulong key = 1; ; key++)
        {
            ulong value = hash.Hash(in key);
            ushort tag = sameTag ? FlowIndex.TagOf(value) : default;
            var group = ((ulong)index.Home(value), (ulong)index.PartnerOfHome(value), tag);
            if (!groups.TryGetValue(group, out List<ulong>? keys))
            {
                groups[group] = keys = [];
            }

            keys.Add(key);
            if (keys.Count == count)
            {
                return [.. keys];
            }
        }
    }
}
