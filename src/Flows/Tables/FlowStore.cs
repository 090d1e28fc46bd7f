using System.Numerics;
using System.Runtime.CompilerServices;
using Weft.Packets;

namespace Weft.Flows.Tables;

/// <summary>
/// Entries and the index over them: what <see cref="FlowTable{TKey, TValue}"/> and <see cref="SessionTable{TKey, TValue}"/>
/// share. This part makes it and looks up; the other part changes it.
/// </summary>
/// <remarks>
/// <code>
/// entry:  0            4          8                       8 + keys × K
///         | generation | looked up | forward key [| reverse key] | value … |   padded to 16, 32, 64 or whole lines
/// </code>
/// An entry of at most 64 bytes lies in one cache line, so a lookup that hits costs two lines: bucket and entry. A reference is
/// the entry's number × 2, plus 1 for the reverse key.
/// </remarks>
internal sealed unsafe partial class FlowStore<TKey, TValue, TKeys> : IDisposable
    where TKey : unmanaged
    where TValue : unmanaged
    where TKeys : struct, IKeysPerEntry
{
    private const int CacheLine = 64;
    private const int Batch = 32;
    private const uint NoReference = uint.MaxValue;

    private readonly NativeBlock _indexMemory;
    private readonly NativeBlock _entryMemory;
    private readonly NativeBlock _freeMemory;
    private readonly KeyedHash _hash;
    private readonly bool _evicts;
    private FlowIndex _index;
    private byte* _entries;
    private int _capacity;
    public FlowTableCounters Counters;

    public FlowStore(FlowTableOptions options)
    {
        ArgumentNullException.ThrowIfNull(options);
        if (options.Capacity is < 1 or > FlowTableOptions.MaxCapacity)
        {
            throw new ArgumentOutOfRangeException(nameof(options), options.Capacity, $"{nameof(FlowTableOptions.Capacity)} must be 1 to {FlowTableOptions.MaxCapacity}.");
        }

        if (!Enum.IsDefined(options.WhenFull))
        {
            throw new ArgumentOutOfRangeException(nameof(options), options.WhenFull, $"{nameof(FlowTableOptions.WhenFull)} must be {FlowFullPolicy.Refuse} or {FlowFullPolicy.EvictIdle}.");
        }

        if (sizeof(TKey) % sizeof(ulong) != 0 || sizeof(TKey) > KeyedHash.MaxKeyBytes)
        {
            throw new NotSupportedException($"{typeof(TKey).Name} has {sizeof(TKey)} bytes; a key must have 8, 16, 24, 32, 40 or {KeyedHash.MaxKeyBytes}.");
        }

        _capacity = options.Capacity;
        _evicts = options.WhenFull == FlowFullPolicy.EvictIdle;
        _hash = new KeyedHash(options.Seed);
        int keys = options.Capacity * TKeys.Count;
        _indexMemory = new NativeBlock(FlowIndex.Bytes(keys), options.HugePages);
        _entryMemory = new NativeBlock((nuint)options.Capacity * (nuint)EntryBytes, options.HugePages);
        _freeMemory = new NativeBlock((nuint)options.Capacity * sizeof(uint), options.HugePages);
        _index = new FlowIndex(_indexMemory.Start, keys);
        _entries = _entryMemory.Start;
        _free = (uint*)_freeMemory.Start;
    }

    public int Capacity => _capacity;

    public int Count => _count;

    public long MemoryBytes => (long)(_indexMemory.Bytes + _entryMemory.Bytes + _freeMemory.Bytes);

    /// <summary>Distance from an entry to the next: never across a line if it fits one.</summary>
    private static int EntryBytes
    {
        [MethodImpl(MethodImplOptions.AggressiveInlining)]
        get
        {
            int bytes = ValueOffset + sizeof(TValue);
            return bytes <= 16 ? 16 : bytes <= 32 ? 32 : (bytes + CacheLine - 1) & ~(CacheLine - 1);
        }
    }

    private static int ValueOffset
    {
        [MethodImpl(MethodImplOptions.AggressiveInlining)]
        get => sizeof(Header) + TKeys.Count * sizeof(TKey);
    }

    [MethodImpl(MethodImplOptions.AggressiveInlining)]
    public FlowHandle Find(in TKey key)
    {
        uint reference = FindReference(in key, _hash.Hash(in key));
        FlowHandle handle = Found(reference);
        GC.KeepAlive(this);
        return handle;
    }

    /// <summary>
    /// Looks up in passes over at most 32 keys, so that the cache misses of all of them overlap: fetch the homes; read the tags
    /// and fetch the entries; for the few whose home has no such tag, the same with their partners; compare the keys.
    /// </summary>
    public void Find(ReadOnlySpan<TKey> keys, Span<FlowHandle> handles)
    {
        if (handles.Length < keys.Length)
        {
            throw new ArgumentException($"{handles.Length} places for the handles of {keys.Length} keys.", nameof(handles));
        }

        while (keys.Length > Batch)
        {
            FindBatch(keys[..Batch], handles);
            keys = keys[Batch..];
            handles = handles[Batch..];
        }

        FindBatch(keys, handles);
        GC.KeepAlive(this);
    }

    [MethodImpl(MethodImplOptions.AggressiveInlining)]
    public bool IsLive(FlowHandle handle) =>
        handle.Index < _capacity && !handle.IsNone && HeaderAt((uint)handle.Index)->Generation == handle.Generation;

    [MethodImpl(MethodImplOptions.AggressiveInlining)]
    public ref TValue Value(FlowHandle handle)
    {
        if (!IsLive(handle))
        {
            ThrowStale(handle);
        }

        return ref *(TValue*)(EntryAt((uint)handle.Index) + ValueOffset);
    }

    [MethodImpl(MethodImplOptions.AggressiveInlining)]
    public ref readonly TKey Key(FlowHandle handle, uint direction)
    {
        if (!IsLive(handle))
        {
            ThrowStale(handle);
        }

        return ref *KeyAt(((uint)handle.Index << 1) | direction);
    }

    [MethodImpl(MethodImplOptions.AggressiveInlining)]
    public ref TValue Value(FlowHandle handle, out TKey forward, out TKey reverse)
    {
        if (!IsLive(handle))
        {
            ThrowStale(handle);
        }

        uint place = (uint)handle.Index << 1;
        forward = *KeyAt(place);
        reverse = *KeyAt(TKeys.Count == 1 ? place : place | 1);
        return ref *(TValue*)(EntryAt((uint)handle.Index) + ValueOffset);
    }

    public FlowHandle HandleAt(int index)
    {
        uint generation = (uint)index < (uint)_capacity ? HeaderAt((uint)index)->Generation : 0;
        return (generation & 1) != 0 ? new FlowHandle((uint)index << 1, generation) : FlowHandle.None;
    }

    public void Dispose()
    {
        // Every handle is stale from now on, since no place is below a capacity of 0; a lookup reads the null page and throws.
        _capacity = 0;
        _count = 0;
        _fresh = 0;
        _entries = null;
        _index = default;
        _indexMemory.Dispose();
        _entryMemory.Dispose();
        _freeMemory.Dispose();
    }

    private static void ThrowStale(FlowHandle handle) =>
        throw new InvalidOperationException($"Handle {handle} names no live entry. Ask IsLive before using a handle that was kept.");

    /// <summary>True if both keys have the same bytes. Invariant: the size is a multiple of 8 from 8 to 48, a constant here.</summary>
    [MethodImpl(MethodImplOptions.AggressiveInlining)]
    private static bool SameKey(TKey* left, ref readonly TKey right)
    {
        ulong* a = (ulong*)left;
        ref ulong b = ref Unsafe.As<TKey, ulong>(ref Unsafe.AsRef(in right));
        ulong difference = a[0] ^ b;
        difference |= sizeof(TKey) > 8 ? a[1] ^ Unsafe.Add(ref b, 1) : 0;
        difference |= sizeof(TKey) > 16 ? a[2] ^ Unsafe.Add(ref b, 2) : 0;
        difference |= sizeof(TKey) > 24 ? a[3] ^ Unsafe.Add(ref b, 3) : 0;
        difference |= sizeof(TKey) > 32 ? a[4] ^ Unsafe.Add(ref b, 4) : 0;
        difference |= sizeof(TKey) > 40 ? a[5] ^ Unsafe.Add(ref b, 5) : 0;
        return difference == 0;
    }

    [MethodImpl(MethodImplOptions.AggressiveInlining)]
    private byte* EntryAt(uint entry) => _entries + (nuint)entry * (nuint)EntryBytes;

    [MethodImpl(MethodImplOptions.AggressiveInlining)]
    private Header* HeaderAt(uint entry) => (Header*)EntryAt(entry);

    [MethodImpl(MethodImplOptions.AggressiveInlining)]
    private TKey* KeyAt(uint reference) =>
        (TKey*)(EntryAt(reference >> 1) + sizeof(Header) + (TKeys.Count == 1 ? 0 : (reference & 1) * (uint)sizeof(TKey)));

    [MethodImpl(MethodImplOptions.AggressiveInlining)]
    private uint FindReference(in TKey key, ulong hash)
    {
        FlowBucket* home = _index.Home(hash);
        uint reference = FindIn(home, in key, FlowIndex.TagOf(hash));
        return reference != NoReference || home->Displaced == 0 ? reference : FindIn(_index.PartnerOfHome(hash), in key, FlowIndex.TagOf(hash));
    }

    [MethodImpl(MethodImplOptions.AggressiveInlining)]
    private uint FindIn(FlowBucket* bucket, in TKey key, ushort tag)
    {
        for (uint slots = FlowBucket.Match(bucket, tag); slots != 0; slots &= slots - 1)
        {
            uint reference = bucket->References[BitOperations.TrailingZeroCount(slots)];
            if (SameKey(KeyAt(reference), in key))
            {
                return reference;
            }
        }

        return NoReference;
    }

    /// <summary>Turns a reference into a handle, counts the lookup, and notes that the entry is in use if that matters.</summary>
    [MethodImpl(MethodImplOptions.AggressiveInlining)]
    private FlowHandle Found(uint reference)
    {
        if (reference == NoReference)
        {
            Counters.Misses++;
            return FlowHandle.None;
        }

        Counters.Hits++;
        Header* header = HeaderAt(reference >> 1);
        if (_evicts)
        {
            header->LookedUp = 1;
        }

        return new FlowHandle(reference, header->Generation);
    }

    [SkipLocalsInit]
    private void FindBatch(ReadOnlySpan<TKey> keys, Span<FlowHandle> handles)
    {
        ulong* hashes = stackalloc ulong[Batch];
        uint* candidates = stackalloc uint[Batch];
        int* away = stackalloc int[Batch];
        int awayCount = 0;

        for (int i = 0; i < keys.Length; i++)
        {
            ulong hash = _hash.Hash(in keys[i]);
            hashes[i] = hash;
            FlowIndex.Prefetch(_index.Home(hash));
        }

        for (int i = 0; i < keys.Length; i++)
        {
            FlowBucket* home = _index.Home(hashes[i]);
            candidates[i] = FetchCandidate(home, FlowIndex.TagOf(hashes[i]));
            if (candidates[i] == NoReference && home->Displaced != 0)
            {
                FlowIndex.Prefetch(_index.PartnerOfHome(hashes[i]));
                away[awayCount++] = i;
            }
        }

        for (int j = 0; j < awayCount; j++)
        {
            int i = away[j];
            candidates[i] = FetchCandidate(_index.PartnerOfHome(hashes[i]), FlowIndex.TagOf(hashes[i]));
        }

        for (int i = 0; i < keys.Length; i++)
        {
            uint reference = candidates[i];
            if (reference != NoReference && !SameKey(KeyAt(reference), in keys[i]))
            {
                reference = FindReference(in keys[i], hashes[i]); // two keys of a bucket share a tag
            }

            handles[i] = Found(reference);
        }
    }

    /// <summary>Brings an entry near.</summary>
    [MethodImpl(MethodImplOptions.AggressiveInlining)]
    public void Prefetch(int entry)
    {
        if ((uint)entry < (uint)_capacity)
        {
            FlowIndex.Prefetch(EntryAt((uint)entry));
        }
    }

    /// <summary>The first entry of a bucket whose tag matches, on its way into the cache.</summary>
    [MethodImpl(MethodImplOptions.AggressiveInlining)]
    private uint FetchCandidate(FlowBucket* bucket, ushort tag)
    {
        uint slots = FlowBucket.Match(bucket, tag);
        if (slots == 0)
        {
            return NoReference;
        }

        uint reference = bucket->References[BitOperations.TrailingZeroCount(slots)];
        FlowIndex.Prefetch(EntryAt(reference >> 1));
        return reference;
    }

    private struct Header
    {
        /// <summary>Odd while the place is taken; grows by one when it is taken and when it is freed.</summary>
        public uint Generation;

        /// <summary>1 if a lookup found the entry since the hand last passed.</summary>
        public uint LookedUp;
    }
}
