namespace Weft.Bench.Multicast;

/// <summary>Frames of minimum length.</summary>
public sealed class ReplicateShortRatio() : ReplicationRatio(60, scatter: false)
{
    /// <inheritdoc/>
    public override double Goal => 8;

    /// <inheritdoc/>
    public override double? Limit => 36;
}

/// <summary>Long frames, a contiguous copy for each port.</summary>
public sealed class ReplicateLongRatio() : ReplicationRatio(1400, scatter: false)
{
    /// <inheritdoc/>
    public override double Goal => 4;

    /// <inheritdoc/>
    public override double? Limit => 90;
}

/// <summary>Long frames, a private header for each port and one payload for all.</summary>
public sealed class ReplicateScatteredRatio() : ReplicationRatio(1400, scatter: true)
{
    /// <inheritdoc/>
    public override double Goal => 8;

    /// <inheritdoc/>
    public override double? Limit => 30;
}
