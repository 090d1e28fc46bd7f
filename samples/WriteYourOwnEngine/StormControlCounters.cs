namespace Weft.Samples.WriteYourOwnEngine;

/// <summary>Every call of <see cref="StormControl.Check"/> is counted in exactly one field.</summary>
public struct StormControlCounters
{
    /// <summary>Broadcast frames that went on.</summary>
    public long Passed;

    /// <summary>Frames that are none of this engine's business.</summary>
    public long NotBroadcast;

    /// <summary>Broadcast frames beyond the rate.</summary>
    public long Limited;
}
