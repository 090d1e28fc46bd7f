namespace Weft.Bridge;

/// <summary>What an <see cref="LldpAgent"/> counted at one port (IEEE 802.1AB clause 9.2.6).</summary>
public record struct LldpCounters
{
    /// <summary>Frames sent (statsFramesOutTotal).</summary>
    public long Sent { get; set; }

    /// <summary>Frames received (statsFramesInTotal).</summary>
    public long Received { get; set; }

    /// <summary>Frames discarded whole (statsFramesDiscardedTotal).</summary>
    public long Discarded { get; set; }

    /// <summary>Frames with an error in any TLV (statsFramesInErrorsTotal).</summary>
    public long InErrors { get; set; }

    /// <summary>TLVs discarded while their frame was taken (statsTLVsDiscardedTotal).</summary>
    public long TlvsDiscarded { get; set; }

    /// <summary>TLVs of types that are not known here (statsTLVsUnrecognizedTotal).</summary>
    public long TlvsUnrecognized { get; set; }

    /// <summary>Neighbours forgotten because their time to live ended (statsAgeoutsTotal).</summary>
    public long AgedOut { get; set; }

    /// <summary>Frames discarded because as many neighbours were remembered as may be.</summary>
    public long TooManyNeighbors { get; set; }
}
