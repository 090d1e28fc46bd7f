using System.Collections.Concurrent;
using System.Formats.Asn1;
using System.Runtime.InteropServices;
using System.Security.Cryptography;
using System.Security.Cryptography.X509Certificates;
using Weft.Mesh;

namespace Weft.MeshAgent.Certificates;

/// <summary>
/// Judges the certificates of peers by the rules of SPIFFE's X509-SVID: exactly one identity, no authority, and a chain to the bundle of the
/// trust domain that the identity names, chosen before anything is validated.
/// </summary>
/// <remarks>
/// A certificate that was found valid is remembered for the life of the bundles, so that it is validated once and later only compared
/// with the clock. Whatever intermediates it came with then, there is a path. Refusals are not remembered. Safe to call from several threads.
/// </remarks>
internal sealed class PeerVerifier(TrustBundles bundles, TimeProvider time)
{
    private const int MaxRemembered = 65_536;
    private const string ServerAuthentication = "1.3.6.1.5.5.7.3.1";
    private const string ClientAuthentication = "1.3.6.1.5.5.7.3.2";
    public const string SubjectAlternativeName = "2.5.29.17";

    /// <summary>uniformResourceIdentifier of GeneralName (RFC 5280 section 4.2.1.6).</summary>
    public static readonly Asn1Tag UriTag = new(TagClass.ContextSpecific, 6);

    private readonly ConcurrentDictionary<Fingerprint, PeerVerdict> _accepted = new();

    /// <summary>Judges a certificate.</summary>
    /// <param name="leaf">The peer's certificate, in DER; empty if it sent none.</param>
    /// <param name="intermediates">Others that it sent, in any order.</param>
    /// <param name="role">The peer's role.</param>
    public PeerVerdict Verify(ReadOnlySpan<byte> leaf, IReadOnlyList<byte[]> intermediates, PeerRole role)
    {
        if (leaf.IsEmpty)
        {
            return Refuse(PeerRefusal.NoCertificate);
        }

        DateTimeOffset now = time.GetUtcNow();
        Fingerprint fingerprint = Fingerprint.Of(leaf, role);
        if (_accepted.TryGetValue(fingerprint, out PeerVerdict known))
        {
            return now > known.NotAfter ? Refuse(PeerRefusal.Expired) : known;
        }

        PeerVerdict verdict;
        try
        {
            using X509Certificate2 certificate = X509CertificateLoader.LoadCertificate(leaf);
            verdict = Judge(certificate, intermediates, role, now);
        }
        catch (Exception damaged) when (damaged is CryptographicException or AsnContentException)
        {
            return Refuse(PeerRefusal.MalformedCertificate);
        }

        if (verdict.Refusal == PeerRefusal.None)
        {
            if (_accepted.Count >= MaxRemembered)
            {
                _accepted.Clear();
            }

            _accepted[fingerprint] = verdict;
        }

        return verdict;
    }

    /// <summary>The identity in a certificate, if it is one that may stand for a workload.</summary>
    internal static PeerRefusal ReadIdentity(X509Certificate2 certificate, out SpiffeId id)
    {
        id = default;
        int count = 0;
        string uri = "";
        foreach (X509Extension extension in certificate.Extensions)
        {
            if (extension.Oid?.Value != SubjectAlternativeName)
            {
                continue;
            }

            var names = new AsnReader(extension.RawData, AsnEncodingRules.DER);
            AsnReader sequence = names.ReadSequence();
            names.ThrowIfNotEmpty();
            while (sequence.HasData)
            {
                if (sequence.PeekTag() == UriTag)
                {
                    uri = sequence.ReadCharacterString(UniversalTagNumber.IA5String, UriTag);
                    count++;
                }
                else
                {
                    _ = sequence.ReadEncodedValue();
                }
            }
        }

        return count == 0 ? PeerRefusal.NoIdentity
            : count > 1 ? PeerRefusal.SeveralIdentities
            : SpiffeId.TryParse(uri, out id) && id.Path.Length > 0 ? PeerRefusal.None
            : PeerRefusal.MalformedIdentity;
    }

