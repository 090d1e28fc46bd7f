namespace Weft.MeshAgent;

/// <summary>
/// The files that an agent's identity is read from, all of them PEM. They are looked at again and again; what replaces them takes effect for new
/// connections without a break, and what cannot be read is reported and changes nothing.
/// </summary>
public sealed record CertificateFiles
{
    /// <summary>Our certificate (X509-SVID), followed by intermediates if there are any.</summary>
    public required string Certificate { get; init; }

    /// <summary>
    /// Its private key, PKCS#8 or of the key's own format, not encrypted. Others should not be able to read the file. There may be several, of which the
    /// certificate's is taken: who replaces certificate and key writes both keys first, then the certificate, then its key alone, and a reader always finds a pair.
    /// </summary>
    public required string Key { get; init; }

    /// <summary>For each trust domain whose members may be met, the file with its roots, in any order. At least our own domain.</summary>
    public required IReadOnlyDictionary<string, string> Bundles { get; init; }

    /// <summary>The files that <see cref="DevelopmentAuthority.Issue"/> writes to a folder.</summary>
    /// <param name="folder">The folder.</param>
    /// <param name="trustDomain">The trust domain, such as <c>mesh.example</c>.</param>
    public static CertificateFiles InFolder(string folder, string trustDomain) => new()
    {
        Certificate = Path.Combine(folder, "cert.pem"),
        Key = Path.Combine(folder, "key.pem"),
        Bundles = new Dictionary<string, string> { [trustDomain] = Path.Combine(folder, "bundle.pem") },
    };
}
