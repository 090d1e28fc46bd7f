using Weft.Packets;

namespace Weft.Multicast;

/// <summary>What one port listens to in one group.</summary>
public sealed record MembershipSnapshot
{
    /// <summary>The segment.</summary>
    public required int Segment { get; init; }

    /// <summary>The group; IPv4 groups are mapped (<see cref="MulticastAddress"/>).</summary>
    public required IPv6Address Group { get; init; }

    /// <summary>The port.</summary>
    public required int Port { get; init; }

    /// <summary>True if it was configured (<see cref="SnoopingSegmentOptions.Static"/>): it has no timers, and restoring leaves it out.</summary>
    public bool IsStatic { get; init; }

    /// <summary>True if all sources pass but the blocked ones (EXCLUDE mode).</summary>
    public required bool IsExclude { get; init; }

    /// <summary>Time until the group timer ends EXCLUDE mode; zero in INCLUDE mode.</summary>
    public TimeSpan Remaining { get; init; }

    /// <summary>Sources that were asked for: all that pass in INCLUDE mode.</summary>
    public IReadOnlyList<IPv6Address> Forwarded { get; init; } = [];

    /// <summary>Time that each of <see cref="Forwarded"/> has left, in the same order; empty if the membership is static.</summary>
    public IReadOnlyList<TimeSpan> ForwardedRemaining { get; init; } = [];

    /// <summary>Sources that do not pass in EXCLUDE mode.</summary>
    public IReadOnlyList<IPv6Address> Blocked { get; init; } = [];

    /// <summary>Time for which a host of version 1 is presumed; zero if none is.</summary>
    public TimeSpan Version1Remaining { get; init; }

    /// <summary>Time for which a host of IGMPv2 or MLDv1 is presumed; zero if none is.</summary>
    public TimeSpan Version2Remaining { get; init; }

    /// <summary>Hosts tracked, if the port tracks them, with the time after which each is presumed gone.</summary>
    public IReadOnlyList<(MacAddress Mac, TimeSpan Remaining)> Hosts { get; init; } = [];

    /// <summary>False if a host may listen that is not in <see cref="Hosts"/>: the end of those is then not the end of the membership.</summary>
    public bool HostsAreAll { get; init; }
}
