using Weft.Flows;
using Weft.Packets;

namespace Weft.Nat;

/// <summary>What an entry of the table is.</summary>
internal enum NatEntryKind : byte
{
    /// <summary>An inside endpoint and its external one, for all remotes.</summary>
    Mapping,

    /// <summary>The same for one remote, with a port of its own.</summary>
    OwnPortSession,

    /// <summary>A connection under a mapping.</summary>
    Session,

    /// <summary>An address that may send to a mapping.</summary>
    Permit,
}

/// <summary>
/// A mapping or a session: 24 bytes, which with the keys of both directions and the table's own words fill a cache line. The
/// forward key is that of packets from the machine, the reverse key that of packets from outside; a remote of 0.0.0.0:0 means
/// all of them.
/// </summary>
internal struct NatEntry
{
    /// <summary>When the entry was last refreshed.</summary>
    public Timestamp LastSeen;

    /// <summary>Whose it is: the machine of a mapping, the mapping of a session.</summary>
    public FlowHandle Owner;

    /// <summary>Sessions under a mapping.</summary>
    public int Sessions;

    public NatEntryKind Kind;

    public TcpState Tcp;

    /// <summary>Place of the block that the port is from; <see cref="PortPool.Foreign"/> if it is another host's.</summary>
    public byte Block;

    /// <summary>True for a mapping that was configured: it never ends.</summary>
    public bool IsStatic;

    public readonly bool HoldsPort => Kind is NatEntryKind.Mapping or NatEntryKind.OwnPortSession;
}

/// <summary>A machine that has mappings.</summary>
internal struct NatMachine
{
    /// <summary>Its mappings: UDP, TCP, ICMP.</summary>
    public ushort Udp;
    public ushort Tcp;
    public ushort Icmp;

    public bool HasAddress;

    /// <summary>The shared address that it is paired with.</summary>
    public IPv4Address Address;

    public int Sessions;

    public readonly bool IsIdle => Udp == 0 && Tcp == 0 && Icmp == 0;

    public ushort MappingsOf(IpProtocol protocol) => protocol switch { IpProtocol.Udp => Udp, IpProtocol.Tcp => Tcp, _ => Icmp };

    public void Count(IpProtocol protocol, int change)
    {
        switch (protocol)
        {
            case IpProtocol.Udp: Udp = (ushort)(Udp + change); break;
            case IpProtocol.Tcp: Tcp = (ushort)(Tcp + change); break;
            default: Icmp = (ushort)(Icmp + change); break;
        }
    }
}
