namespace Weft.Encap;

/// <summary>What a <see cref="TunnelEncapsulator"/> did, one field a reason.</summary>
public struct EncapCounters
{
    /// <summary>Frames given outer headers.</summary>
    public long Encapsulated;

    /// <summary>Bytes of those frames, outer headers included.</summary>
    public long Bytes;

    /// <summary>Frames refused because the outer packet would exceed the MTU.</summary>
    public long TooBig;

    /// <summary>Frames refused because the next hop's MAC address is unknown.</summary>
    public long NextHopUnresolved;

    /// <summary>Frames whose source port came from addresses alone because they carry an IP fragment.</summary>
    public long FragmentEntropy;
}
