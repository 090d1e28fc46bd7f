namespace Weft.Bridge;

/// <summary>Why a bridge dropped a frame.</summary>
public enum BridgeDropReason : byte
{
    /// <summary>It did not.</summary>
    None,

    /// <summary>The Ethernet header or its tags are cut off, or there are too many tags.</summary>
    Malformed,

    /// <summary>To 01-80-C2-00-00-00 to -0F, which no bridge forwards (IEEE 802.1Q 8.6.3).</summary>
    ReservedAddress,

    /// <summary>The source is a group address or zero (IEEE 802.1Q 8.7).</summary>
    InvalidSource,

    /// <summary>VLAN identifier 4095 (IEEE 802.1Q table 9-2).</summary>
    InvalidVlan,

    /// <summary>Untagged or priority-tagged at a port that has no PVID.</summary>
    UntaggedRefused,

    /// <summary>The port is no member of the frame's VLAN (ingress filtering, IEEE 802.1Q 8.6.2).</summary>
    VlanRefused,

    /// <summary>No segment has this VLAN.</summary>
    UnknownSegment,

    /// <summary>The port that received it does not forward (IEEE 802.1Q 8.4).</summary>
    IngressBlocked,

    /// <summary>The port that should send it does not forward.</summary>
    EgressBlocked,

    /// <summary>The frame came out of a tunnel with a VLAN tag in it (RFC 7348 section 6.1).</summary>
    TaggedInTunnel,

    /// <summary>The destination is where the frame came from (IEEE 802.1Q 8.6.1).</summary>
    SameLocation,

    /// <summary>From one tunnel to another: the source has sent the other endpoint its own copy (RFC 8365 section 8.3.1).</summary>
    SplitHorizon,

    /// <summary>To an unknown address in a segment that does not flood such frames.</summary>
    UnknownUnicast,

    /// <summary>There is nobody else in the segment.</summary>
    NoOutput,

    /// <summary>The port may not teach the frame's source, and drops such frames; see <see cref="BridgePortOptions.DropsRefusedSources"/>.</summary>
    SourceRefused,

    /// <summary>The port may not have so many frames flooded, see <see cref="StormLimits"/>.</summary>
    StormLimit,
}
