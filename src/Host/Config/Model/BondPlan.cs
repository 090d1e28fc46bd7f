using Weft.Bridge;

namespace Weft.Host.Config;

/// <summary>Links that are used as one (IEEE 802.1AX).</summary>
public sealed record BondPlan
{
    /// <summary>Indices of the member ports, 1 to 64.</summary>
    public required IReadOnlyList<int> Members { get; init; }

    /// <summary>How the two ends agree.</summary>
    public LacpMode Mode { get; init; }

    /// <summary>Whether the partner is to speak every second; otherwise every 30.</summary>
    public bool FastRate { get; init; }

    /// <summary>Least links that must be usable.</summary>
    public int MinLinks { get; init; } = 1;

    /// <summary>Most links that are used.</summary>
    public int MaxLinks { get; init; } = LinkAggregatorOptions.MaxMembers;

    /// <summary>Whether one link is used alone while no partner speaks LACP.</summary>
    public bool Fallback { get; init; }

    /// <summary>Rank of the switch; the lower number of the two ends decides which links are used.</summary>
    public ushort SystemPriority { get; init; } = 0x8000;
}
