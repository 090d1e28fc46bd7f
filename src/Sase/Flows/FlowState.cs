using Weft.Flows;

namespace Weft.Sase.Flows;

/// <summary>What a node remembers of a flow: 24 bytes, so that keys and state share a cache line.</summary>
internal struct FlowState
{
    /// <summary>Epoch and number of the last change that others must know: the greater one is the later one.</summary>
    public ulong Version;

    /// <summary>When it was seen, in milliseconds; wraps after 49 days.</summary>
    public uint LastSeen;

    /// <summary>The gateway's name of the flow.</summary>
    public uint Cookie;

    /// <summary>The gateway's word about the sender.</summary>
    public ushort Policy;

    /// <summary>Place of the segment.</summary>
    public ushort Slot;

    /// <summary>Gateway of the last packet from the tenant.</summary>
    public byte Gateway;

    public TcpState Tcp;

    public FlowBits Bits;

    /// <summary>Generation of the segment that judged it.</summary>
    public byte Generation;
}
