using Weft.Packets;

namespace Weft.Sase.Tunnels;

/// <summary>What one look at a packet found, for the judgement on it: nothing of it depends on what other packets did.</summary>
internal struct PacketLane
{
    /// <summary>What is in front of the tenant's frame, if <see cref="Outer"/> is none. Not filled for packets of the uplink.</summary>
    public OpenedTunnel Tunnel;

    /// <summary>Where the headers of the tenant's frame, or of the packet of the uplink, are; filled if <see cref="Outer"/> is none.</summary>
    public PacketLayout Layout;

    /// <summary>Why the packet has no tenant's frame.</summary>
    public SaseDrop Outer;

    /// <summary>What is wrong with the tenant's packet as an IPv4 packet.</summary>
    public SaseDrop Inner;

    /// <summary>Whether the tenant's frame is one.</summary>
    public bool IsFrame;

    /// <summary>Whether the packet is what <see cref="PlainPackets"/> recognizes, in plain headers if it is from a tunnel. It is a sound frame then, and has a key.</summary>
    public bool IsPlain;

    /// <summary>Whether the packet names a flow by itself.</summary>
    public bool HasKey;
}
