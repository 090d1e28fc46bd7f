using Weft.Conformance.Support;
using Weft.Packets;
using Weft.Sase;
using static Weft.Conformance.NatTests.NatTestBed;
using static Weft.Conformance.SaseTests.Tenants;

namespace Weft.Conformance.SaseTests;

/// <summary>A tenant's packet on its way through a gateway and a node, and back.</summary>
[Trait(Kind.Key, Kind.Model)]
public sealed class WalkTests
{
    private const uint Acme = 1001;
    private const uint Globex = 1002;

    public static TheoryData<ServiceEncapsulation> Encapsulations => [.. Enum.GetValues<ServiceEncapsulation>()];

    [Theory]
    [MemberData(nameof(Encapsulations))]
    public void A_query_leaves_from_the_tenants_public_address_and_its_answer_comes_back_to_the_gateway(ServiceEncapsulation encapsulation)
    {
        using Pop pop = Running(encapsulation);
        byte[] query = Udp(Site, 1234, Remote, 53);
        byte[] sent = Single(pop, out int node, () => pop.FromSite(0, Acme, query));

        FlowKey4 outside = Flow(sent);
        Assert.Equal((PublicOf(Acme), Remote, (ushort)53), (outside.Source, outside.Destination, outside.DestinationPort));
        Assert.Equal(63, TimeToLive(sent));

        byte[] received = Answered(pop, 0, Acme, () => pop.FromInternet(node, Udp(Remote, 53, outside.Source, outside.SourcePort)));
        FlowKey4 inside = Flow(received);
        Assert.Equal((Remote, Site, (ushort)53, (ushort)1234), (inside.Source, inside.Destination, inside.SourcePort, inside.DestinationPort));
        Assert.Equal(63, TimeToLive(received));
        Assert.Equal(query.AsSpan(28), sent.AsSpan(28));
    }

    [Theory]
    [MemberData(nameof(Encapsulations))]
    public void What_goes_from_site_to_site_is_inspected_and_not_translated(ServiceEncapsulation encapsulation)
    {
        using Pop pop = Running(encapsulation);
        byte[] received = Answered(pop, 1, Acme, () => pop.FromSite(0, Acme, Udp(Site, 1234, OtherSite, 99)));
        Assert.Equal(new FlowKey4(Site, OtherSite, IpProtocol.Udp, 1234, 99), Flow(received));

        byte[] reply = Answered(pop, 0, Acme, () => pop.FromSite(1, Acme, Udp(OtherSite, 99, Site, 1234)));
        Assert.Equal(new FlowKey4(OtherSite, Site, IpProtocol.Udp, 99, 1234), Flow(reply));
    }

    [Fact]
    public void A_packet_that_is_only_inspected_goes_back_to_the_gateway_that_sent_it()
    {
        using Pop pop = Running();
        var inspected = IPv4Address.Parse("10.2.0.9");
        foreach (int gateway in (int[])[0, 1, 0])
        {
            byte[] back = Answered(pop, gateway, Acme, () => pop.FromSite(gateway, Acme, Udp(Site, 1234, inspected, 7)));
            Assert.Equal(inspected, Flow(back).Destination);
        }
    }

    [Fact]
    public void Two_tenants_with_the_same_addresses_and_ports_have_flows_of_their_own()
    {
        using Pop pop = Running();
        byte[] query = Udp(Site, 1234, Remote, 53);
        FlowKey4 acme = Flow(Single(pop, out int one, () => pop.FromSite(0, Acme, query)));
        FlowKey4 globex = Flow(Single(pop, out int two, () => pop.FromSite(0, Globex, query)));
        Assert.Equal((PublicOf(Acme), PublicOf(Globex)), (acme.Source, globex.Source));
        _ = Answered(pop, 0, Globex, () => pop.FromInternet(two, Udp(Remote, 53, globex.Source, globex.SourcePort)));
        _ = Answered(pop, 0, Acme, () => pop.FromInternet(one, Udp(Remote, 53, acme.Source, acme.SourcePort)));
    }

    [Fact]
    public void An_answer_follows_the_flow_to_the_gateway_that_sent_its_last_packet_and_the_public_port_stays()
    {
        using Pop pop = Running();
        byte[] query = Udp(Site, 1234, Remote, 53);
        FlowKey4 first = Flow(Single(pop, out int node, () => pop.FromSite(0, Acme, query)));
        FlowKey4 second = Flow(Single(pop, out _, () => pop.FromSite(1, Acme, query)));
        Assert.Equal(first, second);
        _ = Answered(pop, 1, Acme, () => pop.FromInternet(node, Udp(Remote, 53, first.Source, first.SourcePort)));
    }

    [Fact]
    public void Rfc4787_Req1_a_tenants_port_has_one_public_port_whomever_it_speaks_to()
    {
        using Pop pop = Running();
        FlowKey4 first = Flow(Single(pop, out _, () => pop.FromSite(0, Acme, Udp(Site, 1234, Remote, 53))));
        FlowKey4 second = Flow(Single(pop, out _, () => pop.FromSite(0, Acme, Udp(Site, 1234, OtherRemote, 99))));
        Assert.Equal((first.Source, first.SourcePort), (second.Source, second.SourcePort));
        Assert.Equal(1, pop.Nodes[pop.ActiveOf(0)].BindingCount);
    }

