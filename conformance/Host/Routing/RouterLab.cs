using Weft.Conformance.Support;
using Weft.Host.Config;
using Weft.Host.Datapath;
using static Weft.Conformance.HostTests.RouterPlans;

namespace Weft.Conformance.HostTests;

/// <summary>
/// Two kernels with the switch's router between them: <c>left (10.1.0.2, 2001:db8:1::2) ── switch ── right (10.2.0.2, 2001:db8:2::2)</c>. The
/// link to the right takes packets of 1,400 bytes. Behind the right one is 10.3.0.1, reached by a static route.
/// </summary>
internal sealed class RouterLab : IDisposable
{
    public const int RightMtu = 1400;

    public RouterLab()
    {
        Left = NetNamespace.Create(quiet: false);
        Middle = NetNamespace.Create();
        Right = NetNamespace.Create(quiet: false);
        Left.AddVeth("l0", Middle, "sw0");
        Right.AddVeth("r0", Middle, "sw1");
        Left.AddAddress("l0", "10.1.0.2/24");
        Left.AddAddress("l0", "2001:db8:1::2/64");
        Right.AddAddress("r0", "10.2.0.2/24");
        Right.AddAddress("r0", "2001:db8:2::2/64");
        Right.AddAddress("lo", "10.3.0.1/32");
        Right.Ip("link", "set", "lo", "up");
        Left.Ip("route", "add", "default", "via", "10.1.0.1");
        Left.Ip("-6", "route", "add", "default", "via", "2001:db8:1::1");
        Right.Ip("route", "add", "default", "via", "10.2.0.1");
        Right.Ip("-6", "route", "add", "default", "via", "2001:db8:2::1");
    }

    public NetNamespace Left { get; }

    public NetNamespace Middle { get; }

    public NetNamespace Right { get; }

    public SwitchPlan Plan => RouterPlans.Plan(Via("10.3.0.0/24", "10.2.0.2"), Ending("10.4.0.0/16", RouteAction.Prohibit)).WithInterface(1, at => at with { MtuBytes = RightMtu }) with
    {
        PoolBuffers = 4096,
        Ports = [Port("left", "sw0", 10), Port("right", "sw1", 20)],
    };

    /// <summary>Runs the switch in this process until both kernels reach each other.</summary>
    public SwitchHost Start()
    {
        SwitchHost host = SwitchHost.Start(Plan);
        bool reaches = Wait.Until(() => Left.Run("ping", "-c", "1", "-W", "1", "10.2.0.2").Succeeded, TimeSpan.FromSeconds(20));
        if (!reaches)
        {
            Assert.Fail(Weft.Host.Observe.SnapshotJson.Serialize(host.SnapshotAsync().GetAwaiter().GetResult(), indented: false));
        }

        return host;
    }

    public void Dispose()
    {
        Left.Dispose();
        Middle.Dispose();
        Right.Dispose();
    }

    private PortPlan Port(string name, string device, ushort vlan) => new()
    {
        Name = name,
        Kind = PortKind.AfPacket,
        Role = PortRole.Access,
        Device = device,
        NetworkNamespace = Middle.Name,
        MtuBytes = 1500,
        VlanMode = VlanMode.Access,
        NativeVlan = vlan,
    };
}
