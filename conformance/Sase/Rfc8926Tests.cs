using Weft.Conformance.Support;
using Weft.Packets;
using Weft.Sase;
using static Weft.Conformance.NatTests.NatTestBed;
using static Weft.Conformance.SaseTests.Tenants;

namespace Weft.Conformance.SaseTests;

/// <summary>Geneve and VXLAN between gateway and node, header by header.</summary>
[Trait(Kind.Key, Kind.Rfc)]
public sealed class Rfc8926Tests
{
    private const uint Acme = 1001;

    [Fact]
    public void Rfc8926_Section3_4_reserved_bits_are_ignored_on_receipt_and_zero_on_transmission()
    {
        using ManagedServiceNode node = WalkTests.Alone(out PopOptions pop);
        byte[] packet = TunnelPackets.Geneve(pop, 0, Acme, Inspected());
        packet[28 + 1] |= 0x3F;
        packet[28 + 7] = 0xFF;
        Assert.Equal(SaseAction.ToTunnel, TunnelPackets.Offer(node, pop, packet, out byte[] back).Action);
        Assert.Equal((0, 0), (back[28 + 1] & 0x3F, back[28 + 7]));
    }

    [Fact]
    public void Rfc8926_Section3_5_the_order_of_options_has_no_meaning()
    {
        byte[] ours = TunnelPackets.Options(Pop.Base(2, 1), new Epoch(0x100), gateway: 0);
        byte[] foreign = [0x01, 0x08, 0x02, 0x01, 1, 2, 3, 4];
        byte[][] orders = [[.. ours, .. foreign], [.. foreign, .. ours], [.. ours[8..], .. foreign, .. ours[..8]]];
        foreach (byte[] options in orders)
        {
            using ManagedServiceNode node = WalkTests.Alone(out PopOptions pop);
            Assert.Equal(SaseAction.ToTunnel, TunnelPackets.Offer(node, pop, TunnelPackets.Geneve(pop, 0, Acme, Inspected(), options), out byte[] back).Action);
            Assert.True(GeneveView.TryParse(back.AsSpan(28), out GeneveView geneve));
            Assert.Equal((Acme, options.Length), (geneve.Vni, geneve.HeaderLength - 8));

            // Only the epoch, our own word, is another one afterwards.
            byte[] echoed = geneve.OptionBytes.ToArray();
            int epoch = options.AsSpan().IndexOf((ReadOnlySpan<byte>)[0xFF, 0xF5, 1]) + 4;
            Assert.Equal(node.EpochOf(0).Value, System.Buffers.Binary.BinaryPrimitives.ReadUInt32BigEndian(echoed.AsSpan(epoch)));
            options.AsSpan(epoch, 4).CopyTo(echoed.AsSpan(epoch));
            Assert.Equal(options, echoed);
        }
    }

    [Fact]
    public void Rfc8926_Section3_4_the_C_bit_without_a_critical_option_that_is_not_known_is_no_reason_to_drop()
    {
        using ManagedServiceNode node = WalkTests.Alone(out PopOptions pop);
        byte[] packet = TunnelPackets.Geneve(pop, 0, Acme, Inspected());
        packet[28 + 1] |= 0x40;
        Assert.Equal(SaseDrop.None, TunnelPackets.Offer(node, pop, packet, out _).Drop);
    }

