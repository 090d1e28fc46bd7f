namespace Weft.Services;

/// <summary>What a service says of itself.</summary>
public sealed record ServiceInfo
{
    /// <summary>Its kind, shown in tables and traces: <c>firewall</c>, <c>load-balancer</c>.</summary>
    public required string Kind { get; init; }

    /// <summary>
    /// Version of the layout and meaning of its state of a flow. State of another version is not taken over: a host refuses
    /// it before a move begins, unless <see cref="IService{TState}.TryConvert"/> knows it.
    /// </summary>
    public required ushort StateVersion { get; init; }

    /// <summary>What becomes of its state when the machine moves.</summary>
    public StateKind State { get; init; } = StateKind.Migratable;

    /// <summary>What becomes of packets while it is out of order, unless the operator chose otherwise.</summary>
    public FailurePolicy WhenFailed { get; init; } = FailurePolicy.FailClosed;
}
