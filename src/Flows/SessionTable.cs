using System.Runtime.CompilerServices;
using Weft.Flows.Tables;

namespace Weft.Flows;

/// <summary>
/// A <see cref="FlowTable{TKey, TValue}"/> in which every entry has two keys: one value for both directions of a connection, found
/// from either. Address translators and load balancers see the two directions under unrelated keys, so no canonical form
/// would join them.
/// </summary>
/// <remarks>
/// Everything said of <see cref="FlowTable{TKey, TValue}"/> holds, with these differences: memory per session is both keys, the
/// value and 8 bytes, rounded up to 16, 32 or a multiple of 64, plus 20 bytes of index; an addition or removal does the work
/// twice. With keys of 16 bytes, a value of 24 bytes still shares one cache line with them.
/// </remarks>
/// <typeparam name="TKey">The key of either direction.</typeparam>
/// <typeparam name="TValue">What is remembered of the session; all zeros when it is made.</typeparam>
public sealed class SessionTable<TKey, TValue> : IDisposable
    where TKey : unmanaged
    where TValue : unmanaged
{
    private readonly FlowStore<TKey, TValue, TwoKeys> _store;

    /// <summary>Allocates the table.</summary>
    /// <exception cref="ArgumentOutOfRangeException">An option is outside its documented range.</exception>
    /// <exception cref="NotSupportedException"><typeparamref name="TKey"/> has an unsupported size.</exception>
    /// <exception cref="OutOfMemoryException">The system has not enough memory.</exception>
    public SessionTable(FlowTableOptions options) => _store = new FlowStore<TKey, TValue, TwoKeys>(options);

    /// <summary>Sessions that fit; 0 after disposal.</summary>
    public int Capacity => _store.Capacity;

    /// <summary>Sessions that live.</summary>
    public int Count => _store.Count;

    /// <summary>Bytes of native memory that the table holds.</summary>
    public long MemoryBytes => _store.MemoryBytes;

    /// <summary>What happened so far.</summary>
    public ref readonly FlowTableCounters Counters => ref _store.Counters;

    /// <summary>The value of a live session, to read or to change in place.</summary>
    /// <exception cref="InvalidOperationException">The handle is <see cref="FlowHandle.None"/> or stale.</exception>
    public ref TValue this[FlowHandle handle]
    {
        [MethodImpl(MethodImplOptions.AggressiveInlining)]
        get => ref _store.Value(handle);
    }

    /// <summary>The first key of a live session.</summary>
    /// <exception cref="InvalidOperationException">The handle is <see cref="FlowHandle.None"/> or stale.</exception>
    public ref readonly TKey ForwardKeyOf(FlowHandle handle) => ref _store.Key(handle, 0);

    /// <summary>The second key of a live session.</summary>
    /// <exception cref="InvalidOperationException">The handle is <see cref="FlowHandle.None"/> or stale.</exception>
    public ref readonly TKey ReverseKeyOf(FlowHandle handle) => ref _store.Key(handle, 1);

    /// <summary>True if the session that the handle was made for still lives. For handles that were kept, in timers for example.</summary>
    [MethodImpl(MethodImplOptions.AggressiveInlining)]
    public bool IsLive(FlowHandle handle) => _store.IsLive(handle);

    /// <summary>The session that lives at a place now (<see cref="FlowHandle.Index"/>), for timers that are known by the place alone.</summary>
    /// <returns><see cref="FlowHandle.None"/> if the place is free or is none of the table's.</returns>
    public FlowHandle HandleAt(int index) => _store.HandleAt(index);

    /// <summary>Has the processor fetch a place that is about to be looked at; it may be free. A place that is none of the table's is ignored.</summary>
    [MethodImpl(MethodImplOptions.AggressiveInlining)]
    public void Prefetch(int index) => _store.Prefetch(index);

    /// <summary>The value and both keys of a live session at the price of one check.</summary>
    /// <exception cref="InvalidOperationException">The handle is <see cref="FlowHandle.None"/> or stale.</exception>
    [MethodImpl(MethodImplOptions.AggressiveInlining)]
    public ref TValue Get(FlowHandle handle, out TKey forward, out TKey reverse) => ref _store.Value(handle, out forward, out reverse);

    /// <summary>Looks one key up.</summary>
    /// <returns>The session and by which key it was found (<see cref="FlowHandle.IsReverse"/>), or <see cref="FlowHandle.None"/>.</returns>
    [MethodImpl(MethodImplOptions.AggressiveInlining)]
    public FlowHandle Find(in TKey key) => _store.Find(in key);

    /// <summary>Looks many keys up, with the same results as one by one and far fewer stalls. The sessions found are in the cache afterwards.</summary>
    /// <param name="keys">Any number; 32 or more at a time pay best.</param>
    /// <param name="handles">Gets one handle a key, <see cref="FlowHandle.None"/> where there is no session.</param>
    /// <exception cref="ArgumentException"><paramref name="handles"/> is shorter than <paramref name="keys"/>.</exception>
    public void Find(ReadOnlySpan<TKey> keys, Span<FlowHandle> handles) => _store.Find(keys, handles);

    /// <summary>Makes a session for a pair of keys unless one of them is taken.</summary>
    /// <param name="forward">The first key.</param>
    /// <param name="reverse">The second key; may equal the first, for a flow from an endpoint to itself.</param>
    /// <param name="handle">
    /// The session, new or old. For <see cref="FlowAddResult.Conflict"/> the one that has the forward key, or else the reverse
    /// key. <see cref="FlowHandle.None"/> if the addition was refused.
    /// </param>
    public FlowAddResult Add(in TKey forward, in TKey reverse, out FlowHandle handle) => _store.Add(in forward, in reverse, out handle, out _);

    /// <summary>Makes a session for a pair of keys unless one of them is taken, and says which other session had to go for it.</summary>
    /// <param name="forward">The first key.</param>
    /// <param name="reverse">The second key; may equal the first, for a flow from an endpoint to itself.</param>
    /// <param name="handle">As above.</param>
    /// <param name="victim">The session evicted, if <see cref="FlowVictim{TKey, TValue}.Exists"/>.</param>
    public FlowAddResult Add(in TKey forward, in TKey reverse, out FlowHandle handle, out FlowVictim<TKey, TValue> victim) =>
        _store.Add(in forward, in reverse, out handle, out victim);

    /// <summary>Removes a session; its handles are stale afterwards.</summary>
    /// <returns>False if the handle was stale already.</returns>
    public bool Remove(FlowHandle handle) => _store.Remove(handle);

    /// <summary>Removes the session that has a key, in either direction.</summary>
    /// <returns>False if there is none.</returns>
    public bool Remove(in TKey key) => _store.Remove(in key);

    /// <summary>Removes all sessions, in time proportional to the capacity.</summary>
    public void Clear() => _store.Clear();

    /// <summary>
    /// Goes round the table in slices, to age or to export it: examines as many places as <paramref name="handles"/> is long and
    /// says which live. A session that lives through a whole round is seen exactly once in it, whatever is added or removed
    /// meanwhile.
    /// </summary>
    /// <param name="cursor">Where the slice begins: 0 at first, then what the previous call left. It is 0 again when a round ends.</param>
    /// <param name="handles">Gets the live sessions of the slice.</param>
    /// <returns>How many there are.</returns>
    /// <exception cref="ArgumentOutOfRangeException"><paramref name="cursor"/> is negative.</exception>
    public int Slice(ref int cursor, Span<FlowHandle> handles) => _store.Slice(ref cursor, handles);

    /// <summary>Frees the memory. Every handle is stale afterwards; lookups and additions fail.</summary>
    public void Dispose() => _store.Dispose();
}
