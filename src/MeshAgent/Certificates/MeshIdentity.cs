using System.Security.Cryptography;
using System.Security.Cryptography.X509Certificates;
using Weft.Mesh;

namespace Weft.MeshAgent.Certificates;

/// <summary>Our certificate with its key, and the bundles that judge others: one generation, read whole or not at all.</summary>
internal sealed class MeshIdentity
{
    private readonly X509Certificate2 _leafWithKey;

    private MeshIdentity(X509Certificate2 leafWithKey, IReadOnlyList<byte[]> intermediates, TrustBundles bundles, SpiffeId id)
    {
        _leafWithKey = leafWithKey;
        Intermediates = intermediates;
        Bundles = bundles;
        Id = id;
    }

    /// <summary>Who we are.</summary>
    public SpiffeId Id { get; }

    public X509Certificate2 Leaf => _leafWithKey;

    public IReadOnlyList<byte[]> Intermediates { get; }

    public TrustBundles Bundles { get; }

    public DateTimeOffset NotBefore => new(_leafWithKey.NotBefore);

    public DateTimeOffset NotAfter => new(_leafWithKey.NotAfter);

    /// <summary>Reads the files and checks that they belong together: peers would refuse anything else.</summary>
    /// <exception cref="InvalidDataException">They do not; the message names the file.</exception>
    public static MeshIdentity Load(CertificateFiles files, TimeProvider time)
    {
        X509Certificate2Collection certificates = ReadCertificates(files.Certificate);
        TrustBundles bundles = new(files.Bundles.ToDictionary(pair => pair.Key, pair => ReadCertificates(pair.Value)));
        X509Certificate2 leaf = WithKey(certificates[0], files.Key);
        byte[][] intermediates = [.. certificates.Skip(1).Select(certificate => certificate.RawData)];
        var verifier = new PeerVerifier(bundles, time);
        foreach (PeerRole role in (ReadOnlySpan<PeerRole>)[PeerRole.Client, PeerRole.Server])
        {
            PeerVerdict verdict = verifier.Verify(leaf.RawData, intermediates, role);
            if (verdict.Refusal != PeerRefusal.None)
            {
                throw new InvalidDataException($"{files.Certificate}: others would refuse this certificate: {verdict.Refusal}");
            }
        }

        _ = PeerVerifier.ReadIdentity(leaf, out SpiffeId id);
        return new MeshIdentity(leaf, intermediates, bundles, id);
    }

    /// <summary>The private key as PKCS#8; the caller clears it.</summary>
    public byte[] ExportKey()
    {
        using AsymmetricAlgorithm key = (AsymmetricAlgorithm?)_leafWithKey.GetECDsaPrivateKey() ?? _leafWithKey.GetRSAPrivateKey()
            ?? throw new InvalidDataException("the certificate's key is neither ECDSA nor RSA");
        return key.ExportPkcs8PrivateKey();
    }

    private static X509Certificate2Collection ReadCertificates(string path)
    {
        var certificates = new X509Certificate2Collection();
        try
        {
            certificates.ImportFromPemFile(path);
        }
        catch (Exception refused) when (refused is CryptographicException or IOException or UnauthorizedAccessException)
        {
            throw new InvalidDataException($"{path}: {refused.Message}", refused);
        }

        return certificates.Count > 0 ? certificates : throw new InvalidDataException($"{path}: has no certificate");
    }

    private static X509Certificate2 WithKey(X509Certificate2 leaf, string path)
    {
        try
        {
            return KeyFile.Join(leaf, File.ReadAllText(path), out _);
        }
        catch (Exception refused) when (refused is CryptographicException or ArgumentException or InvalidOperationException or IOException or UnauthorizedAccessException)
        {
            throw new InvalidDataException($"{path}: {refused.Message}", refused);
        }
    }
}
