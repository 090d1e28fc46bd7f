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

/// <summary>The numbers that <c>flowint</c> keeps for a conversation.</summary>
[InlineArray(Count)]
internal struct FlowNumberSet
{
    public const int Count = 8;

    private uint _number;
}

/// <summary>How far a conversation has come.</summary>
internal enum FlowStage : byte
{
    New,
    SynSeen,
    SynAckSeen,
    Established,
    Midstream,
    Closed,
}

/// <summary>One direction of a connection, as far as its sequence numbers go.</summary>
internal struct TcpSide
{
    /// <summary>Sequence number of the stream's first byte.</summary>
    public uint First;

    /// <summary>Sequence number behind the highest one sent.</summary>
    public uint Next;

    /// <summary>Bytes up to there, counted from the stream's first: <see cref="Next"/> without the wrap.</summary>
    public long Sent;

    /// <summary>What this side acknowledged of the other's bytes.</summary>
    public uint Acknowledged;

    /// <summary>What it lets the other send beyond that.</summary>
    public uint Window;

    public uint Timestamp;
    public byte Scale;
    public bool HasFirst;
    public bool HasAcknowledged;
    public bool HasTimestamp;
    public bool HasFinished;

    /// <summary>True if it sent the reset that closed the connection.</summary>
    public bool HasReset;

    /// <summary>Buffer of the stream and which use of it this is.</summary>
    public int Stream;
    public uint StreamUse;

    /// <summary>True if no more of the stream is put together.</summary>
    public bool IsDone;
}

/// <summary>What is remembered of a conversation.</summary>
internal struct FlowState
{
    public FlowBitSet Bits;
    public FlowNumberSet Numbers;
    public TcpSide Client;
    public TcpSide Server;
    public long FirstSeen;
    public long LastSeen;
    public long ClientBytes;
    public long ServerBytes;
    public uint ClientPackets;
    public uint ServerPackets;
    public ulong Id;
    public uint Tag;
    public int ImageGeneration;
    public int Session;
    public uint SessionUse;
    public byte NumbersSet;
    public IpProtocol Protocol;
    public byte IpVersion;

    /// <summary>TCP flags of all segments.</summary>
    public byte ClientFlags;
    public byte ServerFlags;
    public bool HasAlerted;
    public FlowStage Stage;
    public AppProtocol App;
    public AppProtocol ClientApp;
    public AppProtocol ServerApp;
    public bool AppDecided;
    public bool ClientFailed;
    public bool ServerFailed;

    /// <summary>True while the packet is looked at that decided about the application.</summary>
    public bool IsAppNew;
    public bool ClientIsLow;
    /// <summary>True if it was established before the packet that is looked at.</summary>
    public bool WasEstablished;
    public bool IsPassed;
    public bool IsDropped;
    public bool IsAddressMatchedToServer;
    public bool IsAddressMatchedToClient;
    public bool HasMidstream;
}
