namespace Weft.Multicast;

/// <summary>What happened to frames and replicas so far. Both paths count here, so the figures are exact.</summary>
public struct MulticastCounters
{
    /// <summary>Frames whose recorded actions were replayed.</summary>
    public long FastPath;

    /// <summary>Frames that took the slow path.</summary>
    public long SlowPath;

    /// <summary>Replicas handed to the sink.</summary>
    public long Replicas;

    /// <summary>Bytes of those replicas.</summary>
    public long ReplicaBytes;

    /// <summary>Frames that nobody listens to.</summary>
    public long NoListener;

    /// <summary>Frames dropped because the IPv4 header does not add up.</summary>
    public long BadChecksum;

    /// <summary>Frames not routed because they did not arrive on the way back to their source.</summary>
    public long RpfFailures;

    /// <summary>Replicas not routed because the TTL or hop limit was not above the threshold.</summary>
    public long TtlTooLow;

    /// <summary>Replicas dropped because they are longer than the port sends.</summary>
    public long TooLong;

    /// <summary>Replicas dropped because the sink had no room.</summary>
    public long SinkFull;

    /// <summary>Slow-path frames whose actions found no room to be remembered.</summary>
    public long Uncached;

    /// <summary>Flows recorded again because what they depend on had changed.</summary>
    public long Invalidated;

    /// <summary>Flows forgotten to make room.</summary>
    public long Evicted;

    /// <summary>Flows forgotten because no frame came.</summary>
    public long Idle;

    /// <summary>The sums, field by field.</summary>
    public static MulticastCounters operator +(in MulticastCounters left, in MulticastCounters right) => new()
    {
        FastPath = left.FastPath + right.FastPath,
        SlowPath = left.SlowPath + right.SlowPath,
        Replicas = left.Replicas + right.Replicas,
        ReplicaBytes = left.ReplicaBytes + right.ReplicaBytes,
        NoListener = left.NoListener + right.NoListener,
        BadChecksum = left.BadChecksum + right.BadChecksum,
        RpfFailures = left.RpfFailures + right.RpfFailures,
        TtlTooLow = left.TtlTooLow + right.TtlTooLow,
        TooLong = left.TooLong + right.TooLong,
        SinkFull = left.SinkFull + right.SinkFull,
        Uncached = left.Uncached + right.Uncached,
        Invalidated = left.Invalidated + right.Invalidated,
        Evicted = left.Evicted + right.Evicted,
        Idle = left.Idle + right.Idle,
    };
}
