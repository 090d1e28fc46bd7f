namespace Weft.Host.Observe;

/// <summary>Who may use which addresses behind guarded ports.</summary>
public sealed record GuardSnapshot
{
    /// <summary>Bindings learned from DHCP, renewals included.</summary>
    public long Bound { get; init; }

    /// <summary>Bindings that a client gave back.</summary>
    public long Released { get; init; }

    /// <summary>Bindings whose lease ended.</summary>
    public long Expired { get; init; }

    /// <summary>Bindings and clients that were not remembered for want of room.</summary>
    public long TableFull { get; init; }

    /// <summary>The bindings.</summary>
    public IReadOnlyList<GuardBindingSnapshot> Bindings { get; init; } = [];
}