    [Theory]
    [InlineData(ServiceEncapsulation.Geneve, 6081)]
    [InlineData(ServiceEncapsulation.Vxlan, 4789)]
    [InlineData(ServiceEncapsulation.Nsh, 4790)]
    public void Rfc8926_Section3_3_and_Rfc7348_Section5_the_port_is_the_protocols_the_source_port_the_flows_and_a_checksum_of_zero_is_allowed(ServiceEncapsulation encapsulation, int port)
    {
        PopOptions pop = Pop.Base(1, 1) with { Encapsulation = encapsulation };
        using var gateway = new CloudGateway(new CloudGatewayOptions { Pop = pop, Gateway = 0, Segments = [new GatewaySegment(Acme, 0)], Start = Pop.Start });
        gateway.NodeUp(0);
        gateway.Advance(Pop.Start);
        var ports = new HashSet<ushort>();
        for (ushort flow = 1; flow <= 200; flow++)
        {
            byte[] first = Tunnelled(gateway, pop, Udp(Site, flow, Remote, 53, payload: 8));
            byte[] second = Tunnelled(gateway, pop, Udp(Site, flow, Remote, 53, payload: 30));
            Assert.True(IPv4View.TryParse(first, out IPv4View outer) && UdpView.TryParse(outer.Payload, out _));
            _ = UdpView.TryParse(outer.Payload, out UdpView udp);
            Assert.Equal(((ushort)port, (ushort)0, true), (udp.DestinationPort, udp.Checksum, outer.DontFragment));
            Assert.InRange(udp.SourcePort, (ushort)49_152, ushort.MaxValue);
            Assert.True(InternetChecksum.IsValid(first.AsSpan(0, 20)));
            Assert.Equal(first.AsSpan(20, 2), second.AsSpan(20, 2));
            _ = ports.Add(udp.SourcePort);
        }

        Assert.InRange(ports.Count, 150, 200);
    }

    [Theory]
    [InlineData(0x00)]
    [InlineData(0xB8)]
    [InlineData(0x2A)]
    public void Rfc2983_Section4_and_Rfc6040_Section4_1_the_tunnel_has_the_class_and_the_congestion_field_of_what_is_in_it(byte tos)
    {
        PopOptions pop = Pop.Base(1, 1);
        using var gateway = new CloudGateway(new CloudGatewayOptions { Pop = pop, Gateway = 0, Segments = [new GatewaySegment(Acme, 0)], Start = Pop.Start });
        gateway.NodeUp(0);
        gateway.Advance(Pop.Start);
        byte[] inner = Udp(Site, 1, Remote, 53);
        inner[1] = tos;
        Assert.Equal(tos, Tunnelled(gateway, pop, TunnelPackets.Mended(inner))[1]);
    }

    [Fact]
    public void Rfc6040_Section4_2_what_leaves_the_tunnel_is_what_the_table_says_for_all_sixteen_pairs()
    {
        // Figure 4: rows are the inner field, columns the outer one, in the order Not-ECT, ECT(1), ECT(0), CE as numbers 0, 1, 2, 3; -1 is a drop.
        int[,] table = { { 0, 0, 0, -1 }, { 1, 1, 1, 3 }, { 2, 1, 2, 3 }, { 3, 3, 3, 3 } };
        for (int inner = 0; inner < 4; inner++)
        {
            for (int outer = 0; outer < 4; outer++)
            {
                using ManagedServiceNode node = WalkTests.Alone(out PopOptions pop);
                byte[] packet = Inspected();
                packet[1] = (byte)inner;
                SaseVerdict verdict = TunnelPackets.Offer(node, pop, TunnelPackets.Geneve(pop, 0, Acme, TunnelPackets.Mended(packet), tos: (byte)outer), out byte[] back);
                int left = verdict.Drop == SaseDrop.Congestion ? -1 : back[28 + 28 + 14 + 1] & 3;
                Assert.Equal((inner, outer, table[inner, outer]), (inner, outer, left));
            }
        }
    }

    [Theory]
    [InlineData("0000000000000000", SaseDrop.BadVersion)] // the I flag is not set
    [InlineData("f700000000000000", SaseDrop.BadVersion)] // every flag but that one
    public void Rfc7348_Section5_the_I_flag_must_be_set(string header, SaseDrop reason)
    {
        using ManagedServiceNode node = Node(ServiceEncapsulation.Vxlan, out PopOptions pop);
        byte[] vxlan = Convert.FromHexString(header);
        (vxlan[4], vxlan[5], vxlan[6]) = (0, (byte)(Acme >> 8), unchecked((byte)Acme));
        byte[] packet = TunnelPackets.Outer(pop.Gateways[0], pop.Nodes[0], VxlanHeader.Port, [.. vxlan, .. TunnelPackets.Frame(pop, Inspected())]);
        Assert.Equal(reason, TunnelPackets.Offer(node, pop, packet, out _).Drop);
    }

