namespace Weft.Host.Observe;

/// <summary>Multicast in a switch of which at least one segment snoops.</summary>
public sealed record MulticastSnapshot
{
    /// <summary>Segments that snoop: who queries, where routers are.</summary>
    public IReadOnlyList<MulticastSegmentSnapshot> Segments { get; init; } = [];

    /// <summary>Who listens to what, in the order of segment, group and place.</summary>
    public IReadOnlyList<MulticastGroupSnapshot> Groups { get; init; } = [];

    /// <summary>Remembered flows with their actions. Empty unless <see cref="SnapshotParts.MulticastFlows"/> was asked for.</summary>
    public IReadOnlyList<MulticastFlowSnapshot> Flows { get; init; } = [];

    /// <summary>What happened since the switch started.</summary>
    public required MulticastCountersSnapshot Counters { get; init; }
}
