namespace Weft.Multicast;

/// <summary>What a <see cref="MulticastSwitch"/> is made of.</summary>
public sealed record MulticastSwitchOptions
{
    /// <summary>Ports, segments, quotas and timers of the snooping.</summary>
    public required SnoopingOptions Snooping { get; init; }

    /// <summary>How each of the segments of <see cref="Snooping"/> replicates, in the same order.</summary>
    public required IReadOnlyList<MulticastSegmentOptions> Segments { get; init; }

    /// <summary>Longest frame that a port sends, outer headers included, in bytes and the order of the ports; empty, the default, for no limit.</summary>
    public IReadOnlyList<int> MaxFrameBytes { get; init; } = [];

    /// <summary>Flows remembered, 1 to 1,048,576; 4,096 by default.</summary>
    public int FlowCapacity { get; init; } = 4096;

    /// <summary>
    /// Memory of recorded actions, in blocks of 31 actions (256 bytes), 1 to 1,048,576; 16,384 by default. A flow to 16 ports takes one or two.
    /// What finds no room is replicated without being remembered.
    /// </summary>
    public int ActionBlocks { get; init; } = 16_384;

    /// <summary>Time without a frame after which a flow is forgotten, 1 s to 1 h; 30 s by default.</summary>
    public TimeSpan FlowIdle { get; init; } = TimeSpan.FromSeconds(30);

    internal void Validate()
    {
        ArgumentNullException.ThrowIfNull(Snooping);
        Snooping.Validate();
        int ports = Snooping.Ports.Count;
        SnoopingOptions.Check(Segments.Count == Snooping.Segments.Count, $"{nameof(Segments)} must have as many entries as those of {nameof(Snooping)}, {Snooping.Segments.Count}, not {Segments.Count}.");
        SnoopingOptions.Check(MaxFrameBytes.Count == 0 || MaxFrameBytes.Count == ports, $"{nameof(MaxFrameBytes)} must have no entry or one for each of {ports} ports, not {MaxFrameBytes.Count}.");
        SnoopingOptions.Check(FlowCapacity is >= 1 and <= 1 << 20, $"{nameof(FlowCapacity)} must be 1 to 1,048,576, not {FlowCapacity}.");
        SnoopingOptions.Check(ActionBlocks is >= 1 and <= 1 << 20, $"{nameof(ActionBlocks)} must be 1 to 1,048,576, not {ActionBlocks}.");
        SnoopingOptions.Check(FlowIdle >= TimeSpan.FromSeconds(1) && FlowIdle <= TimeSpan.FromHours(1), $"{nameof(FlowIdle)} must be 1 s to 1 h, not {FlowIdle}.");
        for (int segment = 0; segment < Segments.Count; segment++)
        {
            Segments[segment].Validate(segment, ports);
        }
    }
}
