using Weft.Sase;

namespace Weft.Host.Config;

/// <summary>A tenant of a point of presence.</summary>
/// <param name="Name">Name.</param>
/// <param name="Router">On a gateway: index of the router of its sites; otherwise -1.</param>
/// <param name="Segment">Everything that nodes know of it.</param>
public sealed record SaseTenantPlan(string Name, int Router, SegmentOptions Segment);
