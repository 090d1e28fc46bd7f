namespace Weft.Analytics;

/// <summary>What a <see cref="FlowMeter"/> saw.</summary>
public struct FlowMeterCounters
{
    /// <summary>Packets that belong to a conversation.</summary>
    public long Observed;

    /// <summary>Packets that are not IP, or fragments without ports.</summary>
    public long NotAFlow;

    /// <summary>Conversations that began.</summary>
    public long Begun;

    /// <summary>Reports given.</summary>
    public long Reported;

    /// <summary>Reports that found the ring full.</summary>
    public long ReportsLost;

    /// <summary>Conversations that found no place and were reported packet by packet.</summary>
    public long TableFull;
}
