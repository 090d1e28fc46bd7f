using System.Formats.Asn1;
using System.Security.Cryptography;
using System.Security.Cryptography.X509Certificates;
using System.Text;
using Weft.Host.Datapath.Keeping;
using Weft.Mesh;
using Weft.MeshAgent.Certificates;

namespace Weft.MeshAgent;

/// <summary>
/// A certificate authority in a folder, for development only: its key lies in a file, nobody revokes or renews, and whoever can read the folder
/// is everybody. Production certificates come from outside (SPIRE, cert-manager, a PKI of your own).
/// </summary>
public static class DevelopmentAuthority
{
    /// <summary>Name of the authority's certificate in its folder.</summary>
    public const string CertificateName = "ca.pem";

    /// <summary>Name of the authority's private key in its folder, readable by its owner only.</summary>
    public const string KeyName = "ca-key.pem";

    private const UnixFileMode ReadableByAll = AtomicFile.OwnerOnly | UnixFileMode.GroupRead | UnixFileMode.OtherRead;

    /// <summary>Clocks of machines may differ by so much.</summary>
    private static readonly TimeSpan Backdated = TimeSpan.FromMinutes(5);

    private static readonly TimeSpan AuthorityLife = TimeSpan.FromDays(365);

    /// <summary>Makes an authority: an ECDSA P-256 key and a certificate of a year that names the trust domain.</summary>
    /// <param name="folder">Where to; made if it is not there.</param>
    /// <param name="trustDomain">The trust domain, such as <c>mesh.example</c>.</param>
    /// <param name="time">The clock.</param>
    /// <exception cref="ArgumentException">The trust domain is none.</exception>
    /// <exception cref="IOException">There is an authority already, which would be lost, or a file cannot be written.</exception>
    public static void Initialize(string folder, string trustDomain, TimeProvider time)
    {
        ArgumentNullException.ThrowIfNull(time);
        if (!SpiffeId.TryParse($"spiffe://{trustDomain}", out SpiffeId id) || id.Path.Length > 0)
        {
            throw new ArgumentException($"'{trustDomain}' is not a trust domain such as mesh.example", nameof(trustDomain));
        }

        string keyPath = Path.Combine(folder, KeyName);
        if (File.Exists(keyPath))
        {
            throw new IOException($"{keyPath} exists: there is an authority in this folder already");
        }

        Directory.CreateDirectory(folder);
        using var key = ECDsa.Create(ECCurve.NamedCurves.nistP256);
        var request = new CertificateRequest($"CN=Weft development CA, O={id.TrustDomain}", key, HashAlgorithmName.SHA256);
        request.CertificateExtensions.Add(new X509BasicConstraintsExtension(true, true, 0, true));
        request.CertificateExtensions.Add(new X509KeyUsageExtension(X509KeyUsageFlags.KeyCertSign | X509KeyUsageFlags.CrlSign, true));
        request.CertificateExtensions.Add(new X509SubjectKeyIdentifierExtension(request.PublicKey, false));
        request.CertificateExtensions.Add(NameOf(id));
        DateTimeOffset now = time.GetUtcNow();
        using X509Certificate2 certificate = request.CreateSelfSigned(now - Backdated, now + AuthorityLife);
        // The key last: it is what makes an authority, and whoever is ended before it is there begins again.
        Write(Path.Combine(folder, CertificateName), certificate.ExportCertificatePem(), ReadableByAll);
        Write(keyPath, key.ExportPkcs8PrivateKeyPem(), AtomicFile.OwnerOnly);
    }

