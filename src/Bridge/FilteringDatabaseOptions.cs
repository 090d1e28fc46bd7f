using Weft.Packets;

namespace Weft.Bridge;

/// <summary>Capacities of a <see cref="FilteringDatabase"/>.</summary>
public sealed record FilteringDatabaseOptions
{
    /// <summary>Smallest <see cref="Capacity"/>.</summary>
    public const int MinCapacity = 16;

    /// <summary>Largest <see cref="Capacity"/>.</summary>
    public const int MaxCapacity = 1 << 24;

    /// <summary>Entries, static ones included, <see cref="MinCapacity"/> to <see cref="MaxCapacity"/>.</summary>
    public int Capacity { get; init; } = 16_384;

    /// <summary>Local ports, numbered from 0; 0 to 65,536.</summary>
    public required int PortCount { get; init; }

    /// <summary>Remote tunnel endpoints, numbered from 0; 0 to 65,536.</summary>
    public int VtepCount { get; init; }

    /// <summary>Secret of the hash function.</summary>
    public required HashSeed Seed { get; init; }

    /// <summary>Time from which ageing is counted: not later than that of the first frame.</summary>
    public Timestamp Start { get; init; }

    /// <summary>Holds an address that moves too often where it is; null lets it move.</summary>
    public MoveDamping? MoveDamping { get; init; }

    /// <summary>Changes that each of <see cref="FilteringDatabase.Journals"/> holds, up to 1,048,576; 0 for no journal.</summary>
    public int JournalCapacity { get; init; }

    /// <summary>How many keep copies, 1 to 256. Default 1.</summary>
    public int Journals { get; init; } = 1;

    /// <summary>
    /// How often at most <see cref="LearnResult.Renewed"/> says that an address is still seen, so that databases which share what
    /// they learn keep it alive in each other; rounded down to a power of two nanoseconds. Default zero, never.
    /// </summary>
    public TimeSpan SharePeriod { get; init; }

    internal void Validate()
    {
        MoveDamping?.Validate();
        if (SharePeriod < TimeSpan.Zero || SharePeriod > TimeSpan.FromDays(1))
        {
            throw new ArgumentException($"{nameof(SharePeriod)} is {SharePeriod}; the allowed range is 0 to a day.");
        }

        if (Journals is < 1 or > 256)
        {
            throw new ArgumentException($"{nameof(Journals)} is {Journals}; the allowed range is 1 to 256.");
        }

        if (JournalCapacity is < 0 or > 1 << 20)
        {
            throw new ArgumentException($"{nameof(JournalCapacity)} is {JournalCapacity}; the allowed range is 0 to {1 << 20}.");
        }

        if (Capacity is < MinCapacity or > MaxCapacity)
        {
            throw new ArgumentException($"{nameof(Capacity)} is {Capacity}; the allowed range is {MinCapacity} to {MaxCapacity}.");
        }

        if (PortCount is < 0 or > BridgeLocation.MaxIndex + 1)
        {
            throw new ArgumentException($"{nameof(PortCount)} is {PortCount}; the allowed range is 0 to {BridgeLocation.MaxIndex + 1}.");
        }

        if (VtepCount is < 0 or > BridgeLocation.MaxIndex + 1)
        {
            throw new ArgumentException($"{nameof(VtepCount)} is {VtepCount}; the allowed range is 0 to {BridgeLocation.MaxIndex + 1}.");
        }
    }
}
