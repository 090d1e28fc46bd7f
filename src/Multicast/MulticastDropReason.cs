namespace Weft.Multicast;

/// <summary>Why a frame was dropped (<see cref="MulticastOutcome.Dropped"/>, <see cref="SnoopResult.Drop"/>). Each has a counter of the same meaning.</summary>
public enum MulticastDropReason : byte
{
    /// <summary>It was not.</summary>
    None,

    /// <summary>The IPv4 header of data does not add up (<see cref="MulticastCounters.BadChecksum"/>).</summary>
    HeaderChecksum,

    /// <summary>Lengths of a message do not fit, it is a fragment, or a record goes beyond the end (<see cref="SnoopingCounters.Malformed"/>).</summary>
    Malformed,

    /// <summary>A message's checksum of IP, IGMP or ICMPv6 does not add up (<see cref="SnoopingCounters.BadChecksum"/>).</summary>
    Checksum,

    /// <summary>A message's TTL or hop limit is not 1 (<see cref="SnoopingCounters.BadTtl"/>).</summary>
    TimeToLive,

    /// <summary>MLD without router alert (<see cref="SnoopingCounters.NoRouterAlert"/>).</summary>
    RouterAlert,

    /// <summary>A source address that must not send the message (<see cref="SnoopingCounters.BadSource"/>).</summary>
    Source,

    /// <summary>A query from a port that accepts none (<see cref="SnoopingCounters.GuardedQueries"/>).</summary>
    GuardedQuery,

    /// <summary>The port sent too many messages (<see cref="SnoopingCounters.RateLimited"/>).</summary>
    RateLimited,
}
