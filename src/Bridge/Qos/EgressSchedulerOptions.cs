using Weft.Flows;
using Weft.Packets;

namespace Weft.Bridge;

/// <summary>The queues of an <see cref="EgressScheduler"/>, and how fast they are emptied.</summary>
public sealed record EgressSchedulerOptions
{
    /// <summary>Queues of a port, as many as there are priorities (IEEE 802.1Q 8.6.6).</summary>
    public const int Queues = 8;

    /// <summary>Eight of them; the place in the list is the number, and higher numbers matter more.</summary>
    public IReadOnlyList<EgressQueueOptions> QueueOptions { get; init; } = [.. Enumerable.Repeat(new EgressQueueOptions(), Queues)];

    /// <summary>Octets of the longest frame, 64 to 131,072: a round of the weighted queues gives the lightest one as many.</summary>
    public int MaxFrameBytes { get; init; } = 1_518;

    /// <summary>Octets a second that leave at most; 0 for no limit.</summary>
    public long BytesPerSecond { get; init; }

    /// <summary>Octets that leave at once after a pause, <see cref="MaxFrameBytes"/> at least; meaningless without a limit.</summary>
    public long BurstBytes { get; init; } = 16_384;

    /// <summary>Time from which the limit counts.</summary>
    public Timestamp Start { get; init; }

    internal void Validate()
    {
        if (QueueOptions.Count != Queues)
        {
            throw new ArgumentException($"{nameof(QueueOptions)} has {QueueOptions.Count} entries; there are {Queues} queues.");
        }

        for (int queue = 0; queue < Queues; queue++)
        {
            QueueOptions[queue].Validate(queue);
        }

        if (MaxFrameBytes is < 64 or > 131_072)
        {
            throw new ArgumentException($"{nameof(MaxFrameBytes)} is {MaxFrameBytes}; the allowed range is 64 to 131072.");
        }

        if (BytesPerSecond is < 0 or > TokenBucket.MaxRate)
        {
            throw new ArgumentException($"{nameof(BytesPerSecond)} is {BytesPerSecond}; the allowed range is 0 to {TokenBucket.MaxRate}.");
        }

        if (BytesPerSecond > 0 && (BurstBytes < MaxFrameBytes || BurstBytes > TokenBucket.MaxBurst))
        {
            throw new ArgumentException($"{nameof(BurstBytes)} is {BurstBytes}; the allowed range is {MaxFrameBytes} to {TokenBucket.MaxBurst}.");
        }
    }
}
