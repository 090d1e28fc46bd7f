using Weft.Conformance.Support;
using Weft.Flows;
using Weft.Flows.Tables;
using Weft.Packets;

namespace Weft.Conformance.FlowsTests;

/// <summary>Handles that outlive their entry, slices, clearing, disposal and a caller's mistakes.</summary>
[Trait(Kind.Key, Kind.Hostile)]
public sealed class FlowTableHandleTests : IDisposable
{
    private readonly FlowTable<ulong, long> _table = new(new FlowTableOptions { Capacity = 100, Seed = new HashSeed(1, 1) });

    [Fact]
    public void A_handle_does_not_lead_to_the_entry_that_took_the_place()
    {
        _table.Add(1, out FlowHandle first);
        _table.Remove(first);
        _table.Add(2, out FlowHandle second);

        Assert.Equal(first.Index, second.Index);
        Assert.False(_table.IsLive(first));
        Assert.False(_table.Remove(first));
        Assert.Throws<InvalidOperationException>(() => _table[first]);
        Assert.Throws<InvalidOperationException>(() => _table.KeyOf(first));
        Assert.Equal(2UL, _table.KeyOf(second));
    }

    [Fact]
    public void No_entry_is_reached_through_none_or_through_a_handle_of_a_larger_table()
    {
        using var larger = new FlowTable<ulong, long>(new FlowTableOptions { Capacity = 101, Seed = new HashSeed(1, 1) });
        FlowHandle last = default;
        for (ulong key = 0; key < 101; key++)
        {
            larger.Add(key, out last);
        }

        Assert.False(_table.IsLive(FlowHandle.None));
        Assert.False(_table.IsLive(last));
        Assert.Throws<InvalidOperationException>(() => _table[FlowHandle.None]);
        Assert.Throws<InvalidOperationException>(() => _table[last]);
    }

    [Fact]
    public void The_value_of_a_new_entry_is_zero_although_its_place_was_used()
    {
        _table.Add(1, out FlowHandle handle);
        _table[handle] = 42;
        _table.Remove(1);
        _table.Add(2, out handle);
        Assert.Equal(0, _table[handle]);
    }

    [Fact]
    public void Clearing_ends_every_entry_and_its_handles()
    {
        var handles = new FlowHandle[100];
        for (ulong key = 0; key < 100; key++)
        {
            _table.Add(key, out handles[key]);
        }

        _table.Remove(50);
        _table.Clear();
        Assert.Equal(0, _table.Count);
        Assert.Equal(100, _table.Counters.Removed);
        Assert.All(handles, handle => Assert.False(_table.IsLive(handle)));
        for (ulong key = 0; key < 100; key++)
        {
            Assert.Equal(FlowAddResult.Added, _table.Add(key, out FlowHandle handle));
            Assert.DoesNotContain(handle, handles);
        }
    }

    [Fact]
    public void A_round_of_slices_sees_every_lasting_entry_once_while_others_come_and_go()
    {
        for (ulong key = 0; key < 100; key++)
        {
            _table.Add(key, out _);
        }

        var seen = new List<ulong>();
        var slice = new FlowHandle[7];
        int cursor = 0;
        ulong next = 1000;
        do
        {
            int live = _table.Slice(ref cursor, slice);
            foreach (FlowHandle handle in slice.AsSpan(0, live))
            {
                ulong key = _table.KeyOf(handle);
                seen.Add(key);
                if (key % 3 == 0 && key < 100)
                {
                    _table.Remove(handle);
                    _table.Add(next++, out _);
                }
            }
        }
        while (cursor != 0);

        Assert.Equal(Enumerable.Range(0, 100).Select(key => (ulong)key), seen.Where(key => key < 100).Order());
    }

