using Weft.Conformance.SaseTests;
using Weft.Host.Config;
using Weft.Host.Datapath.Presence;
using Weft.Packets;
using Weft.Sase;
using static Weft.Conformance.HostTests.RouterPlans;
using static Weft.Conformance.HostTests.TestPlans;

namespace Weft.Conformance.HostTests;

/// <summary>The router of <see cref="RouterPlans"/> as a member of a point of presence, and a tenant whose sites are 10.0.0.0/24.</summary>
internal static class SasePlans
{
    public const uint TenantVni = 1001;

    public static readonly IPv4Address Public = IPv4Address.Parse("10.2.0.50");
    public static readonly IPv4Address Site = IPv4Address.Parse("10.0.0.5");
    public static readonly IPv4Address Remote = IPv4Address.Parse("10.2.0.2");

    /// <summary>Gateways 10.1.0.2 (A) and 10.1.0.3, nodes 10.1.0.1 and 10.1.0.4, as a node sees them in <c>blue</c>; the Internet is in <c>green</c>.</summary>
    public static readonly PopOptions Members = new()
    {
        Gateways = [IPv4Address.Parse("10.1.0.2"), IPv4Address.Parse("10.1.0.3")],
        Nodes = [IPv4Address.Parse("10.1.0.1"), IPv4Address.Parse("10.1.0.4")],
        Bundles = 4,
        Seed = new HashSeed(1, 2),
    };

    public static SegmentOptions Tenant => new()
    {
        Vni = TenantVni,
        Bundle = 0,
        RouterAddress = IPv4Address.Parse("10.0.0.1"),
        Routes = [new SegmentRoute(default, SegmentRouteKind.Uplink), new SegmentRoute(IPv4Prefix.Parse("10.0.0.0/24"), SegmentRouteKind.Gateway, 0), new SegmentRoute(IPv4Prefix.Parse("10.3.0.0/24"), SegmentRouteKind.Discard)],
        Policy = SegmentPolicy.AllowSites,
        PublicAddresses = [Public],
    };

    /// <summary>A service node: tunnels in <c>blue</c>, uplink in <c>green</c>.</summary>
    public static SwitchPlan Node(Func<SegmentOptions, SegmentOptions>? change = null) => Known() with
    {
        Sase = new SasePlan
        {
            Name = "pop",
            Router = 0,
            Address = Members.Nodes[0],
            Gateways = Members.Gateways,
            Nodes = Members.Nodes,
            Uplink = 1,
            Bundles = 4,
            Flows = 1024,
            Tenants = [new SaseTenantPlan("acme", -1, (change ?? (tenant => tenant))(Tenant))],
        },
    };

    /// <summary>A gateway: the tenant's site (10.0.0.5, A) in <c>blue</c>, tunnels to node 10.2.0.2 (B) in <c>green</c>.</summary>
    public static SwitchPlan Gateway(int mtu = 1500)
    {
        SwitchPlan known = Known();
        RouterInterfacePlan site = known.Routers[0].Interfaces[0] with { Addresses = [Net("10.0.0.1/24")], StaticNeighbors = new Dictionary<TunnelAddress, MacAddress> { [At("10.0.0.5")] = TestFrames.A } };
        return known with
        {
            Routers = [known.Routers[0] with { Interfaces = [known.Routers[0].Interfaces[1]] }, known.Routers[0] with { Name = "acme", Interfaces = [site] }],
            Sase = new SasePlan
            {
                Name = "pop",
                Router = 0,
                Address = IPv4Address.Parse("10.2.0.1"),
                Gateways = [IPv4Address.Parse("10.2.0.1")],
                Nodes = [Remote],
                MtuBytes = mtu,
                Bundles = 4,
                Tenants = [new SaseTenantPlan("acme", 1, Tenant)],
            },
        };
    }

    /// <summary>A rig without the others: its node owns everything, or its gateway has its node, as in every replay.</summary>
    public static SwitchRig Rig(SwitchPlan plan) => new(plan);

    /// <summary>A node that has heard of a later owner.</summary>
    public static SwitchRig Replaced()
    {
        SwitchRig rig = Rig(Node());
        byte[] announcement = [0x57, 0x53, 1, 1, 1, 1, 0, 1, 0, 0, 0, 9, 0, 0, 0, 0, 0, 1, 255, 0, 0, 0, 5, 1];
        Assert.Equal(MessageVerdict.Accepted, Point(rig).Node!.Receive(announcement, Members.Nodes[1], rig.Now));
        return rig;
    }

    /// <summary>A node with a backup that is alive, and that has said nothing yet.</summary>
    public static SwitchRig WithBackup(CommitOptions commit)
    {
        SwitchPlan plan = Node();
        SwitchRig rig = Rig(plan with { Sase = plan.Sase! with { Commit = commit } });
        ManagedServiceNode node = Point(rig).Node!;
        node.PeerUp(1);
        node.Advance(rig.Now);
        return rig;
    }

    /// <summary>A frame in which the backup acknowledges the first message that it was sent.</summary>
    public static byte[] Acknowledgement()
    {
        // Kind 3 of node 1, for the second stream of the first incarnation; nothing came ahead of its turn.
        byte[] message = [0x57, 0x53, 1, 3, 1, 1, 0, 1, 0, 0, 0, 17, 0, 0, 0, 1, 0, 0, 0, 0, 0, 0, 0, 0];
        byte[] packet = TunnelPackets.Outer(Members.Nodes[1], Members.Nodes[0], 6082, message);
        ushort sum = InternetChecksum.ComputeUdp(packet.AsSpan(20), InternetChecksum.PseudoHeader(Members.Nodes[1], Members.Nodes[0], IpProtocol.Udp, packet.Length - 20));
        (packet[26], packet[27]) = ((byte)(sum >> 8), (byte)sum);
        return Framed(BlueMac, TestFrames.A, packet);
    }

    public static SasePoint Point(SwitchRig rig) => rig.Switch.Workers[0].Presence!;

    /// <summary>A frame of the gateway at A with a tunnel packet in it.</summary>
    public static byte[] FromGateway(byte[] inner, uint vni = TenantVni, byte tos = 0, byte[]? options = null, Action<byte[]>? change = null)
    {
        byte[] packet = TunnelPackets.Geneve(Members, 0, vni, inner, options, tos);
        change?.Invoke(packet);
        return Framed(BlueMac, TestFrames.A, TunnelPackets.Mended(packet));
    }

    public static byte[] Framed(MacAddress to, MacAddress from, byte[] packet)
    {
        byte[] frame = new byte[14 + packet.Length];
        _ = new EthernetHeader { Destination = to, Source = from, EtherType = EtherType.IPv4 }.Write(frame);
        packet.CopyTo(frame, 14);
        return frame;
    }
}
