namespace Weft.Bridge;

/// <summary>State of a port's receive machine (IEEE 802.1AX clause 6.4.12).</summary>
public enum LacpReceiveState : byte
{
    /// <summary>The link is down.</summary>
    PortDisabled,

    /// <summary>Nothing came for as long as was agreed; the partner is asked to speak up.</summary>
    Expired,

    /// <summary>The partner does not speak LACP.</summary>
    Defaulted,

    /// <summary>The partner speaks.</summary>
    Current,
}
