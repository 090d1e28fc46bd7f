using System.Security.Cryptography.X509Certificates;
using Weft.Conformance.Support;
using Weft.MeshAgent;
using Weft.MeshAgent.Certificates;

namespace Weft.Conformance.MeshAgentTests;

/// <summary>Whose certificate is taken, and why another is not. Sections are those of SPIFFE's X509-SVID.</summary>
[Trait(Kind.Key, Kind.Rfc)]
public sealed class PeerVerifierTests
{
    private static readonly TestAuthority Ours = new();
    private static readonly TestAuthority Other = new("other.test");

    private static readonly PeerVerifier Verifier = new(
        new TrustBundles(new Dictionary<string, X509Certificate2Collection>
        {
            ["mesh.test"] = [Ours.Root],
            ["other.test"] = [Other.Root],
        }),
        TimeProvider.System);

    [Theory]
    [InlineData("a good one", PeerRefusal.None)]
    [InlineData("a good one with DNS names beside the URI", PeerRefusal.None)]
    [InlineData("a good one behind an intermediate", PeerRefusal.None)]
    [InlineData("a good one without extended key usages", PeerRefusal.None)]
    [InlineData("no names", PeerRefusal.NoIdentity)]
    [InlineData("DNS names only", PeerRefusal.NoIdentity)]
    [InlineData("two URIs", PeerRefusal.SeveralIdentities)]
    [InlineData("the same URI twice", PeerRefusal.SeveralIdentities)]
    [InlineData("a URI of the web", PeerRefusal.MalformedIdentity)]
    [InlineData("a trust domain without a path", PeerRefusal.MalformedIdentity)]
    [InlineData("a slash at the end", PeerRefusal.MalformedIdentity)]
    [InlineData("an authority", PeerRefusal.AuthorityAsPeer)]
    [InlineData("key usage of an authority", PeerRefusal.WrongKeyUsage)]
    [InlineData("key usage for signing lists", PeerRefusal.WrongKeyUsage)]
    [InlineData("key usage for encryption only", PeerRefusal.WrongKeyUsage)]
    [InlineData("no key usage", PeerRefusal.WrongKeyUsage)]
    [InlineData("for servers only", PeerRefusal.WrongExtendedKeyUsage)]
    [InlineData("for mail only", PeerRefusal.WrongExtendedKeyUsage)]
    [InlineData("expired a minute ago", PeerRefusal.Expired)]
    [InlineData("valid from tomorrow", PeerRefusal.NotYetValid)]
    [InlineData("of a domain that is not known", PeerRefusal.UnknownTrustDomain)]
    public void A_client_shows_a_certificate(string kind, PeerRefusal expected)
    {
        var shape = kind switch
        {
            "a good one with DNS names beside the URI" => new CertificateShape { DnsNames = ["web.mesh.test"] },
            "a good one behind an intermediate" => new CertificateShape { HasIntermediate = true },
            "a good one without extended key usages" => new CertificateShape { ExtendedKeyUsages = [] },
            "no names" => new CertificateShape { Uris = [] },
            "DNS names only" => new CertificateShape { Uris = [], DnsNames = ["client.mesh.test"] },
            "two URIs" => new CertificateShape { Uris = ["spiffe://mesh.test/client", "spiffe://mesh.test/other"] },
            "the same URI twice" => new CertificateShape { Uris = ["spiffe://mesh.test/client", "spiffe://mesh.test/client"] },
            "a URI of the web" => new CertificateShape { Uris = ["https://mesh.test/client"] },
            "a trust domain without a path" => new CertificateShape { Uris = ["spiffe://mesh.test"] },
            "a slash at the end" => new CertificateShape { Uris = ["spiffe://mesh.test/client/"] },
            "an authority" => new CertificateShape { IsAuthority = true },
            "key usage of an authority" => new CertificateShape { KeyUsage = X509KeyUsageFlags.DigitalSignature | X509KeyUsageFlags.KeyCertSign },
            "key usage for signing lists" => new CertificateShape { KeyUsage = X509KeyUsageFlags.DigitalSignature | X509KeyUsageFlags.CrlSign },
            "key usage for encryption only" => new CertificateShape { KeyUsage = X509KeyUsageFlags.KeyEncipherment },
            "no key usage" => new CertificateShape { KeyUsage = null },
            "for servers only" => new CertificateShape { ExtendedKeyUsages = ["1.3.6.1.5.5.7.3.1"] },
            "for mail only" => new CertificateShape { ExtendedKeyUsages = ["1.3.6.1.5.5.7.3.4"] },
            "expired a minute ago" => new CertificateShape { Until = TimeSpan.FromMinutes(-1) },
            "valid from tomorrow" => new CertificateShape { From = CertificateShape.Day, Until = 2 * CertificateShape.Day },
            "of a domain that is not known" => new CertificateShape { Uris = ["spiffe://nowhere.test/client"] },
            _ => new CertificateShape(),
        };

        PeerVerdict verdict = Show(Ours, shape);

        Assert.Equal(expected, verdict.Refusal);
        Assert.Equal(expected == PeerRefusal.None ? "spiffe://mesh.test/client" : "", verdict.Id.ToString());
    }

