using Weft.Conformance.Support;
using Weft.Host.Config;
using Weft.Sase;

namespace Weft.Conformance.HostTests;

/// <summary>What is refused of a point of presence before anything starts, and where.</summary>
[Trait(Kind.Key, Kind.Model)]
public sealed class SaseConfigurationTests
{
    private static readonly string Good = File.ReadAllText(Repository.File("samples/sase-node.yaml"));

    [Fact]
    public void The_samples_are_a_gateway_and_a_node()
    {
        SasePlan node = Plan(Good);
        Assert.Equal((0, -1), (node.Node, node.Gateway));
        SegmentOptions acme = node.Tenants[0].Segment;
        Assert.Equal((1001u, 1001 % 64), (acme.Vni, acme.Bundle));
        Assert.Equal([SegmentRouteKind.Uplink, SegmentRouteKind.Gateway, SegmentRouteKind.Gateway], acme.Routes.Select(route => route.Kind));
        SasePlan gateway = Plan(File.ReadAllText(Repository.File("samples/sase-gateway.yaml")));
        Assert.Equal((-1, 0), (gateway.Node, gateway.Gateway));
        Assert.All(gateway.Tenants, tenant => Assert.InRange(tenant.Router, 1, 2));
    }

    [Theory]
    [InlineData("address: 10.99.0.11\n", "address: 10.99.0.99\n", "neither in gateways nor in nodes")]
    [InlineData("address: 10.99.0.11\n", "address: 10.99.0.12\n", "no address of router 'pop'")]
    [InlineData("router: pop\n", "router: pup\n", "no router has the name 'pup'")]
    [InlineData("uplink: internet\n", "uplink: underlay2\n", "no interface in segment 'underlay2'")]
    [InlineData("vni: 1002", "vni: 1001", "another tenant's already")]
    [InlineData("gateway: 10.99.0.2}", "gateway: 10.99.0.7}", "is no gateway")]
    [InlineData("{prefix: 10.0.0.0/16, to: gateway, gateway: 10.99.0.1}", "{prefix: 10.0.0.0/16, to: gateway}", "does not say to which gateway")]
    [InlineData("publicAddresses: [203.0.113.12]", "publicAddresses: [203.0.113.11]", "belongs to tenant 'acme' of bundle")]
    [InlineData("public: 203.0.113.11", "public: 203.0.113.77", "no public address of the tenant")]
    [InlineData("gateways: [10.99.0.1, 10.99.0.2]\n    nodes", "gateways: [10.99.0.1, 10.99.0.11]\n    nodes", "another member's already")]
    public void What_cannot_be_is_refused_where_it_stands(string from, string to, string problem)
    {
        Assert.Contains(from, Good, StringComparison.Ordinal);
        ConfigurationResult result = ConfigurationFile.ReadText(Good.Replace(from, to, StringComparison.Ordinal), "sase.yaml");
        Assert.Contains(result.Problems, found => found.Severity == ProblemSeverity.Error && found.Message.Contains(problem, StringComparison.Ordinal) && found.Line > 1);
    }

    private static SasePlan Plan(string text)
    {
        ConfigurationResult result = ConfigurationFile.ReadText(text, "sase.yaml");
        Assert.Empty(result.Problems);
        return result.Plan!.Sase!;
    }
}
