using Weft.Host.Config;

namespace Weft.Host.Observe;

/// <summary>A remembered multicast flow.</summary>
public sealed record MulticastFlowSnapshot
{
    /// <summary>Segment where it arrives.</summary>
    public required string Segment { get; init; }

    /// <summary>Port or peer where it arrives.</summary>
    public required string Ingress { get; init; }

    /// <summary>Its source; null if its actions are those of all sources.</summary>
    public TunnelAddress? Source { get; init; }

    /// <summary>Its group.</summary>
    public required TunnelAddress Group { get; init; }

    /// <summary>Frames since it was recorded first.</summary>
    public required long Frames { get; init; }

    /// <summary>False if what its actions depend on has changed: the next frame records them again.</summary>
    public required bool IsCurrent { get; init; }

    /// <summary>The recorded actions, one a line; those of a branch are indented.</summary>
    public IReadOnlyList<string> Actions { get; init; } = [];
}
