using System.Formats.Asn1;
using System.Security.Cryptography;
using System.Security.Cryptography.X509Certificates;

namespace Weft.Conformance.MeshAgentTests;

/// <summary>What a certificate of the tests is to be like; the default is a good one.</summary>
internal sealed record CertificateShape
{
    public static readonly TimeSpan Day = TimeSpan.FromDays(1);

    public string[] Uris { get; init; } = ["spiffe://mesh.test/client"];

    public string[] DnsNames { get; init; } = [];

    public bool IsAuthority { get; init; }

    public X509KeyUsageFlags? KeyUsage { get; init; } = X509KeyUsageFlags.DigitalSignature;

    public string[] ExtendedKeyUsages { get; init; } = ["1.3.6.1.5.5.7.3.1", "1.3.6.1.5.5.7.3.2"];

    public TimeSpan From { get; init; } = -Day;

    public TimeSpan Until { get; init; } = Day;

    /// <summary>An intermediate between the authority and the certificate.</summary>
    public bool HasIntermediate { get; init; }
}

/// <summary>An authority that makes certificates of any shape.</summary>
internal sealed class TestAuthority
{
    private readonly ECDsa _key = ECDsa.Create(ECCurve.NamedCurves.nistP256);

    public TestAuthority(string trustDomain = "mesh.test")
    {
        var request = new CertificateRequest($"CN=root of {trustDomain}", _key, HashAlgorithmName.SHA256);
        request.CertificateExtensions.Add(new X509BasicConstraintsExtension(true, false, 0, true));
        request.CertificateExtensions.Add(new X509KeyUsageExtension(X509KeyUsageFlags.KeyCertSign, true));
        Root = request.CreateSelfSigned(DateTimeOffset.UtcNow - TimeSpan.FromDays(30), DateTimeOffset.UtcNow + TimeSpan.FromDays(300));
    }

    public X509Certificate2 Root { get; }

    /// <summary>Makes a certificate.</summary>
    /// <returns>The certificate with its key, and the intermediates that belong to it.</returns>
    public (X509Certificate2 Leaf, X509Certificate2[] Intermediates) Issue(CertificateShape shape)
    {
        DateTimeOffset now = DateTimeOffset.UtcNow;
        X509Certificate2 issuer = Root;
        X509Certificate2[] intermediates = [];
        if (shape.HasIntermediate)
        {
            using var key = ECDsa.Create(ECCurve.NamedCurves.nistP256);
            var middle = new CertificateRequest("CN=intermediate", key, HashAlgorithmName.SHA256);
            middle.CertificateExtensions.Add(new X509BasicConstraintsExtension(true, false, 0, true));
            middle.CertificateExtensions.Add(new X509KeyUsageExtension(X509KeyUsageFlags.KeyCertSign, true));
            issuer = middle.Create(Root, now - TimeSpan.FromDays(20), now + TimeSpan.FromDays(20), RandomNumberGenerator.GetBytes(8)).CopyWithPrivateKey(key);
            intermediates = [issuer];
        }

        using var leafKey = ECDsa.Create(ECCurve.NamedCurves.nistP256);
        var request = new CertificateRequest("CN=leaf", leafKey, HashAlgorithmName.SHA256);
        request.CertificateExtensions.Add(new X509BasicConstraintsExtension(shape.IsAuthority, false, 0, true));
        if (shape.KeyUsage is { } usage)
        {
            request.CertificateExtensions.Add(new X509KeyUsageExtension(usage, true));
        }

        if (shape.ExtendedKeyUsages.Length > 0)
        {
            request.CertificateExtensions.Add(new X509EnhancedKeyUsageExtension([.. shape.ExtendedKeyUsages.Select(oid => new Oid(oid))], false));
        }

        if (shape.Uris.Length + shape.DnsNames.Length > 0)
        {
            request.CertificateExtensions.Add(NamesOf(shape));
        }

        X509Certificate2 leaf = request.Create(issuer, now + shape.From, now + shape.Until, RandomNumberGenerator.GetBytes(8));
        return (leaf.CopyWithPrivateKey(leafKey), intermediates);
    }

    /// <summary>Writes cert.pem with the chain, key.pem and bundle.pem to a folder.</summary>
    public void WriteTo(string folder, CertificateShape shape)
    {
        (X509Certificate2 leaf, X509Certificate2[] intermediates) = Issue(shape);
        Directory.CreateDirectory(folder);
        File.WriteAllText(Path.Combine(folder, "bundle.pem"), Root.ExportCertificatePem() + "\n");
        string keyPath = Path.Combine(folder, "key.pem");
        File.WriteAllText(keyPath, leaf.GetECDsaPrivateKey()!.ExportPkcs8PrivateKeyPem() + "\n");
        if (!OperatingSystem.IsWindows())
        {
            File.SetUnixFileMode(keyPath, UnixFileMode.UserRead | UnixFileMode.UserWrite);
        }

        File.WriteAllText(Path.Combine(folder, "cert.pem"), string.Join("\n", intermediates.Prepend(leaf).Select(certificate => certificate.ExportCertificatePem())) + "\n");
    }

    private static X509Extension NamesOf(CertificateShape shape)
    {
        var writer = new AsnWriter(AsnEncodingRules.DER);
        using (writer.PushSequence())
        {
            foreach (string name in shape.DnsNames)
            {
                writer.WriteCharacterString(UniversalTagNumber.IA5String, name, new Asn1Tag(TagClass.ContextSpecific, 2));
            }

            foreach (string uri in shape.Uris)
            {
                writer.WriteCharacterString(UniversalTagNumber.IA5String, uri, new Asn1Tag(TagClass.ContextSpecific, 6));
            }
        }

        return new X509Extension("2.5.29.17", writer.Encode(), false);
    }
}