    [Fact]
    public void A_ping_is_translated_by_its_identifier()
    {
        using Pop pop = Running();
        byte[] ping = Single(pop, out int node, () => pop.FromSite(0, Acme, Echo(Site, Remote, 77)));
        ushort identifier = Flow(ping).SourcePort;
        byte[] pong = Answered(pop, 0, Acme, () => pop.FromInternet(node, Echo(Remote, PublicOf(Acme), identifier, reply: true)));
        Assert.Equal((Site, (ushort)77), (Flow(pong).Destination, Flow(pong).DestinationPort));
    }

    [Fact]
    public void An_error_from_the_Internet_finds_the_flow_that_it_quotes()
    {
        using Pop pop = Running();
        foreach (byte[] cause in (byte[][])[Udp(Site, 1234, Remote, 53), Echo(Site, Remote, 77), Tcp(Site, 999, Remote, 80, TcpFlags.Syn)])
        {
            byte[] sent = Single(pop, out int node, () => pop.FromSite(0, Acme, cause));
            byte[] error = Error(OtherRemote, PublicOf(Acme), sent, octets: sent.Length);
            byte[] told = Answered(pop, 0, Acme, () => pop.FromInternet(node, error));
            Assert.Equal(Flow(cause) with { }, About(told));
            Assert.True(IPv4View.TryParse(told, out IPv4View view));
            Assert.Equal((OtherRemote, Site), (view.Source, view.Destination));
        }
    }

    [Fact]
    public void An_error_of_a_site_leaves_as_the_public_address_would_have_sent_it()
    {
        using Pop pop = Running();
        byte[] sent = Single(pop, out int node, () => pop.FromSite(0, Acme, Udp(Site, 1234, Remote, 53)));
        byte[] answer = Udp(Remote, 53, PublicOf(Acme), Flow(sent).SourcePort);
        byte[] inside = Answered(pop, 0, Acme, () => pop.FromInternet(node, answer));
        byte[] told = Single(pop, out _, () => pop.FromSite(0, Acme, Error(Site, Remote, inside, octets: inside.Length)));
        Assert.Equal(Flow(answer), About(told));
        Assert.True(IPv4View.TryParse(told, out IPv4View view));
        Assert.Equal((PublicOf(Acme), Remote), (view.Source, view.Destination));
    }

    [Fact]
    public void Fragments_go_where_their_first_one_goes_in_whatever_order_they_come()
    {
        using Pop pop = Running();
        byte[] whole = Udp(Site, 1234, Remote, 53, payload: 100, dontFragment: false, id: 9);
        byte[][] pieces = Fragments(whole, 48, 9);
        var sent = new List<byte[]>();
        pop.OnUplink = (_, _, packet) => sent.Add(packet);
        foreach (byte[] piece in pieces)
        {
            _ = pop.FromSite(0, Acme, piece);
        }

        pop.Run(10);
        Assert.Equal(pieces.Length, sent.Count);
        Assert.All(sent, packet => Assert.Equal(PublicOf(Acme), Source(packet)));
        Assert.Single(sent.Select(Source).Distinct());
    }

    [Fact]
    public void A_later_fragment_waits_for_the_first_one()
    {
        using ManagedServiceNode node = Alone(out PopOptions options);
        byte[][] pieces = Fragments(Udp(Site, 1234, Remote, 53, payload: 100, dontFragment: false, id: 9), 48, 9);
        SaseVerdict early = TunnelPackets.Offer(node, options, TunnelPackets.Geneve(options, 0, Acme, pieces[1]), out _);
        Assert.Equal(SaseAction.Held, early.Action);
        SaseVerdict first = TunnelPackets.Offer(node, options, TunnelPackets.Geneve(options, 0, Acme, pieces[0]), out _);
        Assert.Equal((SaseAction.ToUplink, true), (first.Action, first.Released));

        byte[] held = new byte[options.MtuBytes];
        Assert.True(node.TryTakeHeld(held, out int length, out bool fromUplink));
        Assert.False(fromUplink);
        SaseVerdict late = TunnelPackets.Offer(node, options, held.AsSpan(0, length).ToArray(), out byte[] sent);
        Assert.Equal(SaseAction.ToUplink, late.Action);
        Assert.Equal(PublicOf(Acme), Source(sent));
        Assert.False(node.TryTakeHeld(held, out _, out _));
    }

    [Fact]
    public void The_tenants_router_says_when_a_packets_time_has_ended()
    {
        using Pop pop = Running();
        byte[] old = Udp(Site, 1234, Remote, 53, payload: 60);
        old[8] = 1;
        old[10] = old[11] = 0;
        _ = InternetChecksum.Compute(old.AsSpan(0, 20)) is var sum;
        (old[10], old[11]) = ((byte)(sum >> 8), (byte)sum);
        byte[] told = Answered(pop, 0, Acme, () => pop.FromSite(0, Acme, old));
        Assert.True(AddsUp(told));
        Assert.True(IPv4View.TryParse(told, out IPv4View view));
        Assert.Equal((Router, Site), (view.Source, view.Destination));
        Assert.Equal((byte)IcmpType.TimeExceeded, view.Payload[0]);
    }