    private PeerVerdict Judge(X509Certificate2 certificate, IReadOnlyList<byte[]> intermediates, PeerRole role, DateTimeOffset now)
    {
        PeerRefusal refusal = ReadIdentity(certificate, out SpiffeId id);
        if (refusal != PeerRefusal.None)
        {
            return Refuse(refusal);
        }

        refusal = JudgePurpose(certificate, role);
        if (refusal != PeerRefusal.None)
        {
            return Refuse(refusal);
        }

        if (now < certificate.NotBefore)
        {
            return Refuse(PeerRefusal.NotYetValid);
        }

        if (now > certificate.NotAfter)
        {
            return Refuse(PeerRefusal.Expired);
        }

        X509Certificate2Collection? roots = bundles.Find(id.TrustDomain);
        return roots is null ? Refuse(PeerRefusal.UnknownTrustDomain)
            : TryChain(certificate, intermediates, roots, now, out DateTimeOffset notAfter) ? new PeerVerdict(PeerRefusal.None, id, notAfter)
            : Refuse(PeerRefusal.UntrustedChain);
    }

    private static PeerRefusal JudgePurpose(X509Certificate2 certificate, PeerRole role)
    {
        X509KeyUsageFlags usages = X509KeyUsageFlags.None;
        foreach (X509Extension extension in certificate.Extensions)
        {
            switch (extension)
            {
                case X509BasicConstraintsExtension { CertificateAuthority: true }:
                    return PeerRefusal.AuthorityAsPeer;
                case X509KeyUsageExtension usage:
                    usages = usage.KeyUsages;
                    break;
                case X509EnhancedKeyUsageExtension extended
                    when !extended.EnhancedKeyUsages.Cast<Oid>().Any(purpose => purpose.Value == (role == PeerRole.Server ? ServerAuthentication : ClientAuthentication)):
                    return PeerRefusal.WrongExtendedKeyUsage;
            }
        }

        const X509KeyUsageFlags signing = X509KeyUsageFlags.KeyCertSign | X509KeyUsageFlags.CrlSign;
        return (usages & X509KeyUsageFlags.DigitalSignature) == 0 || (usages & signing) != 0 ? PeerRefusal.WrongKeyUsage : PeerRefusal.None;
    }

    private static bool TryChain(X509Certificate2 certificate, IReadOnlyList<byte[]> intermediates, X509Certificate2Collection roots, DateTimeOffset now, out DateTimeOffset notAfter)
    {
        using var chain = new X509Chain();
        X509ChainPolicy policy = chain.ChainPolicy;
        policy.TrustMode = X509ChainTrustMode.CustomRootTrust;
        policy.CustomTrustStore.AddRange(roots);
        policy.RevocationMode = X509RevocationMode.NoCheck; // certificates of a mesh are short-lived instead
        policy.DisableCertificateDownloads = true;
        policy.VerificationTimeIgnored = false;
        policy.VerificationTime = now.UtcDateTime;
        var extra = intermediates.Select(bytes => X509CertificateLoader.LoadCertificate(bytes)).ToList();
        try
        {
            policy.ExtraStore.AddRange(extra.ToArray());
            bool trusted = chain.Build(certificate);
            notAfter = chain.ChainElements.Count == 0 ? default : chain.ChainElements.Min(element => new DateTimeOffset(element.Certificate.NotAfter));
            return trusted;
        }
        finally
        {
            extra.ForEach(item => item.Dispose());
            foreach (X509ChainElement element in chain.ChainElements)
            {
                element.Certificate.Dispose();
            }
        }
    }

    private static PeerVerdict Refuse(PeerRefusal refusal) => new(refusal, default, default);

    /// <summary>SHA-256 of a certificate, and the role for which it was judged.</summary>
    private readonly record struct Fingerprint(UInt128 First, UInt128 Second, PeerRole Role)
    {
        public static Fingerprint Of(ReadOnlySpan<byte> certificate, PeerRole role)
        {
            Span<UInt128> hash = stackalloc UInt128[2];
            SHA256.HashData(certificate, MemoryMarshal.AsBytes(hash));
            return new Fingerprint(hash[0], hash[1], role);
        }
    }
}
