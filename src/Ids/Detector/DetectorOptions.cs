using Weft.Packets;

namespace Weft.Ids;

/// <summary>Sizes and ways of a detector.</summary>
public sealed record DetectorOptions
{
    /// <summary>Key of the hashes, so that senders cannot choose collisions; <see cref="HashSeed.CreateRandom"/> in production.</summary>
    public required HashSeed Seed { get; init; }

    /// <summary>Conversations that are remembered, 1 to 16,777,216; the one idle longest gives way. Default 65,536.</summary>
    public int FlowCapacity { get; init; } = 65_536;

    /// <summary>Thresholds that are counted at a time, 1 to 16,777,216; default 16,384.</summary>
    public int ThresholdCapacity { get; init; } = 16_384;

    /// <summary>True if verdicts drop packets; false (default) if the detector only watches.</summary>
    public bool IsInline { get; init; }

    /// <summary>True to take conversations whose beginning was not seen as established; default false.</summary>
    public bool AcceptMidstream { get; init; }

    /// <summary>How complete rules are found.</summary>
    public CompletionDesign Completion { get; init; }
}
