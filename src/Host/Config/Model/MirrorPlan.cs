using Weft.Bridge;

namespace Weft.Host.Config;

/// <summary>A mirror: frames that are copied to a port or, with ERSPAN, to a collector behind a router.</summary>
public sealed record MirrorPlan
{
    /// <summary>Unique name.</summary>
    public required string Name { get; init; }

    /// <summary>Ports whose frames are copied, by index.</summary>
    public IReadOnlyList<int> Ports { get; init; } = [];

    /// <summary>Segments whose frames are copied, by index.</summary>
    public IReadOnlyList<int> Segments { get; init; } = [];

    /// <summary>Which of their frames.</summary>
    public MirrorDirection Direction { get; init; } = MirrorDirection.Both;

    /// <summary>The access list whose permitted packets are copied, as a place in <see cref="SwitchPlan.AccessLists"/>; -1 for all.</summary>
    public int Filter { get; init; } = -1;

    /// <summary>Bytes of each frame that are copied, 64 to 65,535.</summary>
    public int SnapBytes { get; init; } = ushort.MaxValue;

    /// <summary>Copies a second; null for no limit.</summary>
    public int? PacketsPerSecond { get; init; }

    /// <summary>The port that gets them, of role monitor; -1 with ERSPAN.</summary>
    public int To { get; init; } = -1;

    /// <summary>The router that sends them to the collector, by index; -1 without ERSPAN.</summary>
    public int Router { get; init; } = -1;

    /// <summary>How they are sent there; null without ERSPAN.</summary>
    public ErspanOptions? Erspan { get; init; }
}
