namespace Weft.Host.Observe;

/// <summary>Access control.</summary>
public sealed record AclSnapshot
{
    /// <summary>The lists.</summary>
    public IReadOnlyList<AclListSnapshot> Lists { get; init; } = [];

    /// <summary>Connections that are remembered, those included that are over and not yet forgotten.</summary>
    public int ConnectionCount { get; init; }

    /// <summary>Connections that were not remembered for want of room; their packets were dropped.</summary>
    public long ConnectionsRefused { get; init; }

    /// <summary>The connections, if they were asked for.</summary>
    public IReadOnlyList<AclConnectionSnapshot> Connections { get; init; } = [];
}
