using Weft.Conformance.Support;
using Weft.Mesh;

namespace Weft.Conformance.MeshTests;

/// <summary>Identities as the SPIFFE-ID standard writes them.</summary>
[Trait(Kind.Key, Kind.Rfc)]
public sealed class SpiffeIdTests
{
    [Theory]
    [InlineData("spiffe://example.org/web", "example.org", "/web")]
    [InlineData("spiffe://example.org", "example.org", "")]
    [InlineData("SPIFFE://Example.ORG/Web", "example.org", "/Web")]
    [InlineData("spiffe://a_b-c.1/ns/prod/sa/db", "a_b-c.1", "/ns/prod/sa/db")]
    public void SpiffeId_Section2_an_identity_has_a_trust_domain_and_a_path(string text, string domain, string path)
    {
        Assert.True(SpiffeId.TryParse(text, out SpiffeId id));
        Assert.Equal((domain, path), (id.TrustDomain, id.Path));
        Assert.Equal(id, SpiffeId.Parse(id.ToString()));
    }

    [Theory]
    [InlineData("")]
    [InlineData("spiffe://")]
    [InlineData("spiffe:///web")]
    [InlineData("http://example.org/web")]
    [InlineData("spiffe://example.org/")]
    [InlineData("spiffe://example.org//web")]
    [InlineData("spiffe://example.org/web/")]
    [InlineData("spiffe://example.org/./web")]
    [InlineData("spiffe://example.org/../web")]
    [InlineData("spiffe://example.org:80/web")]
    [InlineData("spiffe://user@example.org/web")]
    [InlineData("spiffe://example.org/web?x=1")]
    [InlineData("spiffe://example.org/web#x")]
    [InlineData("spiffe://example.org/w%65b")]
    [InlineData("spiffe://exämple.org/web")]
    public void SpiffeId_Section2_1_what_is_no_identity_is_refused(string text) => Assert.False(SpiffeId.TryParse(text, out _));

    [Fact]
    public void SpiffeId_Section2_3_an_identity_has_2048_characters_at_most_and_its_trust_domain_255()
    {
        Assert.True(SpiffeId.TryParse("spiffe://a/" + new string('x', SpiffeId.MaxLength - 11), out _));
        Assert.False(SpiffeId.TryParse("spiffe://a/" + new string('x', SpiffeId.MaxLength - 10), out _));
        Assert.True(SpiffeId.TryParse($"spiffe://{new string('x', 255)}/a", out _));
        Assert.False(SpiffeId.TryParse($"spiffe://{new string('x', 256)}/a", out _));
    }

    [Fact]
    public void Nobody_is_nobody_else()
    {
        Assert.True(default(SpiffeId).IsEmpty);
        Assert.NotEqual(default, SpiffeId.Parse("spiffe://a"));
    }
}
