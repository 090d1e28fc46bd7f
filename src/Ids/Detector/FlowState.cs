using System.Runtime.CompilerServices;
using Weft.Packets;

namespace Weft.Ids;

/// <summary>Both ends of a conversation, the lower one first, so that both directions have one key.</summary>
internal readonly record struct FlowTuple(IPv6Address Low, IPv6Address High, ulong Ports);

/// <summary>The flow bits of a conversation.</summary>
[InlineArray(Count / 64)]
internal struct FlowBitSet
{
    public const int Count = 512;

    private ulong _word;

    public readonly bool Contains(int bit) => (this[bit >> 6] >> (bit & 63) & 1) != 0;

    public void Change(int bit, bool value)
    {
        ulong mask = 1UL << (bit & 63);
        this[bit >> 6] = value ? this[bit >> 6] | mask : this[bit >> 6] & ~mask;
    }
}

/// <summary>How far a conversation has come.</summary>
internal enum FlowStage : byte
{
    New,
    SynSeen,
    SynAckSeen,
    Established,
    Midstream,
}

/// <summary>What is remembered of a conversation.</summary>
internal struct FlowState
{
    public FlowBitSet Bits;
    public int ImageGeneration;
    public FlowStage Stage;
    public bool ClientIsLow;
    public bool IsPassed;
    public bool IsDropped;
}
