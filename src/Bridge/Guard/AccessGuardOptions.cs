using Weft.Packets;

namespace Weft.Bridge;

/// <summary>Ports and capacities of an <see cref="AccessGuard"/>.</summary>
public sealed record AccessGuardOptions
{
    /// <summary>Ports; a port's place in the list is its number.</summary>
    public required IReadOnlyList<GuardPortOptions> Ports { get; init; }

    /// <summary>VLANs that have a segment: where configured addresses count on ports that carry several.</summary>
    public required IReadOnlyList<IReadOnlyList<ushort>> VlansOfPorts { get; init; }

    /// <summary>Bindings, and clients that wait for a lease, each 16 to 16,777,216.</summary>
    public int Capacity { get; init; } = 16_384;

    /// <summary>Secret of the tables' hash functions.</summary>
    public required HashSeed Seed { get; init; }

    /// <summary>Time from which on the engine runs.</summary>
    public Timestamp Start { get; init; }

    internal void Validate()
    {
        if (Capacity is < 16 or > 1 << 24)
        {
            throw new ArgumentException($"{nameof(Capacity)} is {Capacity}; the allowed range is 16 to {1 << 24}.");
        }

        if (VlansOfPorts.Count != Ports.Count)
        {
            throw new ArgumentException($"{nameof(VlansOfPorts)} has {VlansOfPorts.Count} entries; there are {Ports.Count} ports.");
        }

        foreach (GuardPortOptions port in Ports)
        {
            if (port.DhcpPerSecond is < 1 or > 10_000)
            {
                throw new ArgumentException($"{nameof(GuardPortOptions.DhcpPerSecond)} is {port.DhcpPerSecond}; the allowed range is 1 to 10,000.");
            }
        }
    }
}
