using Weft.Packets;

namespace Weft.Sase.Tunnels;

/// <summary>What was found in front of a tenant's frame. Offsets count from the outer IP header.</summary>
internal struct OpenedTunnel
{
    /// <summary>Outer source.</summary>
    public IPv4Address Source;

    /// <summary>Outer type of service.</summary>
    public byte Tos;

    /// <summary>Virtual network.</summary>
    public uint Vni;

    /// <summary>First byte of the inner frame.</summary>
    public int FrameOffset;

    /// <summary>End of the inner frame.</summary>
    public int End;

    /// <summary>Where the network service header begins, 0 if there is none.</summary>
    public int NshOffset;

    /// <summary>Where the four octets of the epoch are, 0 if there are none.</summary>
    public int EpochOffset;

    /// <summary>Where the eight octets of the context are, 0 if there are none.</summary>
    public int ContextOffset;

    /// <summary>What the sender says of the packet; all zeros if nothing.</summary>
    public ServiceContext Context;

    /// <summary>True if a node sent it on once already.</summary>
    public readonly bool IsRedirected => (Context.Gateway & ServiceTunnel.RedirectedFlag) != 0;
}
