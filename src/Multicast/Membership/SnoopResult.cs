namespace Weft.Multicast;

/// <summary>What <see cref="MulticastSnooper.OnFrame"/> found a frame to be, and where it goes.</summary>
public enum SnoopResult : byte
{
    /// <summary>No message of IGMP or MLD: data, which the group table decides about.</summary>
    Data,

    /// <summary>A report or leave: to router ports only (RFC 4541 section 2.1.1 (1)).</summary>
    ToRouterPorts,

    /// <summary>A report or leave that the switch keeps, because it reports for all hosts itself (<see cref="SnoopingSegmentOptions.ProxyReporting"/>).</summary>
    Kept,

    /// <summary>A query, or a type that is not known: to all ports (RFC 4541 section 2.1.1 (2), (3)).</summary>
    Flood,

    /// <summary>Broken or not allowed: dropped, and counted with its reason.</summary>
    Drop,
}