    /// <summary>
    /// Makes a key and a certificate for a member, and writes <c>cert.pem</c>, <c>key.pem</c> (readable by its owner only) and <c>bundle.pem</c>
    /// (the authority's certificate). Files of these names are replaced, each at once, so that they belong together at every moment: while the certificate
    /// is replaced, the other two hold what fits the old one and the new one.
    /// </summary>
    /// <param name="authorityFolder">Where the authority is.</param>
    /// <param name="id">Whom to name: an identity with a path, of the authority's trust domain.</param>
    /// <param name="folder">Where to write to; made if it is not there.</param>
    /// <param name="life">How long it is valid from now, more than zero.</param>
    /// <param name="time">The clock.</param>
    /// <exception cref="ArgumentException">The identity has no path or another trust domain.</exception>
    /// <exception cref="ArgumentOutOfRangeException"><paramref name="life"/> is not more than zero.</exception>
    /// <exception cref="IOException">There is no authority, or a file cannot be written.</exception>
    public static void Issue(string authorityFolder, SpiffeId id, string folder, TimeSpan life, TimeProvider time)
    {
        ArgumentNullException.ThrowIfNull(time);
        ArgumentOutOfRangeException.ThrowIfLessThanOrEqual(life, TimeSpan.Zero);
        string authorityPath = Path.Combine(authorityFolder, CertificateName);
        using X509Certificate2 authority = X509Certificate2.CreateFromPemFile(authorityPath, Path.Combine(authorityFolder, KeyName));
        _ = PeerVerifier.ReadIdentity(authority, out SpiffeId issuer);
        if (id.Path.Length == 0 || id.TrustDomain != issuer.TrustDomain)
        {
            throw new ArgumentException($"'{id}' must be of the trust domain {issuer.TrustDomain} and have a path, such as {issuer}/web", nameof(id));
        }

        Directory.CreateDirectory(folder);
        using var key = ECDsa.Create(ECCurve.NamedCurves.nistP256);
        var request = new CertificateRequest("O=Weft development", key, HashAlgorithmName.SHA256);
        request.CertificateExtensions.Add(new X509BasicConstraintsExtension(false, false, 0, true));
        request.CertificateExtensions.Add(new X509KeyUsageExtension(X509KeyUsageFlags.DigitalSignature, true));
        request.CertificateExtensions.Add(new X509EnhancedKeyUsageExtension([new Oid("1.3.6.1.5.5.7.3.1"), new Oid("1.3.6.1.5.5.7.3.2")], false));
        request.CertificateExtensions.Add(new X509SubjectKeyIdentifierExtension(request.PublicKey, false));
        request.CertificateExtensions.Add(X509AuthorityKeyIdentifierExtension.CreateFromCertificate(authority, true, false));
        request.CertificateExtensions.Add(NameOf(id));
        DateTimeOffset now = time.GetUtcNow();
        DateTimeOffset end = Min(now + life, new DateTimeOffset(authority.NotAfter));
        using X509Certificate2 certificate = request.Create(authority, now - Backdated, end, RandomNumberGenerator.GetBytes(16));
        CertificateFiles files = CertificateFiles.InFolder(folder, issuer.TrustDomain);
        string bundlePath = files.Bundles[issuer.TrustDomain], bundle = File.ReadAllText(authorityPath), pem = key.ExportPkcs8PrivateKeyPem();
        (string oldKey, string oldBundle) = InUse(files.Certificate, files.Key, bundlePath);
        Write(files.Key, $"{pem}\n{oldKey}", AtomicFile.OwnerOnly);
        Write(bundlePath, oldBundle.Contains(bundle, StringComparison.Ordinal) ? oldBundle : bundle + oldBundle, ReadableByAll);
        Write(files.Certificate, certificate.ExportCertificatePem(), ReadableByAll);
        Write(bundlePath, bundle, ReadableByAll);
        Write(files.Key, pem, AtomicFile.OwnerOnly);
    }

    /// <summary>The key and the bundle of a certificate that is there; empty if none can be used.</summary>
    private static (string Key, string Bundle) InUse(string certificatePath, string keyPath, string bundlePath)
    {
        try
        {
            using X509Certificate2 certificate = X509CertificateLoader.LoadCertificateFromFile(certificatePath);
            using X509Certificate2 joined = KeyFile.Join(certificate, File.ReadAllText(keyPath), out string key);
            return (key, File.ReadAllText(bundlePath));
        }
        catch (Exception unusable) when (unusable is IOException or UnauthorizedAccessException or CryptographicException or ArgumentException or InvalidOperationException)
        {
            return ("", "");
        }
    }

    // Written by hand: System.Uri would put a slash behind a bare trust domain.
    private static X509Extension NameOf(SpiffeId id)
    {
        var names = new AsnWriter(AsnEncodingRules.DER);
        using (names.PushSequence())
        {
            names.WriteCharacterString(UniversalTagNumber.IA5String, id.ToString(), PeerVerifier.UriTag);
        }

        return new X509Extension(PeerVerifier.SubjectAlternativeName, names.Encode(), critical: false);
    }

    private static DateTimeOffset Min(DateTimeOffset left, DateTimeOffset right) => left < right ? left : right;

    private static void Write(string path, string pem, UnixFileMode mode) => AtomicFile.Write(path, mode, Encoding.ASCII.GetBytes(pem.TrimEnd() + "\n"));
}
