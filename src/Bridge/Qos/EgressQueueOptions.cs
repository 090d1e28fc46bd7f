namespace Weft.Bridge;

/// <summary>One of the eight queues of an <see cref="EgressScheduler"/>.</summary>
public sealed record EgressQueueOptions
{
    /// <summary>Most frames of any queue.</summary>
    public const int MaxFrames = 65_536;

    /// <summary>Greatest weight.</summary>
    public const int MaxWeight = 100;

    /// <summary>
    /// Share among the weighted queues, 1 to 100; 0 for strict priority: before all weighted queues, and before strict queues with lower numbers
    /// (IEEE 802.1Q 8.6.8.1).
    /// </summary>
    public int Weight { get; init; }

    /// <summary>Most frames that wait, 1 to 65,536.</summary>
    public int Frames { get; init; } = 64;

    /// <summary>Most octets that wait; at least one frame always may.</summary>
    public long Bytes { get; init; } = long.MaxValue;

    /// <summary>
    /// Frames that wait from which on the ends are told of congestion: 1 to one less than <see cref="Frames"/>; 0 to tell nobody. See
    /// <see cref="EgressScheduler.TryMark"/>.
    /// </summary>
    public int MarkFrames { get; init; }

    internal void Validate(int queue)
    {
        if (Weight is < 0 or > MaxWeight)
        {
            throw new ArgumentException($"{nameof(Weight)} of queue {queue} is {Weight}; the allowed range is 0 to {MaxWeight}.");
        }

        if (Frames is < 1 or > MaxFrames)
        {
            throw new ArgumentException($"{nameof(Frames)} of queue {queue} is {Frames}; the allowed range is 1 to {MaxFrames}.");
        }

        if (MarkFrames < 0 || (MarkFrames > 0 && MarkFrames >= Frames))
        {
            throw new ArgumentException($"{nameof(MarkFrames)} of queue {queue} is {MarkFrames}; the allowed range is 0 to {Frames - 1}.");
        }

        if (Bytes < 1)
        {
            throw new ArgumentException($"{nameof(Bytes)} of queue {queue} is {Bytes}; it must be 1 at least.");
        }
    }
}
