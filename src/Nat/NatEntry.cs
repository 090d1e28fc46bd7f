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

    /// <summary>An SCTP association under the tag that packets to the machine carry.</summary>
    Association,

    /// <summary>The same association under the tag that packets to the remote carry.</summary>
    PeerTag,
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

    /// <summary>Whose it is: the machine of a mapping or association, the mapping of a session, the association of a tag.</summary>
    public FlowHandle Owner;

    /// <summary>Sessions under a mapping; of an association the remote's tag, 0 if it is not known yet.</summary>
    public int Sessions;

    public NatEntryKind Kind;

    public TcpState Tcp;

    /// <summary>Place of the block that the port is from; <see cref="PortPool.Foreign"/> if it is another host's.</summary>
    public byte Block;

    /// <summary>True for a mapping that was configured: it never ends.</summary>
    public bool IsStatic;

    public readonly bool HoldsPort => Kind is NatEntryKind.Mapping or NatEntryKind.OwnPortSession;

    public readonly uint RemoteTag => (uint)Sessions;
}
