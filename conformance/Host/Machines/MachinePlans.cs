using Weft.Host.Config;
using Weft.Packets;
using Weft.Services;
using static Weft.Conformance.HostTests.TestPlans;
using static Weft.Conformance.ServicesTests.ServicesTestBed;

namespace Weft.Conformance.HostTests;

/// <summary>The switch of <see cref="TestPlans"/> with a machine behind <c>web1</c>, whose gateway is behind <c>web2</c>.</summary>
internal static class MachinePlans
{
    public static readonly IPv4Address Virtual = IPv4Address.Parse("10.96.0.1");

    public static readonly ServicePlan Connections = new() { Name = "tracked", Kind = ServiceKind.Connections };

    public static readonly ServicePlan Balancer = new()
    {
        Name = "pool",
        Kind = ServiceKind.LoadBalancer,
        VirtualServices = [new VirtualService(IPv6Address.MapIPv4(Virtual), IpProtocol.Udp, 53, [new Backend(IPv6Address.MapIPv4(Remote), 5353)])],
    };

    /// <summary>A firewall that lets the machine's UDP out and answers in.</summary>
    public static ServicePlan Firewall(FirewallAction otherwise = FirewallAction.Drop, params FirewallRule[] more) => new()
    {
        Name = "rules",
        Kind = ServiceKind.Firewall,
        Rules = [.. more, new FirewallRule { Name = "out", Action = FirewallAction.Allow, OpenedFrom = ServiceDirection.FromMachine, Protocol = IpProtocol.Udp }],
        Otherwise = otherwise,
    };

    /// <summary>Port 53 may not be asked.</summary>
    public static FirewallRule NoDns { get; } = new() { Name = "no-dns", Action = FirewallAction.Drop, FirstPort = 53, LastPort = 53 };

    public static SwitchPlan With(params ServicePlan[] services) => With(machine => machine, services);

    public static SwitchPlan With(Func<MachinePlan, MachinePlan> change, params ServicePlan[] services) => Resolved() with
    {
        Services = services,
        Machines = [change(new MachinePlan { Name = "vm1", Id = 7, Port = Web1, Services = [.. Enumerable.Range(0, services.Length)], IPv4Flows = 256, IPv6Flows = 64 })],
    };

    /// <summary>A switch that knows where machine and gateway are, so that nothing is flooded.</summary>
    public static SwitchRig Rig(SwitchPlan plan)
    {
        var rig = new SwitchRig(plan);
        byte[] hello = Udp(Machine, 9, Remote, 9);
        byte[] arp = TestFrames.Arp(2, MacAddress.Read(hello), MacAddress.Read(hello.AsSpan(6)), Machine, MacAddress.Read(hello), Remote);
        byte[] back = TestFrames.Arp(2, MacAddress.Read(hello.AsSpan(6)), MacAddress.Read(hello), Remote, MacAddress.Read(hello.AsSpan(6)), Machine);
        rig.Pass(Web1, arp).Pass(Web2, back).AllOut();
        return rig;
    }
}
