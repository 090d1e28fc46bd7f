namespace Weft.Host.Datapath.Intrusion;

/// <summary>What a sensor did with frames.</summary>
internal struct IdsSensorCounters
{
    /// <summary>Frames that were inspected.</summary>
    public long Inspected;

    /// <summary>Frames that were dropped, rejected ones included.</summary>
    public long Dropped;

    /// <summary>Frames of which bytes were changed to those that went before in the same place of the stream.</summary>
    public long Changed;

    /// <summary>Resets and ICMP errors that were sent.</summary>
    public long Rejected;
}
