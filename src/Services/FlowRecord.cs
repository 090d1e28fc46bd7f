using Weft.Packets;

namespace Weft.Services;

/// <summary>What a set remembers of a flow beside the services' state: 24 bytes, which share a cache line with two IPv4 keys.</summary>
internal struct FlowRecord
{
    /// <summary>Services that packets of the side that opened the flow visit.</summary>
    public ulong Forward;

    /// <summary>Services that packets of the other side visit.</summary>
    public ulong Reverse;

    /// <summary>When the last packet came, in milliseconds that wrap: idle times are far shorter.</summary>
    public uint LastSeen;

    public FlowFlags Flags;
    public IpProtocol Protocol;

    /// <summary>Configuration under which the masks were chosen, the low bits of it.</summary>
    public byte Generation;
}
