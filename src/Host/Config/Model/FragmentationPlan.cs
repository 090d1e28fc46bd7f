using Weft.Encap;

namespace Weft.Host.Config;

/// <summary>How one tunnel endpoint treats frames that are too long for the underlay.</summary>
public sealed record FragmentationPlan
{
    /// <summary>What it does with them; the other properties matter for <see cref="FragmentationPolicy.Fragment"/> alone.</summary>
    public FragmentationPolicy Policy { get; init; } = FragmentationPolicy.Drop;

    /// <summary>Geneve option that carries the fragment information.</summary>
    public GeneveFragmentOption Option { get; init; } = GeneveFragmentOption.Default;

    /// <summary>Next protocol of VXLAN-GPE that stands for a fragment.</summary>
    public byte GpeNextProtocol { get; init; } = TunnelFragmentation.MaxGpeNextProtocol;

    /// <summary>With VXLAN: fragment information goes into reserved bits of its header, since every receiver is known to understand it.</summary>
    public bool VxlanReservedBits { get; init; }

    /// <summary>How frames are cut.</summary>
    public FragmentSplit Split { get; init; } = FragmentSplit.Balanced;

    /// <summary>Longest inner frame that is cut or put together, in bytes.</summary>
    public int MaxFrameBytes { get; init; } = 9216;

    /// <summary>Least bytes of a fragment that is not the last.</summary>
    public int MinFragmentBytes { get; init; } = 256;

    /// <summary>Time from a frame's first fragment until it is given up.</summary>
    public TimeSpan Timeout { get; init; } = TimeSpan.FromMilliseconds(500);

    /// <summary>Frames under way at a time.</summary>
    public int MaxDatagrams { get; init; } = 1024;

    /// <summary>Frames under way a remote endpoint.</summary>
    public int MaxPerSource { get; init; } = 128;

    /// <summary>Frames under way a virtual network.</summary>
    public int MaxPerVni { get; init; } = 512;
}
