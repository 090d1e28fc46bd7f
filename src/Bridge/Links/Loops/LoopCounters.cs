namespace Weft.Bridge;

/// <summary>What a <see cref="LoopGuard"/> sent and saw.</summary>
public struct LoopCounters
{
    /// <summary>Probes sent.</summary>
    public long Sent;

    /// <summary>Probes that came back.</summary>
    public long Returned;

    /// <summary>Probes that came back too late to say anything.</summary>
    public long Late;

    /// <summary>Frames that pretended to be probes of this switch.</summary>
    public long Forged;
}
