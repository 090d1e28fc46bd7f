namespace Weft.Bench.Encap;

/// <summary>Both copy each piece behind its headers.</summary>
public sealed class CopyingFragmentationRatio : FragmentationRatio
{
    /// <inheritdoc/>
    public override string Name => "cut frames of 8,192 bytes into 6 packets with all outer headers, copied";

    /// <inheritdoc/>
    public override string PeerName => "DPDK rte_ipv4_fragment_copy_nonseg_packet, IPv4 header only";

    private protected override bool Scatters => false;
}
