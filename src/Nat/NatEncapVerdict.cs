namespace Weft.Nat;

/// <summary>What became of a datagram at the entry of a tunnel.</summary>
public enum NatEncapVerdict : byte
{
    /// <summary>It was sent, in one packet or in several.</summary>
    Sent,

    /// <summary>It waits for the first fragment of its datagram, which says where to.</summary>
    Held,

    /// <summary>It is longer than the tunnel takes and must not be fragmented: <see cref="NatTunnel.WriteError"/> has an ICMP error with the length that fits.</summary>
    TooBig,

    /// <summary>Its time to live has come to an end: <see cref="NatTunnel.WriteError"/> has an ICMP error.</summary>
    Expired,

    /// <summary>It is no whole IPv4 datagram, or names no port.</summary>
    Malformed,

    /// <summary>It is for a port that nobody owns, as the gateway's <see cref="DsnatGateway.Owners"/> know.</summary>
    NoOwner,
}
