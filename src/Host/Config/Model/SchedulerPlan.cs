using Weft.Bridge;

namespace Weft.Host.Config;

/// <summary>How frames wait for a port, and in which order they leave.</summary>
public sealed record SchedulerPlan
{
    /// <summary>Unique name.</summary>
    public required string Name { get; init; }

    /// <summary>Eight queues; the place in the list is the number.</summary>
    public required IReadOnlyList<EgressQueueOptions> Queues { get; init; }

    /// <summary>Octets a second that leave at most; 0 for no limit.</summary>
    public long BytesPerSecond { get; init; }

    /// <summary>Octets that leave at once after a pause.</summary>
    public long BurstBytes { get; init; }

    /// <summary>Whether the priority in the VLAN tag decides, where a frame has one, before the code point of an IP packet.</summary>
    public bool ByPriority { get; init; }

    /// <summary>The queue of each of the 64 code points.</summary>
    public required IReadOnlyList<byte> QueueOfDscp { get; init; }

    /// <summary>The queue of each of the eight priorities.</summary>
    public required IReadOnlyList<byte> QueueOfPriority { get; init; }
}
