namespace Weft.Nat;

/// <summary>What a <see cref="NatTunnel"/> did.</summary>
public struct NatTunnelCounters
{
    /// <summary>Outer packets sent.</summary>
    public long Sent;

    /// <summary>Datagrams that were fragmented for it.</summary>
    public long Fragmented;

    /// <summary>Datagrams too big that must not be fragmented.</summary>
    public long TooBig;

    /// <summary>Datagrams whose time to live ended.</summary>
    public long Expired;

    /// <summary>Datagrams that are none, at the entry.</summary>
    public long MalformedInner;

    /// <summary>Datagrams that came out.</summary>
    public long Decapsulated;

    /// <summary>Dropped at the exit: damaged.</summary>
    public long MalformedOuter;

    /// <summary>Dropped at the exit: not IPv4 in IPv6.</summary>
    public long NotTunnel;

    /// <summary>Dropped at the exit: fragments of outer packets.</summary>
    public long OuterFragments;

    /// <summary>Dropped at the exit: for another destination.</summary>
    public long WrongDestination;

    /// <summary>Dropped at the exit: congestion that the inner header cannot tell of.</summary>
    public long Congestion;
}
