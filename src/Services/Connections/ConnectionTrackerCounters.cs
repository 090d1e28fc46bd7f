namespace Weft.Services;

/// <summary>What a <see cref="ConnectionTracker"/> has refused or doubted.</summary>
public struct ConnectionTrackerCounters
{
    /// <summary>Segments outside the window or of no connection: dropped, or passed if it is liberal.</summary>
    public long OutOfWindow;

    /// <summary>SYNs and resets that passed without being believed, for their receivers to answer with a challenge (RFC 5961).</summary>
    public long Challenged;

    /// <summary>ICMP errors about segments that were never sent, or acknowledged long ago.</summary>
    public long ErrorsRefused;
}
