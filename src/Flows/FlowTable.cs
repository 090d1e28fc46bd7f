using System.Runtime.CompilerServices;
using Weft.Flows.Tables;

namespace Weft.Flows;

/// <summary>
/// A hash table of fixed capacity in native memory, for state that packets look up: flows, MAC addresses, tunnels. Made for
/// batches: <see cref="Find(ReadOnlySpan{TKey}, Span{FlowHandle})"/> overlaps the cache misses of up to 32 keys.
/// </summary>
/// <remarks>
/// <para>
/// <b>Keys</b> are compared by their bytes: a key type must have no padding and 8, 16, 24, 32, 40 or 48 bytes. The hash is keyed
/// with <see cref="FlowTableOptions.Seed"/>, so a sender cannot choose keys that collide.
/// </para>
/// <para>
/// <b>Capacity</b> is reached: a table made for n entries takes n, whatever the keys are, as long as they were chosen without
/// knowledge of the seed (the chance of an exception is below one in a billion tables). What happens then is
/// <see cref="FlowTableOptions.WhenFull"/>.
/// </para>
/// <para>
/// <b>Work</b> is bounded: a lookup reads at most two buckets, an addition examines at most 64 and nearly always one.
/// Everything is allocated and touched by the constructor; afterwards nothing allocates.
/// </para>
/// <para>
/// <b>Memory</b> per entry: key, value and 8 bytes, rounded up to 16, 32 or a multiple of 64, plus 12 bytes of index. A key and
/// a value that together have at most 56 bytes share one cache line; otherwise put what every packet touches first.
/// </para>
/// One thread uses a table at a time. The table must stay reachable, and not be disposed, while a reference that it handed out
/// is in use.
/// </remarks>
/// <typeparam name="TKey">The key.</typeparam>
/// <typeparam name="TValue">What is remembered; all zeros when an entry is made.</typeparam>
public sealed class FlowTable<TKey, TValue> : IDisposable
    where TKey : unmanaged
    where TValue : unmanaged
{
    private readonly FlowStore<TKey, TValue, OneKey> _store;

    /// <summary>Allocates the table.</summary>
    /// <exception cref="ArgumentOutOfRangeException">An option is outside its documented range.</exception>
    /// <exception cref="NotSupportedException"><typeparamref name="TKey"/> has an unsupported size.</exception>
    /// <exception cref="OutOfMemoryException">The system has not enough memory.</exception>
    public FlowTable(FlowTableOptions options) => _store = new FlowStore<TKey, TValue, OneKey>(options);

    /// <summary>Entries that fit; 0 after disposal.</summary>
    public int Capacity => _store.Capacity;

    /// <summary>Entries that live.</summary>
    public int Count => _store.Count;

    /// <summary>Bytes of native memory that the table holds.</summary>
    public long MemoryBytes => _store.MemoryBytes;

    /// <summary>What happened so far.</summary>
    public ref readonly FlowTableCounters Counters => ref _store.Counters;

    /// <summary>The value of a live entry, to read or to change in place.</summary>
    /// <exception cref="InvalidOperationException">The handle is <see cref="FlowHandle.None"/> or stale.</exception>
    public ref TValue this[FlowHandle handle]
    {
        [MethodImpl(MethodImplOptions.AggressiveInlining)]
        get => ref _store.Value(handle);
    }

    /// <summary>The key of a live entry.</summary>
    /// <exception cref="InvalidOperationException">The handle is <see cref="FlowHandle.None"/> or stale.</exception>
    public ref readonly TKey KeyOf(FlowHandle handle) => ref _store.Key(handle, 0);

    /// <summary>True if the entry that the handle was made for still lives. For handles that were kept, in timers for example.</summary>
    [MethodImpl(MethodImplOptions.AggressiveInlining)]
    public bool IsLive(FlowHandle handle) => _store.IsLive(handle);

    /// <summary>Looks one key up.</summary>
    /// <returns>The entry, or <see cref="FlowHandle.None"/>.</returns>
    [MethodImpl(MethodImplOptions.AggressiveInlining)]
    public FlowHandle Find(in TKey key) => _store.Find(in key);

    /// <summary>Looks many keys up, with the same results as one by one and far fewer stalls. The entries found are in the cache afterwards.</summary>
    /// <param name="keys">Any number; 32 or more at a time pay best.</param>
    /// <param name="handles">Gets one handle a key, <see cref="FlowHandle.None"/> where there is no entry.</param>
    /// <exception cref="ArgumentException"><paramref name="handles"/> is shorter than <paramref name="keys"/>.</exception>
    public void Find(ReadOnlySpan<TKey> keys, Span<FlowHandle> handles) => _store.Find(keys, handles);

    /// <summary>Makes an entry for a key unless there is one.</summary>
    /// <param name="key">The key.</param>
    /// <param name="handle">The entry, new or old; <see cref="FlowHandle.None"/> if the addition was refused.</param>
    public FlowAddResult Add(in TKey key, out FlowHandle handle) => _store.Add(in key, in key, out handle, out _);

    /// <summary>Makes an entry for a key unless there is one, and says which other entry had to go for it.</summary>
    /// <param name="key">The key.</param>
    /// <param name="handle">The entry, new or old; <see cref="FlowHandle.None"/> if the addition was refused.</param>
    /// <param name="victim">The entry evicted, if <see cref="FlowVictim{TKey, TValue}.Exists"/>.</param>
    public FlowAddResult Add(in TKey key, out FlowHandle handle, out FlowVictim<TKey, TValue> victim) =>
        _store.Add(in key, in key, out handle, out victim);

    /// <summary>Removes an entry; its handles are stale afterwards.</summary>
    /// <returns>False if the handle was stale already.</returns>
    public bool Remove(FlowHandle handle) => _store.Remove(handle);

    /// <summary>Removes the entry of a key.</summary>
    /// <returns>False if there is none.</returns>
    public bool Remove(in TKey key) => _store.Remove(in key);

    /// <summary>Removes all entries, in time proportional to the capacity.</summary>
    public void Clear() => _store.Clear();

    /// <summary>
    /// Goes round the table in slices, to age or to export it: examines as many places as <paramref name="handles"/> is long and
    /// says which live. An entry that lives through a whole round is seen exactly once in it, whatever is added or removed
    /// meanwhile.
    /// </summary>
    /// <param name="cursor">Where the slice begins: 0 at first, then what the previous call left. It is 0 again when a round ends.</param>
    /// <param name="handles">Gets the live entries of the slice.</param>
    /// <returns>How many there are.</returns>
    /// <exception cref="ArgumentOutOfRangeException"><paramref name="cursor"/> is negative.</exception>
    public int Slice(ref int cursor, Span<FlowHandle> handles) => _store.Slice(ref cursor, handles);

    /// <summary>Frees the memory. Every handle is stale afterwards; lookups and additions fail.</summary>
    public void Dispose() => _store.Dispose();
}
