namespace Weft.Bench.Encap;

/// <summary>Small packets with OpenSSL.</summary>
public sealed class EspOpenSslSmallRatio : EspRatio
{
    /// <inheritdoc/>
    public override string PeerName => "OpenSSL EVP with reused contexts called from C, cipher alone";

    private protected override int PayloadBytes => 62;

    private protected override string Provider => "openssl";

    private protected override string Source => "openssl_gcm.c";

    private protected override string[] Packages => ["libcrypto"];

    private protected override string[] Flags => [];
}
