namespace Weft.Host.Observe;

/// <summary>What one stage of the graph has done.</summary>
public sealed record StageSnapshot
{
    /// <summary>Name of the stage.</summary>
    public required string Name { get; init; }

    /// <summary>Calls, one a vector that had something for the stage.</summary>
    public required long Calls { get; init; }

    /// <summary>Packets handed to the stage.</summary>
    public required long Packets { get; init; }

    /// <summary>Bytes of those packets, as long as they were when the stage got them.</summary>
    public required long Bytes { get; init; }

    /// <summary>Packets the stage dropped.</summary>
    public required long Dropped { get; init; }

    /// <summary>
    /// Nanoseconds a packet on this machine, measured on one vector in <c>32</c> so that measuring stays cheap; 0 if no
    /// measured vector had a packet for the stage.
    /// </summary>
    public required double NanosecondsPerPacket { get; init; }

    /// <summary>Mean packets a call.</summary>
    public double MeanVector => Calls == 0 ? 0 : (double)Packets / Calls;
}
