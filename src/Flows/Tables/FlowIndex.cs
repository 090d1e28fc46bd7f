using System.Numerics;
using System.Runtime.CompilerServices;
using System.Runtime.Intrinsics.X86;

namespace Weft.Flows.Tables;

/// <summary>
/// From a hash to references: buckets in which every key has two places, its home and a partner. It knows no keys; who looks
/// something up compares the keys that the matching references lead to.
/// </summary>
/// <remarks>
/// The high half of the hash chooses the home, the low bits are the tag. Partner(b) = (T - b) mod n, where T is an odd number
/// made of the tag and n, the number of buckets, is even: so the partner of the partner is the home, a bucket is never its own
/// partner, and a slot can move without its key being read.
/// </remarks>
internal readonly unsafe struct FlowIndex
{
    /// <summary>Up to so many keys, two buckets hold whatever comes.</summary>
    private const int AlwaysFit = 2 * FlowBucket.Slots;

    /// <summary>Keys per bucket in a full table: 80 % of the slots.</summary>
    private const int MeanKeys = 8;

    /// <summary>Fewer buckets would make it likely that a set of them is asked for more than it has.</summary>
    private const int MinBuckets = 16;

    /// <summary>Buckets examined to make room for one key. A random bucket has a free slot with more than 2 in 3, so a handful do.</summary>
    private const int MaxExamined = 64;

    /// <summary>A bucket in a search, and how it was reached: from which earlier one, out of which slot.</summary>
    private struct Step
    {
        public uint Bucket;
        public int Parent;
        public int Slot;
    }

    private readonly FlowBucket* _buckets;
    private readonly uint _count;

    /// <summary>Lays the index out in <paramref name="memory"/>, which is zeroed and has <see cref="Bytes"/> bytes.</summary>
    public FlowIndex(byte* memory, int keys)
    {
        _buckets = (FlowBucket*)memory;
        _count = Buckets(keys);
    }

    /// <summary>Bytes of an index for so many keys.</summary>
    public static nuint Bytes(int keys) => (nuint)Buckets(keys) * FlowBucket.SizeBytes;

    /// <summary>The bits of a hash that a slot remembers; never 0.</summary>
    [MethodImpl(MethodImplOptions.AggressiveInlining)]
    public static ushort TagOf(ulong hash) => (ushort)(hash | 1);

    /// <summary>The bucket where a key is looked for first.</summary>
    [MethodImpl(MethodImplOptions.AggressiveInlining)]
    public FlowBucket* Home(ulong hash) => _buckets + HomeNumber(hash);

    /// <summary>The only other bucket where it can be.</summary>
    [MethodImpl(MethodImplOptions.AggressiveInlining)]
    public FlowBucket* PartnerOfHome(ulong hash) => _buckets + Partner(HomeNumber(hash), TagOf(hash));

    /// <summary>Brings a line near. Without effect where the processor offers none.</summary>
    [MethodImpl(MethodImplOptions.AggressiveInlining)]
    public static void Prefetch(void* address)
    {
        if (Sse.IsSupported)
        {
            Sse.Prefetch0(address);
        }
    }

    /// <summary>Stores a reference for a key that is not in the index.</summary>
    /// <param name="hash">Hash of the key.</param>
    /// <param name="reference">What a lookup shall find.</param>
    /// <param name="displaced">Grows by the slots that had to move.</param>
    /// <returns>False if both buckets are full and no room could be made.</returns>
    [MethodImpl(MethodImplOptions.AggressiveInlining)]
    public bool TryAdd(ulong hash, uint reference, ref long displaced)
    {
        FlowBucket* home = Home(hash);
        if (FlowBucket.TryFindFree(home, out int slot))
        {
            FlowBucket.Fill(home, slot, TagOf(hash), reference, away: false);
            return true;
        }

        return TryAddCrowded(hash, reference, ref displaced);
    }

    /// <summary>Removes the slot of a key that is in the index under this reference.</summary>
    [MethodImpl(MethodImplOptions.AggressiveInlining)]
    public void Remove(ulong hash, uint reference)
    {
        FlowBucket* home = Home(hash);
        ushort tag = TagOf(hash);
        FlowBucket* bucket = home;
        if (!TryFindSlot(bucket, tag, reference, out int slot))
        {
            bucket = PartnerOfHome(hash);
            _ = TryFindSlot(bucket, tag, reference, out slot);
        }

        if (FlowBucket.Free(bucket, slot))
        {
            FlowBucket.CountReturned(home);
        }
    }

    /// <summary>Forgets everything.</summary>
    public void Clear() => new Span<FlowBucket>(_buckets, (int)_count).Clear();

    private static uint Buckets(int keys)
    {
        if (keys <= AlwaysFit)
        {
            return 2;
        }

        uint buckets = Math.Max(MinBuckets, (uint)(((long)keys + MeanKeys - 1) / MeanKeys));
        return (buckets + 1) & ~1u;
    }

    [MethodImpl(MethodImplOptions.AggressiveInlining)]
    private static bool TryFindSlot(FlowBucket* bucket, ushort tag, uint reference, out int slot)
    {
        for (uint slots = FlowBucket.Match(bucket, tag); slots != 0; slots &= slots - 1)
        {
            slot = BitOperations.TrailingZeroCount(slots);
            if (bucket->References[slot] == reference)
            {
                return true;
            }
        }

        slot = 0;
        return false;
    }

    [MethodImpl(MethodImplOptions.AggressiveInlining)]
    private uint HomeNumber(ulong hash) => (uint)((hash >> 32) * _count >> 32);

    [MethodImpl(MethodImplOptions.AggressiveInlining)]
    private uint Partner(uint bucket, ushort tag)
    {
        uint scattered = tag * 0x9E3779B1u; // 2^32 / golden ratio: neighbouring tags go far apart
        uint sum = ((uint)((ulong)scattered * (_count >> 1) >> 32) << 1) | 1;
        return sum >= bucket ? sum - bucket : sum - bucket + _count;
    }

    [MethodImpl(MethodImplOptions.NoInlining)]
    private bool TryAddCrowded(ulong hash, uint reference, ref long displaced)
    {
        uint home = HomeNumber(hash);
        ushort tag = TagOf(hash);
        uint partner = Partner(home, tag);
        if (!FlowBucket.TryFindFree(_buckets + partner, out int slot))
        {
            if (!TryMakeRoom(home, partner, out uint freed, ref displaced))
            {
                return false;
            }

            _ = FlowBucket.TryFindFree(_buckets + freed, out slot);
            if (freed == home)
            {
                FlowBucket.Fill(_buckets + home, slot, tag, reference, away: false);
                return true;
            }
        }

        FlowBucket.Fill(_buckets + partner, slot, tag, reference, away: true);
        FlowBucket.CountDisplaced(_buckets + home);
        return true;
    }

    /// <summary>
    /// Finds by breadth-first search the shortest chain of slots that can each move to their partner, the last one into a free
    /// slot, and moves them.
    /// </summary>
    [SkipLocalsInit]
    private bool TryMakeRoom(uint first, uint second, out uint freed, ref long displaced)
    {
        Step* steps = stackalloc Step[MaxExamined];
        steps[0] = new Step { Bucket = first, Parent = -1 };
        steps[1] = new Step { Bucket = second, Parent = -1 };
        int count = 2;
        for (int at = 0; at < count; at++)
        {
            uint bucket = steps[at].Bucket;
            for (int slot = 0; slot < FlowBucket.Slots; slot++)
            {
                uint next = Partner(bucket, _buckets[bucket].Tags[slot]);
                if (FlowBucket.TryFindFree(_buckets + next, out _))
                {
                    freed = MoveChain(steps, at, slot, next, ref displaced);
                    return true;
                }

                // A bucket is visited once, so that no chain crosses itself and undoes what it moved.
                if (count < MaxExamined && !Visited(steps, count, next))
                {
                    steps[count++] = new Step { Bucket = next, Parent = at, Slot = slot };
                }
            }
        }

        freed = 0;
        return false;
    }

    private static bool Visited(Step* steps, int count, uint bucket)
    {
        for (int i = 0; i < count; i++)
        {
            if (steps[i].Bucket == bucket)
            {
                return true;
            }
        }

        return false;
    }

    /// <summary>Moves from the free end of a chain back to its start.</summary>
    /// <returns>The bucket at the start, which has a free slot now.</returns>
    private uint MoveChain(Step* steps, int at, int slot, uint to, ref long displaced)
    {
        while (true)
        {
            Move(steps[at].Bucket, slot, to);
            displaced++;
            if (steps[at].Parent < 0)
            {
                return steps[at].Bucket;
            }

            slot = steps[at].Slot;
            to = steps[at].Bucket;
            at = steps[at].Parent;
        }
    }

    private void Move(uint from, int slot, uint to)
    {
        FlowBucket* source = _buckets + from;
        FlowBucket* target = _buckets + to;
        ushort tag = source->Tags[slot];
        uint reference = source->References[slot];
        bool wasAway = FlowBucket.Free(source, slot);
        _ = FlowBucket.TryFindFree(target, out int free);
        FlowBucket.Fill(target, free, tag, reference, away: !wasAway);
        if (wasAway)
        {
            FlowBucket.CountReturned(target);
        }
        else
        {
            FlowBucket.CountDisplaced(source);
        }
    }
}
