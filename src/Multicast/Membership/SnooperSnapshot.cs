namespace Weft.Multicast;

/// <summary>All that a <see cref="MulticastSnooper"/> has learned. Times count from the moment of the copy.</summary>
public sealed record SnooperSnapshot
{
    /// <summary>Who listens to what, in the order of segment, group and port; static memberships among them.</summary>
    public required IReadOnlyList<MembershipSnapshot> Memberships { get; init; }

    /// <summary>Ports behind which routers are.</summary>
    public required IReadOnlyList<RouterSnapshot> Routers { get; init; }

    /// <summary>Who queries: two entries a segment, IPv4 first.</summary>
    public required IReadOnlyList<QuerierSnapshot> Queriers { get; init; }
}
