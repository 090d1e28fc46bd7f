using Weft.Conformance.Support;
using Weft.Packets;
using Weft.Sase;
using static Weft.Conformance.NatTests.NatTestBed;
using static Weft.Conformance.SaseTests.Tenants;

namespace Weft.Conformance.SaseTests;

/// <summary>Requirements on translators that need more than one packet to be seen: hairpinning, simultaneous open, errors, protocols that keep ports apart.</summary>
[Trait(Kind.Key, Kind.Rfc)]
public sealed class TranslationRequirementTests
{
    private const uint Acme = 1001;
    private static readonly IPv4Address Neighbor = IPv4Address.Parse("10.0.0.6");

    [Theory]
    [InlineData(IpProtocol.Udp)]
    [InlineData(IpProtocol.Tcp)]
    public void Rfc4787_Req9a_and_Rfc5382_Req8_two_hosts_of_a_tenant_reach_each_other_under_their_public_endpoints(IpProtocol protocol)
    {
        using ManagedServiceNode node = WalkTests.Alone(out PopOptions pop);
        FlowKey4 first = Left(node, pop, Packet(protocol, Site, 1111, Remote, 80));
        FlowKey4 second = Left(node, pop, Packet(protocol, Neighbor, 2222, Remote, 80));

        // As with anybody else, only whom a host has written to may answer it (REQ-8): the first word is lost, and opens the way for the other's.
        byte[] unasked = Translated(node, pop, Packet(protocol, Site, 1111, second.Source, second.SourcePort));
        Assert.Equal((first.Source, first.SourcePort), (Flow(unasked).Source, Flow(unasked).SourcePort));
        Assert.Equal(SaseDrop.NoFlow, Turned(node, pop, unasked, out _).Drop);
        byte[] word = Translated(node, pop, Packet(protocol, Neighbor, 2222, first.Source, first.SourcePort));
        Assert.Equal(SaseAction.ToTunnel, Turned(node, pop, word, out byte[] heard).Action);
        Assert.Equal(new FlowKey4(second.Source, Site, protocol, second.SourcePort, 1111), Flow(heard));
        Assert.True(AddsUp(heard));
        byte[] answer = Translated(node, pop, Packet(protocol, Site, 1111, second.Source, second.SourcePort));
        Assert.Equal(SaseAction.ToTunnel, Turned(node, pop, answer, out heard).Action);
        Assert.Equal(new FlowKey4(first.Source, Neighbor, protocol, first.SourcePort, 2222), Flow(heard));
        Assert.True(AddsUp(heard));
    }

    [Fact]
    public void Rfc4787_Req9_a_host_reaches_what_its_own_tenant_has_published_under_the_public_address()
    {
        using ManagedServiceNode node = WalkTests.Alone(out PopOptions pop);
        node.Configure([Make(Acme) with
        {
            Policy = new SegmentPolicy([new PolicyRule { Name = "all", Allow = true, FromUplink = false }, new PolicyRule { Name = "web", Allow = true, FromUplink = true, Protocol = IpProtocol.Tcp, FirstPort = 8080, LastPort = 8080 }]),
            Published = [new PublishedService(IpProtocol.Tcp, PublicOf(Acme), 80, Neighbor, 8080)],
        }]);
        byte[] open = Translated(node, pop, Tcp(Site, 1111, PublicOf(Acme), 80, TcpFlags.Syn));
        FlowKey4 outside = Flow(open);
        Assert.Equal(SaseAction.ToTunnel, Turned(node, pop, open, out byte[] asked).Action);
        Assert.Equal(new FlowKey4(outside.Source, Neighbor, IpProtocol.Tcp, outside.SourcePort, 8080), Flow(asked));
        byte[] accept = Translated(node, pop, Tcp(Neighbor, 8080, outside.Source, outside.SourcePort, TcpFlags.Syn | TcpFlags.Ack));
        Assert.Equal(SaseAction.ToTunnel, Turned(node, pop, accept, out byte[] accepted).Action);
        Assert.Equal(new FlowKey4(PublicOf(Acme), Site, IpProtocol.Tcp, 80, 1111), Flow(accepted));
        Assert.True(AddsUp(accepted));
    }