    [Fact]
    public void After_disposal_handles_are_stale_and_lookups_fail_without_touching_freed_memory()
    {
        _table.Add(1, out FlowHandle handle);
        _table.Dispose();
        _table.Dispose();
        Assert.Equal(0, _table.Capacity);
        Assert.False(_table.IsLive(handle));
        Assert.ThrowsAny<Exception>(() => _table.Find(1));
        Assert.ThrowsAny<Exception>(() => _table.Add(2, out _));
    }

    [Fact]
    public void Wrong_options_and_arguments_name_what_is_wrong()
    {
        static FlowTable<ulong, long> Make(int capacity, FlowFullPolicy policy) => new(new FlowTableOptions { Capacity = capacity, Seed = default, WhenFull = policy });

        Assert.Contains("Capacity must be 1 to", Assert.Throws<ArgumentOutOfRangeException>(() => Make(0, default)).Message, StringComparison.Ordinal);
        Assert.Contains("Capacity must be 1 to", Assert.Throws<ArgumentOutOfRangeException>(() => Make(FlowTableOptions.MaxCapacity + 1, default)).Message, StringComparison.Ordinal);
        Assert.Contains("WhenFull must be", Assert.Throws<ArgumentOutOfRangeException>(() => Make(1, (FlowFullPolicy)9)).Message, StringComparison.Ordinal);
        Assert.Contains("a key must have", Assert.Throws<NotSupportedException>(() => new FlowTable<int, int>(new FlowTableOptions { Capacity = 1, Seed = default })).Message, StringComparison.Ordinal);
        Assert.Throws<ArgumentException>(() => _table.Find(new ulong[3], new FlowHandle[2]));
        Assert.Throws<ArgumentOutOfRangeException>(() => Slice(-1));
        Assert.Equal(0, Slice(int.MaxValue));

        int Slice(int cursor) => _table.Slice(ref cursor, new FlowHandle[4]);
    }

    [Theory]
    [InlineData(8)]
    [InlineData(16)]
    [InlineData(24)]
    [InlineData(32)]
    [InlineData(40)]
    [InlineData(48)]
    public void Keys_of_every_size_are_told_apart_by_every_word_when_their_hashes_collide(int size)
    {
        switch (size)
        {
            case 8: TellApart<ulong>(); break;
            case 16: TellApart<UInt128>(); break;
            case 24: TellApart<(ulong, ulong, ulong)>(); break;
            case 32: TellApart<(UInt128, UInt128)>(); break;
            case 40: TellApart<(ulong, ulong, ulong, ulong, ulong)>(); break;
            default: TellApart<(UInt128, UInt128, UInt128)>(); break;
        }
    }

    public void Dispose() => _table.Dispose();

    /// <summary>
    /// For every word of the key: two keys that differ only there and whose hashes agree in home and tag, so that nothing but the
    /// comparison of that word tells them apart.
    /// </summary>
    private static unsafe void TellApart<TKey>()
        where TKey : unmanaged
    {
        var seed = new HashSeed(3, 4);
        var hash = new KeyedHash(seed);
        for (int word = 0; word < sizeof(TKey) / sizeof(ulong); word++)
        {
            var seen = new Dictionary<(ulong Home, ushort Tag), TKey>();
            for (ulong value = 1; ; value++)
            {
                TKey key = default;
                ((ulong*)&key)[word] = value << 56 | value;
                ulong hashed = hash.Hash(in key);
                if (seen.TryGetValue((hashed >> 63, FlowIndex.TagOf(hashed)), out TKey other))
                {
                    using var table = new FlowTable<TKey, long>(new FlowTableOptions { Capacity = 2, Seed = seed });
                    table.Add(other, out FlowHandle first);
                    Assert.True(table.Find(key).IsNone);
                    Assert.Equal(FlowAddResult.Added, table.Add(key, out FlowHandle second));
                    Assert.Equal(first, table.Find(other));
                    Assert.Equal(second, table.Find(key));
                    break;
                }

                seen[(hashed >> 63, FlowIndex.TagOf(hashed))] = key;
            }
        }
    }
}
