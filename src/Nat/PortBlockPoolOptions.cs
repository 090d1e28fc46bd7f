using Weft.Packets;

namespace Weft.Nat;

/// <summary>What a <see cref="PortBlockPool"/> is made of.</summary>
public sealed record PortBlockPoolOptions
{
    /// <summary>The blocks, each valid, none overlapping another; their epochs are not read.</summary>
    public required IReadOnlyList<PortBlock> Blocks { get; init; }

    /// <summary>How long a lease lasts, 1 s to 30 days; null, the default, for ever: a plan.</summary>
    public TimeSpan? Lease { get; init; }

    /// <summary>How long a block that a host had is kept from others, 0 to 1 day; 120 s by default (RFC 6888 REQ-8).</summary>
    public TimeSpan Quarantine { get; init; } = TimeSpan.FromSeconds(120);

    internal void Validate()
    {
        ArgumentNullException.ThrowIfNull(Blocks);
        for (int i = 0; i < Blocks.Count; i++)
        {
            if (!Blocks[i].IsValid)
            {
                throw new ArgumentOutOfRangeException(nameof(Blocks), Blocks[i], "A block must be an aligned power of two of ports without port 0.");
            }

            for (int j = 0; j < i; j++)
            {
                if (Blocks[i].Overlaps(Blocks[j]))
                {
                    throw new ArgumentException($"Blocks {Blocks[j]} and {Blocks[i]} overlap.", nameof(Blocks));
                }
            }
        }

        if (Lease < TimeSpan.FromSeconds(1) || Lease > TimeSpan.FromDays(30))
        {
            throw new ArgumentOutOfRangeException(nameof(Lease), Lease, $"{nameof(Lease)} must be 1 s to 30 days, or null.");
        }

        if (Quarantine < TimeSpan.Zero || Quarantine > TimeSpan.FromDays(1))
        {
            throw new ArgumentOutOfRangeException(nameof(Quarantine), Quarantine, $"{nameof(Quarantine)} must be 0 to 1 day.");
        }
    }
}
