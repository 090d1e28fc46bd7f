using Weft.Bridge;
using Weft.Conformance.Support;
using Weft.Flows;
using Weft.Host.Config;
using Weft.Host.Datapath;
using Weft.Host.Observe;
using Weft.Packets;

namespace Weft.Conformance.HostTests;

/// <summary>Connections of the kernel through stateful access lists.</summary>
[Trait(Kind.Key, Kind.Live)]
public sealed class AclLiveTests
{
    private static readonly TimeSpan Patience = TimeSpan.FromSeconds(60);

    [Fact]
    public async Task The_kernel_opens_what_is_permitted_and_is_told_what_is_not()
    {
        LiveRequirements.Need("socat", "ping");
        using NetNamespace one = NetNamespace.Create(), two = NetNamespace.Create(), middle = NetNamespace.Create();
        one.AddVeth("a0", middle, "sw0");
        two.AddVeth("b0", middle, "sw1");
        one.AddAddress("a0", "10.9.0.1/24");
        two.AddAddress("b0", "10.9.0.2/24");
        SwitchPlan plan = TestPlans.Resolved();
        var open = new AccessList("out", [new AclRule { Name = "web", Action = AclAction.Permit, Matches = [new PacketRule { Protocol = IpProtocol.Tcp, DestinationPorts = [new PortRange(8080, 8080)] }] }], AclAction.Reject, isStateful: true);
        var none = new AccessList("in", [], AclAction.Reject, isStateful: true);
        await using SwitchHost host = SwitchHost.Start(plan with
        {
            Vteps = [],
            Segments = [TestPlans.Segment("blue", 10, null)],
            AccessLists = [open, none],
            Ports = [Port(plan, "web1", "sw0", middle) with { Acl = new AclBinding(0, 1) }, Port(plan, "web2", "sw1", middle)],
        });
        using RunningCommand served = two.Start("socat", "TCP-LISTEN:8080,fork,reuseaddr", "SYSTEM:echo page"), other = two.Start("socat", "TCP-LISTEN:8081,fork,reuseaddr", "SYSTEM:echo page"), back = one.Start("socat", "TCP-LISTEN:8080,fork,reuseaddr", "SYSTEM:echo page");
        Assert.True(Wait.Until(() => one.Run("socat", "-T", "5", "-u", "TCP:10.9.0.2:8080,connect-timeout=5", "-").Output.Contains("page", StringComparison.Ordinal), Patience), served.Error);
        // The kernel says "refused" of a reset and "prohibited" of the error; both only if checksums are right.
        Assert.True(Wait.Until(() => one.Run("socat", "-T", "5", "-u", "TCP:10.9.0.2:8081,connect-timeout=5", "-").Error.Contains("refused", StringComparison.OrdinalIgnoreCase), Patience), other.Error);
        Assert.True(Wait.Until(() => one.Run("ping", "-c", "1", "-W", "2", "10.9.0.2").Output.Contains("filtered", StringComparison.OrdinalIgnoreCase), Patience));
        Assert.True(Wait.Until(() => two.Run("socat", "-T", "5", "-u", "TCP:10.9.0.1:8080,connect-timeout=5", "-").Error.Contains("refused", StringComparison.OrdinalIgnoreCase), Patience), back.Error);
        SwitchSnapshot end = await host.SnapshotAsync();
        Assert.True(end.Acl!.Lists[0].Rules[0].Packets > 0);
        Assert.True(end.Totals.Balanced, end.Totals.ToString());
    }

    private static PortPlan Port(SwitchPlan plan, string name, string device, NetNamespace inside) =>
        plan.Ports[TestPlans.Web1] with { Name = name, Kind = PortKind.AfPacket, Device = device, NetworkNamespace = inside.Name };
}
