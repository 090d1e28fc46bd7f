using System.Runtime.CompilerServices;

namespace Weft.Flows.Tables;

/// <summary>The part that adds, removes, evicts and goes round.</summary>
internal sealed unsafe partial class FlowStore<TKey, TValue, TKeys>
{
    /// <summary>Places freed, a stack; below it the places from <see cref="_fresh"/> on, never taken yet.</summary>
    private readonly uint* _free;

    private int _freeCount;
    private int _fresh;
    private int _count;
    private int _hand;

    /// <summary>Adds an entry under one key, or under both of a session (<paramref name="reverse"/> is not read otherwise).</summary>
    public FlowAddResult Add(in TKey forward, in TKey reverse, out FlowHandle handle, out FlowVictim<TKey, TValue> victim)
    {
        victim = default;
        ulong forwardHash = _hash.Hash(in forward);
        ulong reverseHash = 0;
        uint found = FindReference(in forward, forwardHash);
        bool bothFound = true;
        if (TKeys.Count == 2)
        {
            reverseHash = _hash.Hash(in reverse);
            uint other = FindReference(in reverse, reverseHash);
            bothFound = found >> 1 == other >> 1;
            found = found == NoReference ? other : found;
        }

        if (found != NoReference)
        {
            handle = new FlowHandle(found, HeaderAt(found >> 1)->Generation);
            return CountFound(bothFound);
        }

        FlowAddResult result = FlowAddResult.Added;
        if (_count == _capacity)
        {
            if (!_evicts)
            {
                Counters.RefusedFull++;
                handle = FlowHandle.None;
                return FlowAddResult.Refused;
            }

            victim = Evict();
            result = FlowAddResult.AddedByEvicting;
        }

        uint entry = Take();
        *KeyAt(entry << 1) = forward;
        bool fits = _index.TryAdd(forwardHash, entry << 1, ref Counters.Displaced);
        if (TKeys.Count == 2)
        {
            *KeyAt((entry << 1) | 1) = reverse;
            fits = fits && TryAddReverse(entry, in reverse, forwardHash, reverseHash);
        }

        if (!fits)
        {
            GiveBack(entry);
            Counters.RefusedCrowded++;
            handle = FlowHandle.None;
            return FlowAddResult.Refused;
        }

        Header* header = HeaderAt(entry);
        header->Generation++;
        header->LookedUp = 0;
        *(TValue*)(EntryAt(entry) + ValueOffset) = default;
        _count++;
        Counters.Added++;
        handle = new FlowHandle(entry << 1, header->Generation);
        GC.KeepAlive(this);
        return result;
    }

    public bool Remove(FlowHandle handle)
    {
        if (!IsLive(handle))
        {
            return false;
        }

        RemoveAt((uint)handle.Index);
        Counters.Removed++;
        GC.KeepAlive(this);
        return true;
    }

    public bool Remove(in TKey key)
    {
        ulong hash = _hash.Hash(in key);
        uint reference = FindReference(in key, hash);
        if (reference == NoReference)
        {
            return false;
        }

        if (TKeys.Count == 1)
        {
            _index.Remove(hash, reference);
            GiveBackLive(reference >> 1);
        }
        else
        {
            RemoveAt(reference >> 1);
        }

        Counters.Removed++;
        GC.KeepAlive(this);
        return true;
    }

    public void Clear()
    {
        Counters.Removed += _count;
        for (uint entry = 0; entry < _fresh; entry++)
        {
            // Up to the next even number: free places stay as they are, live ones end.
            Header* header = HeaderAt(entry);
            header->Generation += header->Generation & 1;
        }

        _index.Clear();
        _count = 0;
        _freeCount = 0;
        _fresh = 0;
        _hand = 0;
    }

    /// <summary>Examines as many places as <paramref name="handles"/> has room for, from <paramref name="cursor"/> on. Those that were never used are not looked at.</summary>
    public int Slice(ref int cursor, Span<FlowHandle> handles)
    {
        ArgumentOutOfRangeException.ThrowIfNegative(cursor);
        int end = (int)Math.Min((long)cursor + handles.Length, _fresh);
        int live = 0;
        for (int entry = cursor; entry < end; entry++)
        {
            uint generation = HeaderAt((uint)entry)->Generation;
            if ((generation & 1) != 0)
            {
                handles[live++] = new FlowHandle((uint)entry << 1, generation);
            }
        }

        cursor = end == _fresh ? 0 : end;
        GC.KeepAlive(this);
        return live;
    }

    private FlowAddResult CountFound(bool bothFound)
    {
        if (bothFound)
        {
            Counters.AlreadyPresent++;
            return FlowAddResult.AlreadyPresent;
        }

        Counters.Conflicts++;
        return FlowAddResult.Conflict;
    }

    private bool TryAddReverse(uint entry, in TKey reverse, ulong forwardHash, ulong reverseHash)
    {
        // A flow from an endpoint to itself has one key for both directions.
        if (SameKey(KeyAt(entry << 1), in reverse) || _index.TryAdd(reverseHash, (entry << 1) | 1, ref Counters.Displaced))
        {
            return true;
        }

        _index.Remove(forwardHash, entry << 1);
        return false;
    }

    private FlowVictim<TKey, TValue> Evict()
    {
        // The table is full, so every place that the hand passes is live.
        for (int step = 1; step < FlowTableOptions.EvictionSteps && HeaderAt((uint)_hand)->LookedUp != 0; step++)
        {
            HeaderAt((uint)_hand)->LookedUp = 0;
            AdvanceHand();
        }

        uint entry = (uint)_hand;
        AdvanceHand();
        var victim = new FlowVictim<TKey, TValue>(*KeyAt(entry << 1), *(TValue*)(EntryAt(entry) + ValueOffset), Exists: true);
        RemoveAt(entry);
        Counters.Evicted++;
        return victim;
    }

    private void AdvanceHand() => _hand = _hand + 1 == _capacity ? 0 : _hand + 1;

    private void RemoveAt(uint entry)
    {
        TKey* forward = KeyAt(entry << 1);
        _index.Remove(_hash.Hash(in *forward), entry << 1);
        if (TKeys.Count == 2)
        {
            TKey* reverse = KeyAt((entry << 1) | 1);
            if (!SameKey(forward, in *reverse))
            {
                _index.Remove(_hash.Hash(in *reverse), (entry << 1) | 1);
            }
        }

        GiveBackLive(entry);
    }

    /// <summary>The place freed last, or one never used.</summary>
    [MethodImpl(MethodImplOptions.AggressiveInlining)]
    private uint Take()
    {
        if (_freeCount == 0)
        {
            return (uint)_fresh++;
        }

        uint entry = _free[--_freeCount];
        FlowIndex.Prefetch(EntryAt(_free[Math.Max(_freeCount - 1, 0)])); // the next addition will write there
        return entry;
    }

    [MethodImpl(MethodImplOptions.AggressiveInlining)]
    private void GiveBack(uint entry) => _free[_freeCount++] = entry;

    [MethodImpl(MethodImplOptions.AggressiveInlining)]
    private void GiveBackLive(uint entry)
    {
        HeaderAt(entry)->Generation++;
        _count--;
        GiveBack(entry);
    }
}
