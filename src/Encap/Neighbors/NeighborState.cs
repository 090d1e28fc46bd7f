namespace Weft.Encap;

/// <summary>What is known of a next hop (RFC 4861 section 7.3.2, used for ARP in the same way).</summary>
public enum NeighborState : byte
{
    /// <summary>Nobody asked for it yet.</summary>
    Idle,

    /// <summary>Solicited, no answer yet; there is no MAC address.</summary>
    Incomplete,

    /// <summary>Confirmed within the reachable time.</summary>
    Reachable,

    /// <summary>Not confirmed lately; the MAC address is used, and confirmed when it is used.</summary>
    Stale,

    /// <summary>The MAC address is used while unicast solicitations ask whether it still holds.</summary>
    Probe,

    /// <summary>Nobody answered; asked again after a growing pause.</summary>
    Failed,

    /// <summary>Configured; never solicited nor changed.</summary>
    Static,
}