    [Fact]
    public void Section_4_4_The_same_certificate_may_do_for_a_server_and_not_for_a_client()
    {
        (X509Certificate2 leaf, _) = Ours.Issue(new CertificateShape { ExtendedKeyUsages = ["1.3.6.1.5.5.7.3.1"] });

        Assert.Equal(PeerRefusal.None, Verifier.Verify(leaf.RawData, [], PeerRole.Server).Refusal);
        Assert.Equal(PeerRefusal.WrongExtendedKeyUsage, Verifier.Verify(leaf.RawData, [], PeerRole.Client).Refusal);
    }

    [Fact]
    public void The_authority_of_one_domain_makes_no_names_of_another()
    {
        var shape = new CertificateShape { Uris = ["spiffe://mesh.test/client"] };

        Assert.Equal(PeerRefusal.UntrustedChain, Show(Other, shape).Refusal);
        Assert.Equal(PeerRefusal.None, Show(Other, shape with { Uris = ["spiffe://other.test/client"] }).Refusal);
    }

    [Fact]
    public void A_chain_without_its_intermediate_is_not_trusted_until_the_intermediate_was_seen()
    {
        (X509Certificate2 leaf, X509Certificate2[] intermediates) = Ours.Issue(new CertificateShape { HasIntermediate = true });

        Assert.Equal(PeerRefusal.UntrustedChain, Verifier.Verify(leaf.RawData, [], PeerRole.Client).Refusal);
        Assert.Equal(PeerRefusal.None, Verifier.Verify(leaf.RawData, [intermediates[0].RawData], PeerRole.Client).Refusal);
        Assert.Equal(PeerRefusal.None, Verifier.Verify(leaf.RawData, [], PeerRole.Client).Refusal);
    }

    [Fact]
    public void A_certificate_that_a_leaf_has_signed_is_not_trusted()
    {
        (X509Certificate2 leaf, _) = Ours.Issue(new CertificateShape());
        var request = new CertificateRequest("CN=minted", leaf.GetECDsaPrivateKey()!, System.Security.Cryptography.HashAlgorithmName.SHA256);
        (X509Certificate2 pattern, _) = Ours.Issue(new CertificateShape());
        foreach (X509Extension extension in pattern.Extensions)
        {
            request.CertificateExtensions.Add(extension);
        }

        X509Certificate2 minted = request.Create(leaf.SubjectName, X509SignatureGenerator.CreateForECDsa(leaf.GetECDsaPrivateKey()!), DateTimeOffset.UtcNow.AddHours(-1), DateTimeOffset.UtcNow.AddHours(1), [1, 2, 3]);

        Assert.Equal(PeerRefusal.UntrustedChain, Verifier.Verify(minted.RawData, [leaf.RawData], PeerRole.Client).Refusal);
    }

    [Fact]
    public void What_was_valid_is_asked_again_against_the_clock()
    {
        var clock = new SettableClock(DateTimeOffset.UtcNow);
        var verifier = new PeerVerifier(new TrustBundles(new Dictionary<string, X509Certificate2Collection> { ["mesh.test"] = [Ours.Root] }), clock);
        (X509Certificate2 leaf, _) = Ours.Issue(new CertificateShape { Until = TimeSpan.FromHours(1) });
        Assert.Equal(PeerRefusal.None, verifier.Verify(leaf.RawData, [], PeerRole.Client).Refusal);

        clock.Now += TimeSpan.FromHours(2);

        Assert.Equal(PeerRefusal.Expired, verifier.Verify(leaf.RawData, [], PeerRole.Client).Refusal);
    }

    [Fact]
    public void Bytes_that_are_no_certificate_are_refused_and_nothing_is_thrown()
    {
        (X509Certificate2 leaf, _) = Ours.Issue(new CertificateShape());
        byte[] good = leaf.RawData;

        Assert.Equal(PeerRefusal.NoCertificate, Verifier.Verify([], [], PeerRole.Client).Refusal);
        for (int length = 1; length < good.Length; length += 7)
        {
            Assert.NotEqual(PeerRefusal.None, Verifier.Verify(good.AsSpan(0, length), [], PeerRole.Client).Refusal);
        }

        var random = new Random(5);
        for (int i = 0; i < 300; i++)
        {
            byte[] damaged = [.. good];
            damaged[random.Next(damaged.Length)] ^= (byte)(1 << random.Next(8));
            Assert.NotEqual(PeerRefusal.None, Verifier.Verify(damaged, [], PeerRole.Client).Refusal);
            _ = Verifier.Verify(good, [damaged], PeerRole.Client);
        }
    }

    private static PeerVerdict Show(TestAuthority authority, CertificateShape shape)
    {
        (X509Certificate2 leaf, X509Certificate2[] intermediates) = authority.Issue(shape);
        return Verifier.Verify(leaf.RawData, [.. intermediates.Select(certificate => certificate.RawData)], PeerRole.Client);
    }

    private sealed class SettableClock(DateTimeOffset start) : TimeProvider
    {
        public DateTimeOffset Now { get; set; } = start;

        public override DateTimeOffset GetUtcNow() => Now;
    }
}