    [Fact]
    public void Rfc5382_Req2_a_connection_that_both_ends_open_at_once_comes_to_be()
    {
        using ManagedServiceNode node = WalkTests.Alone(out PopOptions pop, options => options with { StallLimit = TimeSpan.FromSeconds(10) });
        FlowKey4 outside = Left(node, pop, Tcp(Site, 1111, Remote, 80, TcpFlags.Syn));
        Assert.Equal(SaseAction.ToTunnel, FromInternet(node, pop, Tcp(Remote, 80, outside.Source, outside.SourcePort, TcpFlags.Syn), out byte[] theirs).Action);
        Assert.Equal(new FlowKey4(Remote, Site, IpProtocol.Tcp, 80, 1111), Flow(theirs));
        foreach (TcpFlags flags in (TcpFlags[])[TcpFlags.Syn | TcpFlags.Ack, TcpFlags.Ack])
        {
            Assert.Equal(outside, Left(node, pop, Tcp(Site, 1111, Remote, 80, flags)));
            Assert.Equal(SaseAction.ToTunnel, FromInternet(node, pop, Tcp(Remote, 80, outside.Source, outside.SourcePort, flags), out _).Action);
        }

        // It lives as long as any other that is established.
        Assert.Equal((1, 1), (node.FlowCount, node.BindingCount));
        for (int second = 0; second < 600; second++)
        {
            node.Advance(TunnelPackets.Now + TimeSpan.FromSeconds(second));
        }

        Assert.Equal((1, 1), (node.FlowCount, node.BindingCount));
    }

    [Fact]
    public void Rfc5382_Req4_a_SYN_that_nobody_asked_for_is_not_answered()
    {
        using ManagedServiceNode node = WalkTests.Alone(out PopOptions pop);
        FlowKey4 outside = Left(node, pop, Tcp(Site, 1111, Remote, 80, TcpFlags.Syn));
        SaseVerdict verdict = FromInternet(node, pop, Tcp(OtherRemote, 80, outside.Source, outside.SourcePort, TcpFlags.Syn), out _);
        Assert.Equal((SaseAction.Drop, SaseDrop.NoFlow), (verdict.Action, verdict.Drop));
        Assert.Equal(0, node.Counters.Errors);

        // If the host opens the same connection from its side, the SYN that comes again passes.
        Assert.Equal(outside.SourcePort, Left(node, pop, Tcp(Site, 1111, OtherRemote, 80, TcpFlags.Syn)).SourcePort);
        Assert.Equal(SaseAction.ToTunnel, FromInternet(node, pop, Tcp(OtherRemote, 80, outside.Source, outside.SourcePort, TcpFlags.Syn), out _).Action);
    }

    [Fact]
    public void Rfc4787_Req3_and_Rfc5382_Req7_no_two_hosts_share_a_public_port_whatever_they_ask_for()
    {
        using ManagedServiceNode node = WalkTests.Alone(out PopOptions pop);
        var ports = new HashSet<(IpProtocol, ushort)>();
        for (uint host = 1; host <= 200; host++)
        {
            // All from the same port to the same place.
            Assert.True(ports.Add((IpProtocol.Udp, Left(node, pop, Udp(new IPv4Address(0x0A00_0000 + host), 4242, Remote, 80)).SourcePort)));
            Assert.True(ports.Add((IpProtocol.Tcp, Left(node, pop, Tcp(new IPv4Address(0x0A00_0000 + host), 4242, Remote, 80, TcpFlags.Syn)).SourcePort)));
        }
    }

    [Theory]
    [InlineData(IpProtocol.Udp)]
    [InlineData(IpProtocol.Tcp)]
    public void Rfc4787_Req12_Rfc5382_Req9_Req10_an_error_reaches_the_host_and_ends_nothing(IpProtocol protocol)
    {
        using ManagedServiceNode node = WalkTests.Alone(out PopOptions pop);
        byte[] sent = Translated(node, pop, Packet(protocol, Site, 1111, Remote, 80));
        byte[] error = Error(OtherRemote, Flow(sent).Source, sent, octets: 28);
        Assert.Equal(SaseAction.ToTunnel, FromInternet(node, pop, error, out byte[] heard).Action);
        Assert.True(AddsUp(heard));
        Assert.True(IPv4View.TryParse(heard, out IPv4View view));
        Assert.Equal((OtherRemote, Site), (view.Source, view.Destination));
        Assert.Equal((1, 1), (node.FlowCount, node.BindingCount));
        Assert.Equal(Flow(sent), Left(node, pop, Packet(protocol, Site, 1111, Remote, 80)));
    }

    [Fact]
    public void Rfc5508_Req1_a_query_keeps_its_public_identifier_whomever_it_asks()
    {
        using ManagedServiceNode node = WalkTests.Alone(out PopOptions pop);
        byte[] first = Translated(node, pop, Echo(Site, Remote, 77));
        byte[] second = Translated(node, pop, Echo(Site, OtherRemote, 77));
        byte[] other = Translated(node, pop, Echo(Neighbor, Remote, 77));
        Assert.Equal(Identifier(first), Identifier(second));
        Assert.NotEqual(Identifier(first), Identifier(other));
    }

