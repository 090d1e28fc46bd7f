using Weft.Packets;

namespace Weft.Encap;

/// <summary>Own address, capacity and pace of a <see cref="NeighborResolver"/>.</summary>
public sealed record NeighborResolverOptions
{
    /// <summary>Own address on the underlay, a unicast address.</summary>
    public required VtepAddress Address { get; init; }

    /// <summary>Own MAC address, an individual address.</summary>
    public required MacAddress Mac { get; init; }

    /// <summary>Next hops that can be tracked, 1 to 65,536.</summary>
    public int Capacity { get; init; } = 256;

    /// <summary>Whether advertisements say that a router speaks (R flag, RFC 4861 section 4.4).</summary>
    public bool IsRouter { get; init; }

    /// <summary>Time for which a confirmation holds, 1 s to 1 h (REACHABLE_TIME, RFC 4861 section 10).</summary>
    public TimeSpan ReachableTime { get; init; } = TimeSpan.FromSeconds(30);

    /// <summary>Time between solicitations, 100 ms to 1 min (RETRANS_TIMER, RFC 4861 section 10).</summary>
    public TimeSpan RetransmitInterval { get; init; } = TimeSpan.FromSeconds(1);

    /// <summary>Solicitations before giving up, 1 to 10 (MAX_MULTICAST_SOLICIT and MAX_UNICAST_SOLICIT, RFC 4861 section 10).</summary>
    public int MaxSolicitations { get; init; } = 3;

    /// <summary>
    /// Longest pause after giving up, 1 ms to 1 h; the first is one <see cref="RetransmitInterval"/>, each further one is doubled. Default 100 ms, in which senders
    /// are told that nobody answers: a next hop that was cut off is found as soon as it is back, since it is asked nearly every <see cref="RetransmitInterval"/> while there are
    /// packets for it, and no more often than RFC 1122 section 2.3.2.1 allows.
    /// </summary>
    public TimeSpan MaxPause { get; init; } = TimeSpan.FromMilliseconds(100);

    internal void Validate()
    {
        if (!Address.IsUnicast)
        {
            throw new ArgumentException($"{nameof(Address)} is {Address}; it must be a unicast address.");
        }

        if (!Mac.IsValidSource)
        {
            throw new ArgumentException($"{nameof(Mac)} is {Mac}; it must be an individual address other than zero.");
        }

        if (Capacity is < 1 or > 65_536)
        {
            throw new ArgumentException($"{nameof(Capacity)} is {Capacity}; the allowed range is 1 to 65536.");
        }

        if (ReachableTime < TimeSpan.FromSeconds(1) || ReachableTime > TimeSpan.FromHours(1))
        {
            throw new ArgumentException($"{nameof(ReachableTime)} is {ReachableTime.TotalSeconds} s; the allowed range is 1 to 3600 s.");
        }

        if (RetransmitInterval < TimeSpan.FromMilliseconds(100) || RetransmitInterval > TimeSpan.FromMinutes(1))
        {
            throw new ArgumentException($"{nameof(RetransmitInterval)} is {RetransmitInterval.TotalSeconds} s; the allowed range is 0.1 to 60 s.");
        }

        if (MaxSolicitations is < 1 or > 10)
        {
            throw new ArgumentException($"{nameof(MaxSolicitations)} is {MaxSolicitations}; the allowed range is 1 to 10.");
        }

        if (MaxPause < TimeSpan.FromMilliseconds(1) || MaxPause > TimeSpan.FromHours(1))
        {
            throw new ArgumentException(
                $"{nameof(MaxPause)} is {MaxPause.TotalSeconds} s; the allowed range is 0.001 to 3600 s.");
        }
    }
}
