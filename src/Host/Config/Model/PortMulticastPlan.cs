using Weft.Multicast;

namespace Weft.Host.Config;

/// <summary>What is granted to the hosts behind a port.</summary>
public sealed record PortMulticastPlan
{
    /// <summary>When leaves take effect at once.</summary>
    public FastLeave FastLeave { get; init; }

    /// <summary>Most groups joined, 0 to 65,536.</summary>
    public int MaxGroups { get; init; } = 1024;

    /// <summary>Most sources in filters, 0 to 65,536.</summary>
    public int MaxSources { get; init; } = 1024;

    /// <summary>Most IGMP and MLD messages in a second, 1 to 1,000,000.</summary>
    public int MaxMessagesPerSecond { get; init; } = 10_000;

    /// <summary>False if no router may be behind the port.</summary>
    public bool AcceptQueries { get; init; } = true;
}