    [Fact]
    public void Rfc5508_Req4_an_error_that_quotes_no_flow_or_does_not_add_up_reaches_nobody()
    {
        using ManagedServiceNode node = WalkTests.Alone(out PopOptions pop);
        byte[] sent = Translated(node, pop, Udp(Site, 1111, Remote, 53));
        byte[] stranger = Udp(Flow(sent).Source, (ushort)(Flow(sent).SourcePort + 1), Remote, 53);
        Assert.Equal(SaseDrop.IcmpError, FromInternet(node, pop, Error(OtherRemote, Flow(sent).Source, stranger, octets: 28), out _).Drop);
        byte[] damaged = Error(OtherRemote, Flow(sent).Source, sent, octets: 28);
        damaged[^1] ^= 1;
        Assert.Equal(SaseDrop.IcmpError, FromInternet(node, pop, damaged, out _).Drop);
    }

    [Fact]
    public void Rfc5508_Req6_an_error_about_a_packet_between_two_hosts_of_the_tenant_finds_its_sender()
    {
        using ManagedServiceNode node = WalkTests.Alone(out PopOptions pop);
        FlowKey4 first = Left(node, pop, Udp(Site, 1111, Remote, 80));
        FlowKey4 second = Left(node, pop, Udp(Neighbor, 2222, Remote, 80));
        _ = Translated(node, pop, Udp(Site, 1111, second.Source, second.SourcePort));
        Assert.Equal(SaseAction.ToTunnel, Turned(node, pop, Translated(node, pop, Udp(Neighbor, 2222, first.Source, first.SourcePort)), out byte[] heard).Action);

        // The first host says that it does not listen; the second one hears it as the public address's word about what it sent there.
        byte[] refused = Translated(node, pop, Error(Site, second.Source, heard, octets: 28));
        Assert.Equal(SaseAction.ToTunnel, Turned(node, pop, refused, out byte[] told).Action);
        Assert.True(AddsUp(told));
        Assert.True(IPv4View.TryParse(told, out IPv4View view));
        Assert.Equal((first.Source, Neighbor), (view.Source, view.Destination));
        Assert.True(EmbeddedFlow.TryRead(view.Payload[8..], out FlowKey4 quoted));
        Assert.Equal(new FlowKey4(Neighbor, first.Source, IpProtocol.Udp, 2222, first.SourcePort), quoted);
    }

    private static ushort Identifier(byte[] query) => (ushort)((query[24] << 8) | query[25]);

    private static byte[] Packet(IpProtocol protocol, IPv4Address from, ushort fromPort, IPv4Address to, ushort toPort) =>
        protocol == IpProtocol.Udp ? Udp(from, fromPort, to, toPort) : Tcp(from, fromPort, to, toPort, TcpFlags.Syn);

    private static FlowKey4 Left(ManagedServiceNode node, PopOptions pop, byte[] inner) => Flow(Translated(node, pop, inner));

    /// <summary>A site's packet as it leaves by the uplink.</summary>
    private static byte[] Translated(ManagedServiceNode node, PopOptions pop, byte[] inner)
    {
        SaseVerdict verdict = TunnelPackets.Offer(node, pop, TunnelPackets.Geneve(pop, 0, Acme, inner), out byte[] left);
        Assert.Equal((SaseAction.ToUplink, SaseDrop.None), (verdict.Action, verdict.Drop));
        Assert.True(AddsUp(left));
        return left;
    }

    /// <summary>What left by the uplink for a public address comes back to the node that has it, as the router in front of it hands it back.</summary>
    private static SaseVerdict Turned(ManagedServiceNode node, PopOptions pop, byte[] packet, out byte[] inner) => FromInternet(node, pop, packet, out inner);

    private static SaseVerdict FromInternet(ManagedServiceNode node, PopOptions pop, byte[] packet, out byte[] inner)
    {
        byte[] buffer = [.. new byte[pop.Overhead], .. packet];
        SaseVerdict verdict = node.FromUplink(buffer, pop.Overhead, packet.Length, TunnelPackets.Now);
        inner = verdict.Action == SaseAction.ToTunnel ? buffer.AsSpan(verdict.Offset + pop.Overhead, verdict.Length - pop.Overhead).ToArray() : [];
        return verdict;
    }
}
