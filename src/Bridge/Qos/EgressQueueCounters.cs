namespace Weft.Bridge;

/// <summary>What became of the frames of one queue.</summary>
public struct EgressQueueCounters
{
    /// <summary>Frames that left.</summary>
    public long Frames;

    /// <summary>Their octets.</summary>
    public long Bytes;

    /// <summary>Frames that found the queue full.</summary>
    public long Dropped;

    /// <summary>Frames that were marked as having met congestion.</summary>
    public long Marked;

    /// <summary>Most frames that waited at once.</summary>
    public int MostWaiting;
}
