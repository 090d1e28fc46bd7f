namespace Weft.Host.Observe;

/// <summary>One queue in front of a port.</summary>
public sealed record EgressQueueSnapshot
{
    /// <summary>Name of the port.</summary>
    public required string Port { get; init; }

    /// <summary>Number of the queue, 0 to 7.</summary>
    public required int Queue { get; init; }

    /// <summary>Share among the weighted queues; null for strict priority.</summary>
    public int? Weight { get; init; }

    /// <summary>Frames that wait.</summary>
    public int Waiting { get; init; }

    /// <summary>Octets that wait.</summary>
    public long WaitingBytes { get; init; }

    /// <summary>Most frames that waited at once.</summary>
    public int MostWaiting { get; init; }

    /// <summary>Frames that left.</summary>
    public long Frames { get; init; }

    /// <summary>Octets that left.</summary>
    public long Bytes { get; init; }

    /// <summary>Frames that were marked as having met congestion.</summary>
    public long Marked { get; init; }

    /// <summary>Frames that found the queue full.</summary>
    public long Dropped { get; init; }
}
