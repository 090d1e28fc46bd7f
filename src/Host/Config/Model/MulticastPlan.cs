using Weft.Multicast;

namespace Weft.Host.Config;

/// <summary>What all segments with snooping have in common: timers, memory, routes.</summary>
public sealed record MulticastPlan
{
    /// <summary>Messages in a row that may be lost, 2 to 7 (RFC 3376 section 8.1).</summary>
    public int Robustness { get; init; } = 2;

    /// <summary>Time between general queries, 10 s to 127 s.</summary>
    public TimeSpan QueryInterval { get; init; } = TimeSpan.FromSeconds(125);

    /// <summary>Time that hosts may take to answer, 1 s to 12.7 s and less than <see cref="QueryInterval"/>.</summary>
    public TimeSpan QueryResponse { get; init; } = TimeSpan.FromSeconds(10);

    /// <summary>Time between queries after a leave, 0.1 s to 12.7 s.</summary>
    public TimeSpan LastMemberQuery { get; init; } = TimeSpan.FromSeconds(1);

    /// <summary>What a message must fulfil to be believed.</summary>
    public Strictness Strictness { get; init; }

    /// <summary>Flows remembered, 1 to 1,048,576.</summary>
    public int Flows { get; init; } = 4096;

    /// <summary>Memory of recorded actions in blocks of 256 bytes, 1 to 1,048,576.</summary>
    public int ActionBlocks { get; init; } = 16_384;

    /// <summary>Time without a frame after which a flow is forgotten, 1 s to 1 h.</summary>
    public TimeSpan FlowIdle { get; init; } = TimeSpan.FromSeconds(30);

    /// <summary>Routes between segments.</summary>
    public IReadOnlyList<MulticastRoutePlan> Routes { get; init; } = [];
}
