using Weft.Flows;
using Weft.Packets;

namespace Weft.Lb;

/// <summary>What a <see cref="ReturnPathTable"/> is made of.</summary>
public sealed record ReturnPathOptions
{
    /// <summary>Secret of the hashes. Elements that must take over alike share it; otherwise draw it at random.</summary>
    public required HashSeed Seed { get; init; }

    /// <summary>IPv4 flows, 16 to 2^26; 65,536 by default.</summary>
    public int IPv4Flows { get; init; } = 65_536;

    /// <summary>IPv6 flows, 16 to 2^26; 65,536 by default.</summary>
    public int IPv6Flows { get; init; } = 65_536;

    /// <summary>Load balancers, 1 to 1,024; 64 by default.</summary>
    public int LoadBalancers { get; init; } = 64;

    /// <summary>Flows of one load balancer, 1 to 2^27; no limit below that by default. At the limit flows that are not established make room.</summary>
    public int FlowsPerLb { get; init; } = 1 << 27;

    /// <summary>What happens if a flow comes from another load balancer. Pinned by default.</summary>
    public RebindPolicy Policy { get; init; } = RebindPolicy.Pinned;

    /// <summary>
    /// Whether the flows of a load balancer that goes are given to those that stay, by rendezvous hashing: each flow to the
    /// same one on every element with the same seed. On by default; otherwise they are routed.
    /// </summary>
    public bool TakeOver { get; init; } = true;

    /// <summary>Established or half-closed TCP connections that are idle: 7,440 s by default (RFC 5382 REQ-5).</summary>
    public TimeSpan TcpEstablished { get; init; } = TimeSpan.FromSeconds(7440);

    /// <summary>TCP connections that are opening or closed: 240 s by default.</summary>
    public TimeSpan TcpTransitory { get; init; } = TimeSpan.FromSeconds(240);

    /// <summary>Every other protocol: 300 s by default.</summary>
    public TimeSpan Other { get; init; } = TimeSpan.FromSeconds(300);

    /// <summary>Fragments; by default as <see cref="FragmentTrackerOptions"/> says.</summary>
    public FragmentTrackerOptions? Fragments { get; init; }

    /// <summary>The time when the table begins.</summary>
    public Timestamp Start { get; init; }

    internal void Validate()
    {
        Check(IPv4Flows, 16, 1 << 26, nameof(IPv4Flows));
        Check(IPv6Flows, 16, 1 << 26, nameof(IPv6Flows));
        Check(LoadBalancers, 1, 1024, nameof(LoadBalancers));
        Check(FlowsPerLb, 1, 1 << 27, nameof(FlowsPerLb));
        CheckTime(TcpEstablished, nameof(TcpEstablished));
        CheckTime(TcpTransitory, nameof(TcpTransitory));
        CheckTime(Other, nameof(Other));
        if (!Enum.IsDefined(Policy))
        {
            throw new ArgumentOutOfRangeException(nameof(Policy), Policy, $"{nameof(Policy)} must be one of its names.");
        }
    }

    private static void Check(int value, int least, int most, string name)
    {
        if (value < least || value > most)
        {
            throw new ArgumentOutOfRangeException(name, value, $"{name} must be {least} to {most}.");
        }
    }

    private static void CheckTime(TimeSpan value, string name)
    {
        if (value < TimeSpan.FromSeconds(1) || value > TimeSpan.FromDays(30))
        {
            throw new ArgumentOutOfRangeException(name, value, $"{name} must be 1 s to 30 days.");
        }
    }
}