    [Fact]
    public void Rfc7348_Section5_reserved_bits_are_ignored_on_receipt()
    {
        using ManagedServiceNode node = Node(ServiceEncapsulation.Vxlan, out PopOptions pop);
        byte[] packet = TunnelPackets.Vxlan(pop, 0, Acme, Inspected());
        (packet[28], packet[29], packet[30], packet[31], packet[35]) = (0xFF, 0xFF, 0xFF, 0xFF, 0xFF);
        Assert.Equal(SaseAction.ToTunnel, TunnelPackets.Offer(node, pop, packet, out _).Action);
    }

    [Fact]
    public void Rfc1191_Section4_a_gateway_drops_what_is_longer_than_the_tunnel_takes_and_knows_how_long_it_may_be()
    {
        PopOptions pop = Pop.Base(1, 1) with { MtuBytes = 1500 };
        using var gateway = new CloudGateway(new CloudGatewayOptions { Pop = pop, Gateway = 0, Segments = [new GatewaySegment(Acme, 0)], Start = Pop.Start });
        gateway.NodeUp(0);
        gateway.Advance(Pop.Start);
        Assert.Equal(1500 - 20 - 8 - 8 - 20 - 14, gateway.InnerMtu);
        byte[] longest = Udp(Site, 1, Remote, 2, payload: gateway.InnerMtu - 28);
        byte[] longer = Udp(Site, 1, Remote, 2, payload: gateway.InnerMtu - 27);
        Assert.Equal(1500, Tunnelled(gateway, pop, longest).Length);
        byte[] buffer = [.. new byte[pop.Overhead], .. longer];
        Assert.Equal(SaseDrop.Mtu, gateway.ToNode(buffer, pop.Overhead, longer.Length, Acme).Drop);
    }

    [Fact]
    public void Rfc1191_Section4_a_sender_in_the_Internet_is_told_the_next_hops_MTU_in_a_message_about_its_own_packet()
    {
        using ManagedServiceNode node = WalkTests.Alone(out PopOptions pop);
        Assert.Equal(SaseAction.ToUplink, TunnelPackets.Offer(node, pop, TunnelPackets.Geneve(pop, 0, Acme, Udp(Site, 1234, Remote, 53)), out byte[] sent).Action);
        byte[] large = Udp(Remote, 53, Flow(sent).Source, Flow(sent).SourcePort, payload: pop.MtuBytes - pop.Overhead);
        byte[] buffer = [.. new byte[pop.Overhead], .. large, .. new byte[64]];
        SaseVerdict verdict = node.FromUplink(buffer, pop.Overhead, large.Length, TunnelPackets.Now);
        Assert.Equal((SaseAction.ToUplink, SaseDrop.Mtu), (verdict.Action, verdict.Drop));
        byte[] error = buffer.AsSpan(verdict.Offset, verdict.Length).ToArray();
        Assert.True(AddsUp(error) && IPv4View.TryParse(error, out _));
        _ = IPv4View.TryParse(error, out IPv4View view);
        Assert.Equal((Flow(sent).Source, Remote), (view.Source, view.Destination));
        Assert.Equal((3, 4, pop.MtuBytes - pop.Overhead), (view.Payload[0], view.Payload[1], (view.Payload[6] << 8) | view.Payload[7]));
        Assert.Equal(Flow(large), About(error));
    }

    private static byte[] Inspected() => Udp(Site, 1234, IPv4Address.Parse("10.2.0.9"), 7);

    private static byte[] Tunnelled(CloudGateway gateway, PopOptions pop, byte[] inner)
    {
        byte[] buffer = [.. new byte[pop.Overhead], .. inner];
        SaseVerdict verdict = gateway.ToNode(buffer, pop.Overhead, inner.Length, Acme);
        Assert.Equal(SaseAction.ToTunnel, verdict.Action);
        return buffer.AsSpan(verdict.Offset, verdict.Length).ToArray();
    }

    private static ManagedServiceNode Node(ServiceEncapsulation encapsulation, out PopOptions pop)
    {
        pop = Pop.Base(2, 1) with { Encapsulation = encapsulation };
        var node = new ManagedServiceNode(new ServiceNodeOptions { Pop = pop, Node = 0, Incarnation = 1, Flows = 64, Segments = 4, Start = Pop.Start });
        node.Configure([Make(Acme)]);
        Assert.True(node.TryActivate(0, Epoch.None.Next(0)));
        return node;
    }
}
