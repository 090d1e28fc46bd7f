using Weft.Sase;

namespace Weft.Host.Config;

/// <summary>A tenant of a point of presence.</summary>
/// <param name="Name">Name.</param>
/// <param name="Router">On a gateway: index of the router of its sites; otherwise -1.</param>
/// <param name="Segment">Everything that nodes know of it.</param>
public sealed record SaseTenantPlan(string Name, int Router, SegmentOptions Segment)
{
    /// <summary>On a node: indexes of its services in <see cref="SwitchPlan.Services"/>, in order from the sites outwards.</summary>
    public IReadOnlyList<int> Services { get; init; } = [];

    /// <summary>Time that its services may take for a packet; null for no bound.</summary>
    public TimeSpan? Budget { get; init; }
}
