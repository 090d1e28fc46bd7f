namespace Weft.Nat;

/// <summary>Whether a packet was one of the tunnel's.</summary>
public enum NatDecapVerdict : byte
{
    /// <summary>It was: the datagram is inside.</summary>
    Decapsulated,

    /// <summary>Damaged, or cut off.</summary>
    Malformed,

    /// <summary>Not IPv4 in IPv6.</summary>
    NotTunnel,

    /// <summary>A fragment of an outer packet; both ends of our tunnels fragment inside.</summary>
    OuterFragment,

    /// <summary>The outer destination is neither this host nor of the plan, its filler is not 0, or it names another address than the inner one.</summary>
    WrongDestination,

    /// <summary>The outer header says that congestion was met and the inner one cannot (RFC 6040 section 4.2).</summary>
    Congestion,
}
