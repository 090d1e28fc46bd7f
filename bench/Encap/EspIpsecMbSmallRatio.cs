namespace Weft.Bench.Encap;

/// <summary>Small packets with intel-ipsec-mb.</summary>
public sealed class EspIpsecMbSmallRatio : EspRatio
{
    /// <inheritdoc/>
    public override string PeerName => "intel-ipsec-mb called from C, cipher alone";

    private protected override int PayloadBytes => 62;

    private protected override string Provider => "ipsec-mb";

    private protected override string Source => "ipsec_mb.c";

    private protected override string[] Packages => [];

    private protected override string[] Flags => ["-lIPSec_MB"];
}
