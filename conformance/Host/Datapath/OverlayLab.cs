using Weft.Conformance.Support;
using Weft.Host.Config;
using Weft.Host.Datapath;

namespace Weft.Conformance.HostTests;

/// <summary>
/// A machine behind the switch, and behind the underlay the kernel as the other tunnel endpoint:
/// <c>machine (10.0.0.1) ── access port, switch, underlay port ── kernel vxlan (10.0.0.2)</c>.
/// </summary>
internal sealed class OverlayLab : IDisposable
{
    public const int InnerMtu = 9000;
    private const int UnderlayMtu = 9100;

    private readonly bool _overIPv6;

    public OverlayLab(bool overIPv6 = false)
    {
        _overIPv6 = overIPv6;
        Machine = NetNamespace.Create(quiet: false);
        Middle = NetNamespace.Create();
        Kernel = NetNamespace.Create(quiet: false);
        Machine.AddVeth("m0", Middle, "sw0", InnerMtu);
        Middle.AddVeth("up0", Kernel, "u0", UnderlayMtu);
        Machine.AddAddress("m0", "10.0.0.1/24");
        Machine.AddAddress("m0", "2001:db8:a::1/64");
        Kernel.AddAddress("u0", Peer + (overIPv6 ? "/64" : "/24"));
        Kernel.Ip("link", "add", "vx0", "mtu", $"{InnerMtu}", "type", "vxlan", "id", "100", "local", Peer, "remote", Own, "dstport", "4789");
        Kernel.Ip("link", "set", "vx0", "up");
        Kernel.AddAddress("vx0", "10.0.0.2/24");
        Kernel.AddAddress("vx0", "2001:db8:a::2/64");
    }

    public NetNamespace Machine { get; }

    public NetNamespace Middle { get; }

    public NetNamespace Kernel { get; }

    /// <summary>The switch's address on the underlay.</summary>
    public string Own => _overIPv6 ? "2001:db8:f::1" : "192.0.2.1";

    /// <summary>The kernel's address on the underlay.</summary>
    public string Peer => _overIPv6 ? "2001:db8:f::2" : "192.0.2.2";

    /// <summary>The switch's configuration: neighbours are found by ARP or neighbour discovery.</summary>
    public SwitchPlan Plan => TestPlans.Unresolved() with
    {
        PoolBuffers = 4096,
        PoolBufferBytes = 9472,
        Ports = [Port("m", "sw0", InnerMtu), Port("up", "up0", UnderlayMtu) with { Role = PortRole.Underlay, NativeVlan = 0 }],
        Vteps = [TestPlans.Unresolved().Vteps[0] with { Port = 1, Address = Address(Own), PrefixLength = _overIPv6 ? 64 : 24 }],
        Segments = [TestPlans.Segment("blue", 10, 100) with { Vtep = 0, Peers = [Address(Peer)] }],
    };

    /// <summary>Runs the switch in this process.</summary>
    public SwitchHost Start() => SwitchHost.Start(Plan);

    /// <summary>Pings from the machine across the overlay.</summary>
    public CommandResult Ping(params string[] arguments) => Machine.Run("ping", ["-W", "2", .. arguments]);

    /// <summary>Pings the switch's own tunnel endpoint from the kernel's, on the underlay.</summary>
    public CommandResult PingEndpoint(params string[] arguments) => Kernel.Run("ping", ["-W", "2", .. arguments, Own]);

    /// <summary>Waits until a ping gets through: ports need a moment to see their devices up, and the first ARP may be lost in it.</summary>
    public bool ReachesKernel(Func<bool>? giveUp = null) =>
        Wait.Until(() => Ping("-c", "1", "-W", "1", "10.0.0.2").Succeeded, TimeSpan.FromSeconds(20), giveUp);

    public void Dispose()
    {
        Machine.Dispose();
        Middle.Dispose();
        Kernel.Dispose();
    }

    private static TunnelAddress Address(string text) =>
        text.Contains(':') ? new TunnelAddress(IPv6Address.Parse(text)) : new TunnelAddress(IPv4Address.Parse(text));

    private PortPlan Port(string name, string device, int mtu) => new()
    {
        Name = name,
        Kind = PortKind.AfPacket,
        Role = PortRole.Access,
        Device = device,
        NetworkNamespace = Middle.Name,
        MtuBytes = mtu,
        VlanMode = VlanMode.Access,
        NativeVlan = 10,
    };
}
