using Weft.Ports;

namespace Weft.Host.Config;

/// <summary>The other end of a port of kind <see cref="PortKind.Memif"/>.</summary>
public sealed record MemifPlan
{
    /// <summary>Path of the control socket.</summary>
    public required string SocketPath { get; init; }

    /// <summary>Which end the port is.</summary>
    public MemifRole Role { get; init; }

    /// <summary>Number of the interface.</summary>
    public uint Id { get; init; }

    /// <summary>Rings in each direction, 1 to 16.</summary>
    public int Queues { get; init; } = 1;

    /// <summary>Slots of a ring, a power of two from 64 to 16,384.</summary>
    public int Slots { get; init; } = 1024;
}
