using Weft.Conformance.SaseTests;
using Weft.Host.Config;
using Weft.Host.Datapath;
using Weft.Packets;
using Weft.Sase;
using static Weft.Conformance.HostTests.RouterPlans;
using static Weft.Conformance.HostTests.SasePlans;
using static Weft.Conformance.HostTests.TestPlans;
using static Weft.Conformance.NatTests.NatTestBed;

namespace Weft.Conformance.HostTests;

/// <summary>What makes a member of a point of presence drop a packet, by reason.</summary>
internal static class SaseDrops
{
    public static Dictionary<DropReason, Func<Dictionary<string, long>>> Producers { get; } = new()
    {
        [DropReason.SaseTunnelMalformed] = () => AtNode(FromGateway(Query(), change: packet => packet[28] |= 0x40)),
        [DropReason.SaseForeignMember] = () => AtNode(FromGateway(Query(), change: packet => packet[15] = 99)),
        [DropReason.SaseUnknownTenant] = () => AtNode(FromGateway(Query(), vni: 4711)),
        [DropReason.SaseInnerMalformed] = () => AtNode(FromGateway(Udp(IPv4Address.Parse("127.0.0.1"), 1, SasePlans.Remote, 2))),
        [DropReason.SaseCongestion] = () => AtNode(FromGateway(Query(), tos: 3)),
        [DropReason.SaseHopsExceeded] = () => AtNode(FromGateway(Aged())),
        [DropReason.SaseTooBig] = () =>
        {
            using SwitchRig rig = Rig(Gateway(mtu: 600));
            return rig.Pass(Web1, Framed(BlueMac, TestFrames.A, Udp(SasePlans.Site, 1, SasePlans.Remote, 2, payload: 700))).Drops();
        },
        [DropReason.SasePolicy] = () => AtNode(tenant => tenant with { Policy = new SegmentPolicy([]) }, FromGateway(Query())),
        [DropReason.SaseNoRoute] = () => AtNode(FromGateway(Udp(SasePlans.Site, 1, IPv4Address.Parse("10.3.0.1"), 2))),
        [DropReason.SaseNoFlow] = () => AtNode(FromGateway(Tcp(SasePlans.Site, 1, SasePlans.Remote, 80, TcpFlags.Ack))),
        [DropReason.SaseFull] = () => AtNode(tenant => tenant with { FlowQuota = 1 }, FromGateway(Query()), FromGateway(Udp(SasePlans.Site, 2, SasePlans.Remote, 53))),
        [DropReason.SaseUnsupported] = () => AtNode(FromGateway(Datagram(SasePlans.Site, SasePlans.Remote, IpProtocol.Gre, new byte[16], dontFragment: true))),
        [DropReason.SaseFragment] = () => AtNode([.. Enumerable.Range(1, 80).Select(id => FromGateway(Fragments(Udp(SasePlans.Site, 1, SasePlans.Remote, 2, payload: 100, dontFragment: false, id: (ushort)id), 48, (ushort)id)[1]))]),
        [DropReason.SaseIcmpError] = () => AtNode(FromGateway(Error(SasePlans.Site, SasePlans.Remote, Udp(SasePlans.Remote, 5, SasePlans.Site, 6)))),
        [DropReason.SaseNotActive] = () =>
        {
            using SwitchRig rig = Replaced();
            return rig.Pass(Web1, FromGateway(Query())).Drops();
        },
        [DropReason.SaseUncommitted] = () =>
        {
            using SwitchRig rig = WithBackup(new CommitOptions { Packets = 1, FailOpen = false });
            return rig.Pass(Web1, FromGateway(Query())).Pass(Web1, FromGateway(Udp(SasePlans.Site, 2, SasePlans.Remote, 53))).Drops();
        },
        [DropReason.SaseStaleOwner] = () =>
        {
            using SwitchRig rig = Rig(Gateway());
            Point(rig).Gateway!.SetOwner(0, new Epoch(0x500));
            PopOptions pop = Point(rig).Pop;
            byte[] header = new byte[28];
            _ = new GeneveHeader(TenantVni).Write(header, TunnelPackets.Options(pop, new Epoch(0x100), 0));
            byte[] packet = TunnelPackets.Outer(pop.Nodes[0], pop.Gateways[0], GeneveHeader.Port, [.. header, .. TunnelPackets.Frame(pop, Query())]);
            return rig.Pass(Db, Framed(GreenMac, TestFrames.B, packet)).Drops();
        },
        [DropReason.SaseRedirectedTwice] = () =>
        {
            using SwitchRig rig = Replaced();
            Point(rig).Node!.PeerUp(1);
            return rig.Pass(Web1, FromGateway(Query(), options: TunnelPackets.Options(Members, Epoch.None, 0x8000))).Drops();
        },
        [DropReason.SaseNoNode] = () =>
        {
            using SwitchRig rig = Rig(Gateway());
            Point(rig).Gateway!.NodeDown(0, rig.Now);
            Point(rig).Gateway!.Advance(rig.Now + TimeSpan.FromSeconds(11));
            return rig.Pass(Web1, Framed(BlueMac, TestFrames.A, Query())).Drops();
        },
    };

    private static byte[] Query() => Udp(SasePlans.Site, 1234, SasePlans.Remote, 53);

    private static byte[] Aged()
    {
        byte[] query = Udp(SasePlans.Site, 1234, SasePlans.Remote, 53, payload: 60);
        query[8] = 1;
        return TunnelPackets.Mended(query);
    }

    private static Dictionary<string, long> AtNode(params byte[][] frames) => AtNode(tenant => tenant, frames);

    private static Dictionary<string, long> AtNode(Func<SegmentOptions, SegmentOptions> change, params byte[][] frames)
    {
        using SwitchRig rig = Rig(Node(change));
        foreach (byte[] frame in frames)
        {
            rig.Pass(Web1, frame);
        }

        return rig.Drops();
    }
}
