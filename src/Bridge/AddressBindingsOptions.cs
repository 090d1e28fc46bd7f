using Weft.Packets;

namespace Weft.Bridge;

/// <summary>Capacity and ageing of <see cref="AddressBindings"/>.</summary>
public sealed record AddressBindingsOptions
{
    /// <summary>Bindings, static ones included, 16 to 16,777,216.</summary>
    public int Capacity { get; init; } = 4_096;

    /// <summary>Time after which a binding that was not heard again is forgotten, 10 s to 1,000,000 s.</summary>
    public TimeSpan Ageing { get; init; } = BridgeSegmentOptions.DefaultAgeing;

    /// <summary>Most bindings learned in one segment, at least 0.</summary>
    public int MaxPerVlan { get; init; } = int.MaxValue;

    /// <summary>Secret of the hash function.</summary>
    public required HashSeed Seed { get; init; }

    /// <summary>Time from which ageing is counted: not later than that of the first frame.</summary>
    public Timestamp Start { get; init; }

    internal void Validate()
    {
        if (Capacity is < FilteringDatabaseOptions.MinCapacity or > FilteringDatabaseOptions.MaxCapacity)
        {
            throw new ArgumentException(
                $"{nameof(Capacity)} is {Capacity}; the allowed range is {FilteringDatabaseOptions.MinCapacity} to {FilteringDatabaseOptions.MaxCapacity}.");
        }

        if (Ageing < BridgeSegmentOptions.MinAgeing || Ageing > BridgeSegmentOptions.MaxAgeing)
        {
            throw new ArgumentException($"{nameof(Ageing)} is {Ageing.TotalSeconds} s; the allowed range is 10 to 1000000 s.");
        }

        if (MaxPerVlan < 0)
        {
            throw new ArgumentException($"{nameof(MaxPerVlan)} is {MaxPerVlan}; it must not be negative.");
        }
    }
}
