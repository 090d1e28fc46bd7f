using Weft.Conformance.Support;
using Weft.Packets;
using Weft.Sase;
using static Weft.Conformance.NatTests.NatTestBed;
using static Weft.Conformance.SaseTests.Tenants;

namespace Weft.Conformance.SaseTests;

/// <summary>The chain of services between policy and translation.</summary>
[Trait(Kind.Key, Kind.Model)]
public sealed class ChainTests
{
    private const uint Acme = 1001;
    private const uint Globex = 1002;

    [Fact]
    public void Services_see_the_tenants_own_addresses_in_both_directions_in_a_frame()
    {
        var chain = new Recorder();
        using ManagedServiceNode node = HostileTests.Ready(out PopOptions pop, options => options with { Chain = chain });
        Assert.Equal(SaseAction.ToUplink, TunnelPackets.Offer(node, pop, TunnelPackets.Geneve(pop, 0, Acme, Udp(Site, 1234, Remote, 53)), out byte[] sent).Action);
        byte[] answer = [.. new byte[pop.Overhead], .. Udp(Remote, 53, Flow(sent).Source, Flow(sent).SourcePort)];
        Assert.Equal(SaseAction.ToTunnel, node.FromUplink(answer, pop.Overhead, answer.Length - pop.Overhead, TunnelPackets.Now).Action);
        Assert.Equal(
        [
            (Acme, false, new FlowKey4(Site, Remote, IpProtocol.Udp, 1234, 53)),
            (Acme, true, new FlowKey4(Remote, Site, IpProtocol.Udp, 53, 1234)),
        ], chain.Seen);
    }

    [Fact]
    public void Between_two_sites_the_way_back_is_inward()
    {
        var chain = new Recorder();
        using ManagedServiceNode node = HostileTests.Ready(out PopOptions pop, options => options with { Chain = chain });
        Assert.Equal(SaseAction.ToTunnel, TunnelPackets.Offer(node, pop, TunnelPackets.Geneve(pop, 0, Acme, Udp(Site, 1, OtherSite, 2)), out _).Action);
        Assert.Equal(SaseAction.ToTunnel, TunnelPackets.Offer(node, pop, TunnelPackets.Geneve(pop, 1, Acme, Udp(OtherSite, 2, Site, 1)), out _).Action);
        Assert.Equal([false, true], chain.Seen.Select(seen => seen.Inward));
    }

    [Fact]
    public void What_the_policy_forbids_meets_no_service_and_what_a_service_forbids_leaves_no_flow()
    {
        var chain = new Recorder { Refuses = true };
        using ManagedServiceNode node = HostileTests.Ready(out PopOptions pop, options => options with { Chain = chain });
        Assert.Equal(SaseDrop.Policy, TunnelPackets.Offer(node, pop, TunnelPackets.Geneve(pop, 0, Globex, Udp(Site, 1, Remote, 53)), out _).Drop);
        Assert.Empty(chain.Seen);
        Assert.Equal(SaseDrop.Service, TunnelPackets.Offer(node, pop, TunnelPackets.Geneve(pop, 0, Acme, Udp(Site, 1, Remote, 53)), out _).Drop);
        Assert.Equal((1, 0, 0), (chain.Seen.Count, node.FlowCount, node.BindingCount));
    }

    [Fact]
    public void A_refusal_in_the_midst_of_a_flow_does_not_end_it()
    {
        var chain = new Recorder();
        using ManagedServiceNode node = HostileTests.Ready(out PopOptions pop, options => options with { Chain = chain });
        byte[] packet = TunnelPackets.Geneve(pop, 0, Acme, Udp(Site, 1, Remote, 53));
        _ = TunnelPackets.Offer(node, pop, packet, out byte[] before);
        chain.Refuses = true;
        Assert.Equal(SaseDrop.Service, TunnelPackets.Offer(node, pop, packet, out _).Drop);
        chain.Refuses = false;
        _ = TunnelPackets.Offer(node, pop, packet, out byte[] after);
        Assert.Equal(Flow(before), Flow(after));
    }

    [Theory]
    [InlineData(IpProtocol.Tcp)]
    [InlineData(IpProtocol.Udp)]
    public void What_a_service_answers_goes_back_into_the_tunnel_in_the_packets_place(IpProtocol protocol)
    {
        var chain = new Recorder { Refuses = true, Rejects = true };
        using ManagedServiceNode node = HostileTests.Ready(out PopOptions pop, options => options with { Chain = chain });
        byte[] asked = protocol == IpProtocol.Tcp ? Tcp(Site, 1234, Remote, 80, TcpFlags.Syn) : Udp(Site, 1234, Remote, 53);
        byte[] packet = [.. TunnelPackets.Geneve(pop, 0, Acme, asked), .. new byte[100]];
        SaseVerdict verdict = node.FromTunnel(packet, 0, packet.Length - 100, TunnelPackets.Now);
        Assert.Equal((SaseAction.ToTunnel, SaseDrop.Service), (verdict.Action, verdict.Drop));
        // Behind IP, UDP, Geneve with its options, and Ethernet.
        int inner = verdict.Offset + 20 + 8 + 8 + (packet[verdict.Offset + 28] & 0x3F) * 4 + 14;
        AssertAnswers(asked, packet[inner..(verdict.Offset + verdict.Length)], Remote);
        Assert.Equal((0, 1L), (node.FlowCount, node.Counters.Rejections));
    }

