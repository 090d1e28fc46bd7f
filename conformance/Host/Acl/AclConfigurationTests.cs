using Weft.Bridge;
using Weft.Conformance.Support;
using Weft.Host.Config;
using Weft.Host.Observe;
using Weft.Packets;
using static Weft.Conformance.HostTests.AclFrames;

namespace Weft.Conformance.HostTests;

/// <summary>What a person writes of access lists is what decides of packets.</summary>
[Trait(Kind.Key, Kind.Rfc)]
public sealed class AclConfigurationTests
{
    private static readonly MacAddress Gateway = MacAddress.Parse("02:00:00:00:00:fe"), Machine = MacAddress.Parse("02:00:00:00:00:01");

    [Theory]
    [InlineData("clients", "10.0.0.50", "10.0.0.10", 443, "forwarded")]
    [InlineData("clients", "10.0.0.50", "10.0.0.10", 22, "acl-denied (out of port web1: list web-in, its default: deny)")]
    [InlineData("clients", "2001:db8::50", "2001:db8::10", 8085, "forwarded")]
    [InlineData("clients", "240.0.0.1", "10.0.0.10", 443, "acl-denied (in: list hygiene, rule bogus: deny)")]
    [InlineData("web1", "10.0.0.10", "10.0.0.20", 5432, "forwarded")]
    [InlineData("web1", "10.0.0.10", "10.0.0.20", 5433, "acl-denied (in: list web-out, its default: deny)")]
    [InlineData("db1", "10.0.0.20", "10.0.0.10", 443, "acl-denied (in: list db-out, its default: deny)")]
    public void The_sample_does_what_it_says(string port, string source, string destination, int asked, string verdict)
    {
        SwitchPlan plan = Assert.IsType<SwitchPlan>(ConfigurationFile.Read(Repository.File("samples/access-lists.yaml")).Plan);
        string behind = destination.EndsWith("20", StringComparison.Ordinal) ? "db1" : destination.EndsWith("10", StringComparison.Ordinal) ? "web1" : "clients";
        var state = new SwitchSnapshot { Name = "", Version = "", UptimeSeconds = 0, Totals = new FrameTotals(), Fdb = [new FdbEntrySnapshot("blue", Gateway, behind, null, false, 0)] };
        PacketTrace trace = PacketTracer.Trace(plan, port, Tcp(Gateway, Machine, source, destination, 1000, (ushort)asked, Syn), state);
        Assert.Contains(verdict, trace.Verdict, StringComparison.Ordinal);
    }

    [Fact]
    public void Groups_of_ports_and_segments_name_lists_by_place()
    {
        SwitchPlan plan = Assert.IsType<SwitchPlan>(ConfigurationFile.Read(Repository.File("samples/access-lists.yaml")).Plan);
        Assert.Equal([new AclBinding(2, 1), new AclBinding(2, 1), new AclBinding(4, 3), AclBinding.None], plan.Ports.Select(port => port.Acl));
        Assert.Equal(new AclBinding(0, -1), Assert.Single(plan.Segments).Acl);
        Assert.Equal(2, plan.AccessLists[2].Rules[0].Matches.Count);
    }
}
