namespace Weft.Encap;

/// <summary>What a <see cref="TunnelFragmenter"/> did.</summary>
public struct FragmentationCounters
{
    /// <summary>Frames that went whole.</summary>
    public long Whole;

    /// <summary>Frames that were cut.</summary>
    public long Fragmented;

    /// <summary>Fragments written.</summary>
    public long Fragments;

    /// <summary>Bytes of packets written, headers included.</summary>
    public long Bytes;

    /// <summary>Frames refused because they are longer than <see cref="TunnelFragmentation.MaxInnerBytes"/>.</summary>
    public long TooBig;

    /// <summary>Frames refused because the next hop's MAC address is unknown.</summary>
    public long NextHopUnresolved;

    /// <summary>Frames whose remaining packets were not written because the sink gave no room.</summary>
    public long OutOfRoom;
}
