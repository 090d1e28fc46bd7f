namespace Weft.Sase;

/// <summary>Where a tenant's route leads.</summary>
public enum SegmentRouteKind : byte
{
    /// <summary>Back to the gateway that the packet came from: it was here to be inspected. For a packet from the Internet, nowhere.</summary>
    Return,

    /// <summary>To the sites of one gateway.</summary>
    Gateway,

    /// <summary>Out to the Internet here, from a public address of the tenant.</summary>
    Uplink,

    /// <summary>Nowhere.</summary>
    Discard,
}
