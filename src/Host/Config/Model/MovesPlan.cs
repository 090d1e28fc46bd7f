namespace Weft.Host.Config;

/// <summary>How machines move between hosts.</summary>
public sealed record MovesPlan
{
    /// <summary>Address that other hosts bring machines to; null if none may come.</summary>
    public TunnelAddress? Listen { get; init; }

    /// <summary>TCP port there.</summary>
    public int Port { get; init; }

    /// <summary>Secret that all hosts share.</summary>
    public required ReadOnlyMemory<byte> Key { get; init; }

    /// <summary>Longest time for which a machine's packets may be held before a move is given up.</summary>
    public TimeSpan FreezeBudget { get; init; } = TimeSpan.FromMilliseconds(500);

    /// <summary>Silence after which the other host is given up.</summary>
    public TimeSpan Timeout { get; init; } = TimeSpan.FromSeconds(2);

    /// <summary>Hosts that machines may move to.</summary>
    public IReadOnlyList<MoveHostPlan> Hosts { get; init; } = [];
}
