namespace Weft.Multicast;

/// <summary>What <see cref="MulticastSwitch.Process"/> did with a frame.</summary>
public enum MulticastOutcome : byte
{
    /// <summary>Not IP multicast: nothing was done, the frame is the bridge's.</summary>
    NotMulticast,

    /// <summary>Recorded actions were replayed.</summary>
    Replayed,

    /// <summary>The slow path decided, and recorded what it did if there was room.</summary>
    Recorded,

    /// <summary>A message of IGMP or MLD that was forwarded.</summary>
    Control,

    /// <summary>Dropped with a reason that was counted.</summary>
    Dropped,
}
