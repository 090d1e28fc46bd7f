using Weft.Packets;

namespace Weft.Multicast;

/// <summary>Who queries one address family of a segment (RFC 3376 section 6.6.2).</summary>
internal struct QuerierState
{
    public bool IsOtherPresent;

    /// <summary>Address of the other querier while there is one.</summary>
    public IPv6Address Other;
    /// <summary>True if the last router that asked did so in an older version than IGMPv3 or MLDv2.</summary>
    public bool IsOlder;

    public byte StartupLeft;

    /// <summary>True once hosts had time to answer a querier, so that a group without members has none.</summary>
    public bool IsSettled;
}
