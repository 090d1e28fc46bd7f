using System.Numerics;
using System.Runtime.CompilerServices;
using System.Runtime.InteropServices;
using System.Runtime.Intrinsics;

namespace Weft.Flows.Tables;

/// <summary>
/// One cache line of the index: ten slots, each a 16-bit tag of the key's hash and a reference to the entry that has the key.
/// </summary>
/// <remarks>
/// <code>
///  0                 20     22          24                              64
/// | tag 0 … tag 9    | away | displaced | reference 0 … reference 9     |
/// </code>
/// Tag 0 means that the slot is free. Bit i of <c>away</c> says that slot i holds a key whose home is the partner bucket;
/// <c>displaced</c> counts the keys whose home is here and that live with their partners, so that a lookup reads the partner
/// only if there are any.
/// </remarks>
[StructLayout(LayoutKind.Explicit, Size = SizeBytes)]
internal unsafe struct FlowBucket
{
    public const int SizeBytes = 64;
    public const int Slots = 10;

    private const ushort FreeTag = 0;
    private const uint SlotMask = (1u << Slots) - 1;

    [FieldOffset(0)]
    public fixed ushort Tags[Slots];

    [FieldOffset(20)]
    public ushort Away;

    [FieldOffset(22)]
    public ushort Displaced;

    [FieldOffset(24)]
    public fixed uint References[Slots];

    /// <summary>The slots with this tag, one bit each.</summary>
    /// <remarks>Invariant: a bucket is 64 bytes, so the 32 bytes read are all its own; lanes behind the tags are masked off.</remarks>
    [MethodImpl(MethodImplOptions.AggressiveInlining)]
    public static uint Match(FlowBucket* bucket, ushort tag) =>
        Vector256.Equals(Vector256.Load((ushort*)bucket), Vector256.Create(tag)).ExtractMostSignificantBits() & SlotMask;

    /// <summary>The scalar twin of <see cref="Match"/>.</summary>
    public static uint MatchScalar(FlowBucket* bucket, ushort tag)
    {
        uint slots = 0;
        for (int slot = 0; slot < Slots; slot++)
        {
            slots |= bucket->Tags[slot] == tag ? 1u << slot : 0;
        }

        return slots;
    }

    /// <summary>True if a slot is free, and the first such.</summary>
    [MethodImpl(MethodImplOptions.AggressiveInlining)]
    public static bool TryFindFree(FlowBucket* bucket, out int slot)
    {
        uint free = Match(bucket, FreeTag);
        slot = BitOperations.TrailingZeroCount(free);
        return free != 0;
    }

    /// <summary>Fills a free slot.</summary>
    [MethodImpl(MethodImplOptions.AggressiveInlining)]
    public static void Fill(FlowBucket* bucket, int slot, ushort tag, uint reference, bool away)
    {
        bucket->Tags[slot] = tag;
        bucket->References[slot] = reference;
        bucket->Away |= (ushort)((away ? 1u : 0) << slot);
    }

    /// <summary>Frees a slot.</summary>
    /// <returns>True if its key was away from home.</returns>
    [MethodImpl(MethodImplOptions.AggressiveInlining)]
    public static bool Free(FlowBucket* bucket, int slot)
    {
        bool away = (bucket->Away >> slot & 1) != 0;
        bucket->Tags[slot] = FreeTag;
        bucket->Away &= (ushort)~(1u << slot);
        return away;
    }

    /// <summary>
    /// Counts one more key away from here. At its largest value the count sticks: the partner is then always read, which is
    /// slower and never wrong.
    /// </summary>
    [MethodImpl(MethodImplOptions.AggressiveInlining)]
    public static void CountDisplaced(FlowBucket* bucket) => bucket->Displaced += (ushort)(bucket->Displaced == ushort.MaxValue ? 0 : 1);

    /// <summary>Counts one less.</summary>
    [MethodImpl(MethodImplOptions.AggressiveInlining)]
    public static void CountReturned(FlowBucket* bucket) => bucket->Displaced -= (ushort)(bucket->Displaced == ushort.MaxValue ? 0 : 1);
}
