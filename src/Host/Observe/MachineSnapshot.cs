namespace Weft.Host.Observe;

/// <summary>A machine with services of its own.</summary>
public sealed record MachineSnapshot
{
    /// <summary>Name.</summary>
    public required string Name { get; init; }

    /// <summary>Number.</summary>
    public required uint Id { get; init; }

    /// <summary>Number of the worker that runs its services.</summary>
    public int Worker { get; init; }

    /// <summary>Name of the port that it is behind; of the one that it was seen at last, if it may be behind several; null if it was not seen.</summary>
    public string? Port { get; init; }

    /// <summary>Whose it is: <c>serving</c>, <c>standby</c>, <c>leaving</c>, <c>arriving</c> or <c>gone</c>.</summary>
    public required string State { get; init; }

    /// <summary>How often it has changed hosts.</summary>
    public required ulong Epoch { get; init; }

    /// <summary>Flows that are remembered, of both families.</summary>
    public required int Flows { get; init; }

    /// <summary>Flows that there is room for, of both families.</summary>
    public required int FlowCapacity { get; init; }

    /// <summary>Memory that flows take, bytes.</summary>
    public required long MemoryBytes { get; init; }

    /// <summary>Bytes of state that the services have of a flow.</summary>
    public required int StateBytes { get; init; }

    /// <summary>Packets from and to it.</summary>
    public required long Packets { get; init; }

    /// <summary>Packets that went on.</summary>
    public required long Forwarded { get; init; }

    /// <summary>Packets that were dropped.</summary>
    public required long Dropped { get; init; }

    /// <summary>Packets that a service kept.</summary>
    public required long Consumed { get; init; }

    /// <summary>Packets that came while it was moving.</summary>
    public required long Held { get; init; }

    /// <summary>Packets of no flow: ARP, neighbour discovery.</summary>
    public required long NoFlow { get; init; }

    /// <summary>Flows that began.</summary>
    public required long FlowsBegun { get; init; }

    /// <summary>Flows that ended.</summary>
    public required long FlowsEnded { get; init; }

    /// <summary>Its services in order.</summary>
    public IReadOnlyList<ServiceSnapshot> Services { get; init; } = [];

    /// <summary>Its last move away from this host; null if it has not moved since the start.</summary>
    public MoveSnapshot? LastMove { get; init; }

    /// <summary>All flows in the form that another switch takes over, if asked for.</summary>
    public byte[]? Export { get; init; }
}