    [Theory]
    [InlineData(IpProtocol.Tcp)]
    [InlineData(IpProtocol.Udp)]
    public void What_a_service_answers_to_the_Internet_comes_from_the_public_address_and_quotes_it(IpProtocol protocol)
    {
        var chain = new Recorder();
        using ManagedServiceNode node = HostileTests.Ready(out PopOptions pop, options => options with { Chain = chain });
        byte[] asked = protocol == IpProtocol.Tcp ? Tcp(Site, 1234, Remote, 80, TcpFlags.Syn) : Udp(Site, 1234, Remote, 53);
        Assert.Equal(SaseAction.ToUplink, TunnelPackets.Offer(node, pop, TunnelPackets.Geneve(pop, 0, Acme, asked), out byte[] sent).Action);
        FlowKey4 outer = Flow(sent);
        byte[] reply = protocol == IpProtocol.Tcp ? Tcp(Remote, 80, outer.Source, outer.SourcePort, TcpFlags.Syn | TcpFlags.Ack) : Udp(Remote, 53, outer.Source, outer.SourcePort);
        byte[] packet = [.. new byte[pop.Overhead], .. reply, .. new byte[100]];
        (chain.Refuses, chain.Rejects) = (true, true);
        SaseVerdict verdict = node.FromUplink(packet, pop.Overhead, reply.Length, TunnelPackets.Now);
        Assert.Equal((SaseAction.ToUplink, SaseDrop.Service), (verdict.Action, verdict.Drop));
        AssertAnswers(reply, packet.AsSpan(verdict.Offset, verdict.Length).ToArray(), outer.Source);
        Assert.Equal(1, node.FlowCount);
    }

    /// <summary>A reset, or an error that quotes the packet as its sender sent it, with right checksums.</summary>
    private static void AssertAnswers(byte[] asked, byte[] answer, IPv4Address from)
    {
        Assert.True(PacketLayout.TryParseNetwork(answer, EtherType.IPv4, out PacketLayout layout));
        Assert.True(IPv4View.TryParse(answer, out IPv4View ip));
        Assert.True(IPv4View.TryParse(asked, out IPv4View before));
        Assert.Equal((from, before.Source, true), (ip.Source, ip.Destination, ip.IsChecksumValid));
        uint pseudo = InternetChecksum.PseudoHeader(ip.Source, ip.Destination, ip.Protocol, ip.Payload.Length);
        Assert.True(InternetChecksum.IsValid(ip.Payload, ip.Protocol == IpProtocol.Icmp ? 0 : pseudo));
        if (before.Protocol == IpProtocol.Tcp)
        {
            Assert.True(TcpView.TryParse(answer.AsSpan(layout.L4Offset), out TcpView reset));
            Assert.True((reset.Flags & TcpFlags.Rst) != 0);
            Assert.Equal(Flow(asked).Reversed, Flow(answer));
            return;
        }

        Assert.True(IcmpView.TryParse(ip.Payload, out IcmpView error));
        Assert.Equal((IcmpType.DestinationUnreachable, (byte)13), (error.Type, error.Code));
        Assert.True(EmbeddedFlow.TryRead(error.EmbeddedPacket, out FlowKey4 quoted));
        Assert.Equal(Flow(asked), quoted);
    }

    private sealed class Recorder : IServiceChain
    {
        public List<(uint Vni, bool Inward, FlowKey4 Key)> Seen { get; } = [];

        public bool Refuses { get; set; }

        public bool Rejects { get; set; }

        private byte[] Answer { get; set; } = [];

        public int TakeAnswer(Span<byte> answer)
        {
            Answer.CopyTo(answer);
            return Answer.Length;
        }

        public bool Pass(Span<byte> frame, in PacketLayout layout, uint vni, bool inward, Timestamp now)
        {
            Assert.Equal((EtherType.IPv4, 14), (layout.EtherType, (int)layout.L3Offset));
            Assert.Equal(frame.Length, layout.EndOffset);
            Assert.True(FlowKey4.TryRead(frame, layout, out FlowKey4 key));
            Seen.Add((vni, inward, key));
            byte[] room = new byte[Rejection.MaxBytes];
            Answer = Rejects ? room[..Rejection.Write(frame, layout, room)] : [];
            return !Refuses;
        }
    }
}
