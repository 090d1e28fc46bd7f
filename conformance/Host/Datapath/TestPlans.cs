using Weft.Bridge;
using Weft.Host.Config;
using Weft.Packets;

namespace Weft.Conformance.HostTests;

/// <summary>
/// The switch of these tests: <c>web1</c> and <c>web2</c> on VLAN 10, <c>db</c> on VLAN 20, a trunk with both VLANs, and an
/// underlay port <c>up0</c>. VLAN 10 is segment <c>blue</c>, VNI 100, with two peers; VLAN 20 is segment <c>green</c>, local.
/// </summary>
internal static class TestPlans
{
    public const int Web1 = 0, Web2 = 1, Db = 2, Trunk = 3, Up0 = 4;

    public static readonly MacAddress VtepMac = MacAddress.Parse("02:00:00:00:fe:01");
    public static readonly MacAddress PeerMac = MacAddress.Parse("02:00:00:00:fe:02");
    public static readonly MacAddress Peer3Mac = MacAddress.Parse("02:00:00:00:fe:03");
    public static readonly IPv4Address VtepAddress = IPv4Address.Parse("192.0.2.1");
    public static readonly IPv4Address PeerAddress = IPv4Address.Parse("192.0.2.2");
    public static readonly IPv4Address Peer3Address = IPv4Address.Parse("192.0.2.3");
    public const uint Vni = 100;

    /// <summary>Neighbours configured by hand, so that nothing has to be asked for.</summary>
    public static SwitchPlan Resolved() => Plan(new Dictionary<TunnelAddress, MacAddress>
    {
        [new TunnelAddress(PeerAddress)] = PeerMac,
        [new TunnelAddress(Peer3Address)] = Peer3Mac,
    });

    /// <summary>Neighbours to be found by ARP.</summary>
    public static SwitchPlan Unresolved() => Plan(new Dictionary<TunnelAddress, MacAddress>());

    /// <summary>A Geneve endpoint that cuts frames for an underlay of 1,500 bytes, and puts two frames together at a time for a peer.</summary>
    public static SwitchPlan Fragmenting()
    {
        SwitchPlan plan = Resolved();
        return plan with
        {
            PoolBufferBytes = 4096,
            Vteps = [plan.Vteps[0] with { Kind = TunnelKind.Geneve, MtuBytes = 1500, Fragmentation = new FragmentationPlan { Policy = FragmentationPolicy.Fragment, MaxDatagrams = 8, MaxPerSource = 2 } }],
        };
    }

    /// <summary>As <see cref="Resolved"/>, with the trunk under a bridge node that has just started: it listens and forwards nothing.</summary>
    public static SwitchPlan Bridging() => Resolved() with
    {
        Bridges =
        [
            new BridgePlan
            {
                Name = "pair",
                Id = 7,
                Node = 1,
                Priority = 100,
                Port = Trunk,
                Segments = [0],
                Vtep = 0,
                Peer = new TunnelAddress(PeerAddress),
                Key = new byte[16],
                Preemption = PreemptionMode.NonPreemptive,
                Order = AnnouncementOrder.ForwardThenAnnounce,
                SyncPort = 8971,
                BfdInterval = TimeSpan.FromMilliseconds(50),
                BfdMultiplier = 3,
                PathVlan = 0,
                InitHold = TimeSpan.FromSeconds(2),
                PreemptHold = TimeSpan.FromSeconds(30),
                AnnounceAddresses = false,
            },
        ],
    };

    public static SegmentPlan Segment(string name, ushort vlan, uint? vni, params IPv4Address[] peers) => new()
    {
        Name = name,
        Vlan = vlan,
        Vni = vni,
        Vtep = vni is null ? -1 : 0,
        Peers = [.. peers.Select(peer => new TunnelAddress(peer))],
        Learning = true,
        FloodUnknown = true,
        SuppressArp = false,
        SuppressNd = false,
        Ageing = TimeSpan.FromSeconds(300),
        MaxMacs = 1024,
        StaticEntries = [],
    };

    /// <summary>The plan with one segment changed.</summary>
    public static SwitchPlan With(this SwitchPlan plan, int segment, Func<SegmentPlan, SegmentPlan> change) =>
        plan with { Segments = [.. plan.Segments.Select((old, index) => index == segment ? change(old) : old)] };

    /// <summary>The plan with one port changed.</summary>
    public static SwitchPlan WithPort(this SwitchPlan plan, int port, Func<PortPlan, PortPlan> change) =>
        plan with { Ports = [.. plan.Ports.Select((old, index) => index == port ? change(old) : old)] };

    private static SwitchPlan Plan(Dictionary<TunnelAddress, MacAddress> neighbors) => new()
    {
        Name = "test",
        VectorSize = 64,
        Poll = PollMode.Adaptive,
        PoolBuffers = 1024,
        PoolBufferBytes = 2048,
        ControlSocket = null,
        Ports =
        [
            Access("web1", 10),
            Access("web2", 10),
            Access("db", 20),
            Access("trunk", 0) with { VlanMode = VlanMode.Trunk, AllowedVlans = [10, 20, 30] },
            Access("up0", 0) with { Role = PortRole.Underlay, MtuBytes = 1600 },
        ],
        Vteps =
        [
            new VtepPlan
            {
                Name = "vtep0",
                Port = Up0,
                Address = new TunnelAddress(VtepAddress),
                PrefixLength = 24,
                Gateway = null,
                Mac = VtepMac,
                Kind = TunnelKind.Vxlan,
                UdpPort = 4789,
                SourcePortMin = 49152,
                SourcePortMax = 65535,
                Checksum = OuterChecksumPolicy.Standard,
                Ttl = 64,
                StaticNeighbors = neighbors,
            },
        ],
        Segments = [Segment("blue", 10, Vni, PeerAddress, Peer3Address), Segment("green", 20, null)],
    };

    private static PortPlan Access(string name, ushort vlan) => new()
    {
        Name = name,
        Kind = PortKind.Tap,
        Role = PortRole.Access,
        MtuBytes = 1500,
        VlanMode = VlanMode.Access,
        NativeVlan = vlan,
    };
}
