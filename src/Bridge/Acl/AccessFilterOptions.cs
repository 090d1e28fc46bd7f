using Weft.Packets;

namespace Weft.Bridge;

/// <summary>Lists of an <see cref="AccessFilter"/>, and where they are in force.</summary>
public sealed record AccessFilterOptions
{
    /// <summary>The lists.</summary>
    public required IReadOnlyList<AccessList> Lists { get; init; }

    /// <summary>Lists of ports; a port's place is its number.</summary>
    public required IReadOnlyList<AclBinding> Ports { get; init; }

    /// <summary>Lists of segments; a segment's place is its number.</summary>
    public IReadOnlyList<AclBinding> Segments { get; init; } = [];

    /// <summary>Connections that are remembered, of IPv4 and of IPv6 each, 16 to 16,777,216. No memory is taken unless a list is stateful.</summary>
    public int Connections { get; init; } = 65_536;

    /// <summary>Secret of the tables' hash functions.</summary>
    public required HashSeed Seed { get; init; }

    internal void Validate()
    {
        if (Connections is < 16 or > 1 << 24)
        {
            throw new ArgumentException($"{nameof(Connections)} is {Connections}; the allowed range is 16 to {1 << 24}.");
        }

        foreach (AclBinding binding in Ports.Concat(Segments))
        {
            if (binding.In < -1 || binding.In >= Lists.Count || binding.Out < -1 || binding.Out >= Lists.Count)
            {
                throw new ArgumentException($"{binding} names a list that is not there; there are {Lists.Count}.");
            }
        }
    }
}