    [Fact]
    public void The_Internet_reaches_what_is_published_and_allowed()
    {
        SegmentOptions tenant = Make(Acme) with
        {
            Published = [new PublishedService(IpProtocol.Tcp, PublicOf(Acme), 443, Site, 8443), new PublishedService(IpProtocol.Tcp, PublicOf(Acme), 22, Site, 22)],
            Policy = new SegmentPolicy([new PolicyRule { Name = "web", Allow = true, FromUplink = true, Protocol = IpProtocol.Tcp, FirstPort = 8443, LastPort = 8443 }]),
        };
        using var pop = new Pop(2, 2, [tenant]);
        pop.Run(600);
        int owner = pop.ActiveOf(0);
        byte[] opened = Answered(pop, 0, Acme, () => pop.FromInternet(owner, Tcp(Remote, 5555, PublicOf(Acme), 443, TcpFlags.Syn)));
        Assert.Equal(new FlowKey4(Remote, Site, IpProtocol.Tcp, 5555, 8443), Flow(opened));
        byte[] answer = Single(pop, out _, () => pop.FromSite(0, Acme, Tcp(Site, 8443, Remote, 5555, TcpFlags.Syn | TcpFlags.Ack)));
        Assert.Equal(new FlowKey4(PublicOf(Acme), Remote, IpProtocol.Tcp, 443, 5555), Flow(answer));
        pop.OnDrop = null;
        Assert.Equal(SaseDrop.Policy, pop.FromInternet(owner, Tcp(Remote, 5555, PublicOf(Acme), 22, TcpFlags.Syn)).Drop);
        Assert.Equal(SaseDrop.NoFlow, pop.FromInternet(owner, Tcp(Remote, 5555, PublicOf(Acme), 23, TcpFlags.Syn)).Drop);
    }

    [Fact]
    public void A_changed_policy_judges_living_flows_again()
    {
        using ManagedServiceNode node = Alone(out PopOptions options);
        byte[] packet = TunnelPackets.Geneve(options, 0, Acme, Udp(Site, 1234, Remote, 53));
        Assert.Equal(SaseAction.ToUplink, TunnelPackets.Offer(node, options, packet, out _).Action);
        node.Configure([Make(Acme) with { Policy = new SegmentPolicy([]) }]);
        Assert.Equal(SaseDrop.Policy, TunnelPackets.Offer(node, options, packet, out _).Drop);
        Assert.Equal((0, 0, 1L), (node.FlowCount, node.BindingCount, node.Counters.FlowsRevoked));
    }

    internal static ManagedServiceNode Alone(out PopOptions options, Func<ServiceNodeOptions, ServiceNodeOptions>? adjust = null)
    {
        options = Pop.Base(2, 1);
        var made = new ServiceNodeOptions { Pop = options, Node = 0, Incarnation = 1, Flows = 4096, Segments = 64, Start = Pop.Start };
        var node = new ManagedServiceNode(adjust is null ? made : adjust(made));
        node.Configure([Make(Acme), Make(Globex)]);
        for (int i = 0; i <= 400; i++)
        {
            node.Advance(Pop.Start + TimeSpan.FromMilliseconds(i));
        }

        return node;
    }

    private static Pop Running(ServiceEncapsulation encapsulation = ServiceEncapsulation.Geneve)
    {
        var pop = new Pop(2, 3, [Make(Acme), Make(Globex, 1)], options: Pop.Base(2, 3) with { Encapsulation = encapsulation });
        pop.Run(600);
        Assert.InRange(pop.ActiveOf(0), 0, 2);
        Assert.InRange(pop.ActiveOf(1), 0, 2);
        return pop;
    }

    private static byte[] Single(Pop pop, out int node, Action cause)
    {
        var sent = new List<(int Node, byte[] Packet)>();
        pop.OnUplink = (at, _, packet) => sent.Add((at, packet));
        pop.OnDrop = (member, drop) => Assert.Fail($"member {member}: {drop}");
        cause();
        pop.Run(10);
        (node, byte[] only) = Assert.Single(sent);
        return only;
    }

    private static byte[] Answered(Pop pop, int gateway, uint vni, Action cause)
    {
        var received = new List<(int Gateway, uint Vni, byte[] Packet)>();
        pop.OnTenant = (at, segment, packet) => received.Add((at, segment, packet));
        pop.OnDrop = null;
        cause();
        pop.Run(10);
        (int actual, uint tenant, byte[] only) = Assert.Single(received);
        Assert.Equal((gateway, vni), (actual, tenant));
        return only;
    }

    private static byte TimeToLive(byte[] packet) => packet[8];

    private static IPv4Address Source(byte[] packet) => IPv4Address.Read(packet.AsSpan(12));
}
