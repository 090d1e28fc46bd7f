using Weft.Packets;

namespace Weft.Bridge;

/// <summary>Ports, segments and capacities of a <see cref="LearningBridge"/>.</summary>
public sealed record LearningBridgeOptions
{
    /// <summary>Local ports; a port's place in the list is its number.</summary>
    public required IReadOnlyList<BridgePortOptions> Ports { get; init; }

    /// <summary>Segments, each with a VLAN of its own. A VLAN without a segment does not pass.</summary>
    public required IReadOnlyList<BridgeSegmentOptions> Segments { get; init; }

    /// <summary>Remote tunnel endpoints, numbered from 0; 0 to 65,536.</summary>
    public int VtepCount { get; init; }

    /// <summary>Addresses the filtering database holds, 16 to 16,777,216.</summary>
    public int MacCapacity { get; init; } = 16_384;

    /// <summary>IP-to-MAC bindings that suppression remembers, 16 to 16,777,216.</summary>
    public int BindingCapacity { get; init; } = 4_096;

    /// <summary>Secret of the tables' hash functions.</summary>
    public required HashSeed Seed { get; init; }

    /// <summary>Time from which ageing is counted: not later than that of the first frame.</summary>
    public Timestamp Start { get; init; }

    /// <summary>See <see cref="FilteringDatabaseOptions.MoveDamping"/>.</summary>
    public MoveDamping? MoveDamping { get; init; }

    /// <summary>See <see cref="FilteringDatabaseOptions.JournalCapacity"/>.</summary>
    public int JournalCapacity { get; init; }

    /// <summary>See <see cref="FilteringDatabaseOptions.Journals"/>.</summary>
    public int Journals { get; init; } = 1;

    /// <summary>See <see cref="FilteringDatabaseOptions.SharePeriod"/>.</summary>
    public TimeSpan SharePeriod { get; init; }

    internal void Validate()
    {
        if (Ports.Count > BridgeLocation.MaxIndex + 1)
        {
            throw new ArgumentException($"{nameof(Ports)} has {Ports.Count} entries; the allowed range is 0 to {BridgeLocation.MaxIndex + 1}.");
        }

        if (VtepCount is < 0 or > BridgeLocation.MaxIndex + 1)
        {
            throw new ArgumentException($"{nameof(VtepCount)} is {VtepCount}; the allowed range is 0 to {BridgeLocation.MaxIndex + 1}.");
        }

        for (int port = 0; port < Ports.Count; port++)
        {
            Ports[port].Validate(port);
        }

        var vlans = new HashSet<ushort>();
        foreach (BridgeSegmentOptions segment in Segments)
        {
            segment.Validate();
            if (!vlans.Add(segment.Vlan))
            {
                throw new ArgumentException($"{nameof(Segments)} has VLAN {segment.Vlan} twice.");
            }

            foreach (int vtep in segment.Vteps)
            {
                if (vtep < 0 || vtep >= VtepCount)
                {
                    throw new ArgumentException(
                        $"{nameof(BridgeSegmentOptions.Vteps)} of VLAN {segment.Vlan} has {vtep}; the allowed range is 0 to {VtepCount - 1}.");
                }
            }
        }
    }
}
