using Weft.Packets;

namespace Weft.Ids;

/// <summary>Sizes and ways of a detector.</summary>
public sealed record DetectorOptions
{
    /// <summary>Key of the hashes, so that senders cannot choose collisions; <see cref="HashSeed.CreateRandom"/> in production.</summary>
    public required HashSeed Seed { get; init; }

    /// <summary>Conversations that are remembered, 1 to 16,777,216; the one idle longest gives way. Default 65,536.</summary>
    public int FlowCapacity { get; init; } = 65_536;

    /// <summary>Thresholds, and as many bits of addresses, that are kept at a time, 1 to 16,777,216; default 16,384.</summary>
    public int ThresholdCapacity { get; init; } = 16_384;

    /// <summary>Directions of TCP connections that are put together at a time, 1 to 16,384; the one idle longest gives way. Default 1,024.</summary>
    public int StreamCapacity { get; init; } = 1024;

    /// <summary>
    /// Bytes of a stream that are compared with rules together, a power of two from 1,024 to 65,536; default 16,384. Each
    /// stream has four times as much memory, for what is out of order or not yet acknowledged. A match is found wherever it
    /// is if it spans half as many bytes or less.
    /// </summary>
    public int StreamWindowBytes { get; init; } = 16_384;

    /// <summary>Bytes of a stream's beginning that are looked at; default 1,048,576. Packets beyond are looked at one by one.</summary>
    public long StreamDepthBytes { get; init; } = 1 << 20;

    /// <summary>Connections whose application's messages are read at a time, 1 to 16,384; the one idle longest gives way. Default 512.</summary>
    public int SessionCapacity { get; init; } = 512;

    /// <summary>Bytes of a message's head that are read, 1,024 to 65,536; default 16,384.</summary>
    public int HeadBytes { get; init; } = 16_384;

    /// <summary>Bytes of a message's body that are compared with rules together, 1,024 to 65,536; default 32,768.</summary>
    public int BodyBytes { get; init; } = 32_768;

    /// <summary>Datagrams that are put together from fragments at a time, 1 to 4,096, each with 64 KiB; default 64.</summary>
    public int FragmentCapacity { get; init; } = 64;

    /// <summary>How long fragments wait for the others; default 60 seconds (RFC 8200 section 4.5).</summary>
    public TimeSpan FragmentTimeout { get; init; } = TimeSpan.FromSeconds(60);

    /// <summary>Whose bytes count where segments or fragments overlap, unless <see cref="PolicyOf"/> says; default <see cref="OverlapPolicy.Bsd"/>.</summary>
    public OverlapPolicy Overlaps { get; init; } = OverlapPolicy.Bsd;

    /// <summary>Gives the policy of a receiver; null (default) if all have <see cref="Overlaps"/>. Not asked when the detector is inline and changes packets.</summary>
    public Func<IPv6Address, OverlapPolicy>? PolicyOf { get; init; }

    /// <summary>What receivers do with urgent bytes; default <see cref="UrgentPolicy.OutOfBand"/>. Not asked when the detector is inline and changes packets.</summary>
    public UrgentPolicy Urgent { get; init; }

    /// <summary>True if verdicts drop packets; false (default) if the detector only watches.</summary>
    public bool IsInline { get; init; }

    /// <summary>True to take conversations whose beginning was not seen as established; default false.</summary>
    public bool AcceptMidstream { get; init; }

    /// <summary>What becomes of conversations whose beginning was not seen.</summary>
    public MidstreamPolicy Midstream { get; init; }

    /// <summary>True to take connections of which only one direction is seen; default false.</summary>
    public bool AcceptOneSide { get; init; }

    /// <summary>How complete rules are found.</summary>
    public CompletionDesign Completion { get; init; }

    /// <summary>Is told of messages and of the ends of conversations; null (default) for nobody.</summary>
    public IConversationObserver? Observer { get; init; }

    internal void Validate()
    {
        Check(FlowCapacity, 1, 1 << 24, nameof(FlowCapacity));
        Check(ThresholdCapacity, 1, 1 << 24, nameof(ThresholdCapacity));
        Check(StreamCapacity, 1, 16_384, nameof(StreamCapacity));
        Check(StreamWindowBytes, 1024, 65_536, nameof(StreamWindowBytes));
        if (!System.Numerics.BitOperations.IsPow2(StreamWindowBytes))
        {
            throw new ArgumentOutOfRangeException(nameof(StreamWindowBytes), StreamWindowBytes, $"{nameof(DetectorOptions)}.{nameof(StreamWindowBytes)} is a power of two.");
        }

        Check(SessionCapacity, 1, 16_384, nameof(SessionCapacity));
        Check(HeadBytes, 1024, 65_536, nameof(HeadBytes));
        Check(BodyBytes, 1024, 65_536, nameof(BodyBytes));
        Check(FragmentCapacity, 1, 4096, nameof(FragmentCapacity));
    }

    private static void Check(int value, int least, int most, string name)
    {
        if (value < least || value > most)
        {
            throw new ArgumentOutOfRangeException(name, value, $"{nameof(DetectorOptions)}.{name} is {least} to {most}.");
        }
    }
}
