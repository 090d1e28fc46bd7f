namespace Weft.Bench.Encap;

/// <summary>Full packets with OpenSSL.</summary>
public sealed class EspOpenSslLargeRatio : EspRatio
{
    /// <inheritdoc/>
    public override string PeerName => "OpenSSL EVP with reused contexts called from C, cipher alone";

    private protected override int PayloadBytes => 1398;

    private protected override string Provider => "openssl";

    private protected override string Source => "openssl_gcm.c";

    private protected override string[] Packages => ["libcrypto"];

    private protected override string[] Flags => [];
}
