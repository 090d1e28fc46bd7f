using Weft.Packets;

namespace Weft.Flows;

/// <summary>What a <see cref="FlowTable{TKey, TValue}"/> or <see cref="SessionTable{TKey, TValue}"/> is made of.</summary>
public sealed record FlowTableOptions
{
    /// <summary>Largest <see cref="Capacity"/>.</summary>
    public const int MaxCapacity = 1 << 28;

    /// <summary>Most places that the hand of <see cref="FlowFullPolicy.EvictIdle"/> moves for one addition.</summary>
    public const int EvictionSteps = 16;

    /// <summary>Entries that the table holds, 1 to <see cref="MaxCapacity"/>. All of them fit; none is rounded away.</summary>
    public required int Capacity { get; init; }

    /// <summary>Secret of the hash. Draw it at random in production; fix it for tests and replays.</summary>
    public required HashSeed Seed { get; init; }

    /// <summary>What a full table does with a new key. Refuses by default.</summary>
    public FlowFullPolicy WhenFull { get; init; } = FlowFullPolicy.Refuse;

    /// <summary>
    /// Asks Linux to back tables of 2 MiB and more with huge pages (madvise, MADV_HUGEPAGE), which saves a TLB miss for every
    /// cache miss. Advice only: where the kernel has none, ordinary pages serve. On by default.
    /// </summary>
    public bool HugePages { get; init; } = true;
}
