namespace Weft.Bench.Encap;

/// <summary>Neither copies a piece.</summary>
public sealed class ScatteringFragmentationRatio : FragmentationRatio
{
    /// <inheritdoc/>
    public override string Name => "cut frames of 8,192 bytes into 6 headers with ranges of the frame";

    /// <inheritdoc/>
    public override string PeerName => "DPDK rte_ipv4_fragment_packet, chains of buffers, IPv4 header only";

    private protected override bool Scatters => true;
}
