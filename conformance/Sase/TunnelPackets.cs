using Weft.Packets;
using Weft.Sase;

namespace Weft.Conformance.SaseTests;

/// <summary>Tunnel packets made field by field with the headers of Weft.Packets, and not by the engine that is to take them.</summary>
internal static class TunnelPackets
{
    public static readonly Timestamp Now = Pop.Start + TimeSpan.FromMilliseconds(401);

    /// <summary>Two options as a gateway sends them.</summary>
    public static byte[] Options(PopOptions pop, Epoch epoch, int gateway, ushort policy = 7, uint cookie = 0xCAFE_BABE)
    {
        byte[] options = new byte[20];
        int at = GeneveOption.Write(options, pop.OptionClass, 1, [(byte)(epoch.Value >> 24), (byte)(epoch.Value >> 16), (byte)(epoch.Value >> 8), (byte)epoch.Value]);
        _ = GeneveOption.Write(options.AsSpan(at), pop.OptionClass, 2, [(byte)(gateway >> 8), (byte)gateway, (byte)(policy >> 8), (byte)policy, (byte)(cookie >> 24), (byte)(cookie >> 16), (byte)(cookie >> 8), (byte)cookie]);
        return options;
    }

    public static byte[] Geneve(PopOptions pop, int gateway, uint vni, byte[] inner, byte[]? options = null, byte tos = 0)
    {
        byte[] all = options ?? Options(pop, new Epoch(0x100), gateway);
        byte[] header = new byte[GeneveHeader.MinLength + all.Length];
        _ = new GeneveHeader(vni).Write(header, all);
        return Outer(pop.Gateways[gateway], pop.Nodes[0], GeneveHeader.Port, [.. header, .. Frame(pop, inner)], tos);
    }

    public static byte[] Vxlan(PopOptions pop, int gateway, uint vni, byte[] inner)
    {
        byte[] header = new byte[VxlanHeader.Length];
        _ = new VxlanHeader(vni).Write(header);
        return Outer(pop.Gateways[gateway], pop.Nodes[0], VxlanHeader.Port, [.. header, .. Frame(pop, inner)]);
    }

    public static byte[] Nsh(PopOptions pop, int gateway, uint vni, byte[] inner, byte timeToLive = 63, byte index = 255, uint? path = null, bool oam = false)
    {
        byte[] header = new byte[VxlanHeader.Length + 24];
        _ = new VxlanGpeHeader(vni, VxlanGpeProtocol.Nsh).Write(header);
        byte[] context = new byte[16];
        context[2] = 1;
        context[5] = (byte)gateway;
        _ = new NshHeader(path ?? vni, index, NshNextProtocol.Ethernet) { MetadataType = 1, TimeToLive = timeToLive, IsOam = oam }.Write(header.AsSpan(VxlanHeader.Length), context);
        return Outer(pop.Gateways[gateway], pop.Nodes[0], VxlanGpeHeader.Port, [.. header, .. Frame(pop, inner)]);
    }

    public static byte[] Frame(PopOptions pop, byte[] inner)
    {
        byte[] frame = new byte[14 + inner.Length];
        _ = new EthernetHeader { Destination = pop.RouterMac, Source = pop.GatewayMac, EtherType = EtherType.IPv4 }.Write(frame);
        inner.CopyTo(frame, 14);
        return frame;
    }

    /// <summary>A frame as a node sends it.</summary>
    public static byte[] ToGateway(PopOptions pop, byte[] inner)
    {
        byte[] frame = Frame(pop, inner);
        pop.GatewayMac.Write(frame);
        pop.RouterMac.Write(frame.AsSpan(MacAddress.Length));
        return frame;
    }

    public static byte[] Outer(IPv4Address from, IPv4Address to, ushort port, byte[] payload, byte tos = 0)
    {
        byte[] packet = new byte[28 + payload.Length];
        _ = new IPv4Header { Source = from, Destination = to, Protocol = IpProtocol.Udp, DontFragment = true, PayloadLength = 8 + payload.Length, Dscp = (byte)(tos >> 2), Ecn = (byte)(tos & 3) }.Write(packet);
        _ = new UdpHeader(50_000, port, payload.Length).Write(packet.AsSpan(20));
        payload.CopyTo(packet, 28);
        return packet;
    }

    /// <summary>Makes the outer header's checksum right after a change.</summary>
    public static byte[] Mended(byte[] packet)
    {
        packet[10] = packet[11] = 0;
        ushort sum = InternetChecksum.Compute(packet.AsSpan(0, 20));
        (packet[10], packet[11]) = ((byte)(sum >> 8), (byte)sum);
        return packet;
    }

    public static SaseVerdict Offer(ManagedServiceNode node, PopOptions pop, byte[] packet, out byte[] result)
    {
        byte[] buffer = [.. new byte[pop.Overhead], .. packet];
        SaseVerdict verdict = node.FromTunnel(buffer, pop.Overhead, packet.Length, Now);
        result = buffer.AsSpan(verdict.Offset, verdict.Length).ToArray();
        return verdict;
    }

    /// <summary>Offers a tenant's packet to any of the nodes, in the epoch that it is the owner in.</summary>
    public static SaseVerdict OfferTo(ManagedServiceNode node, PopOptions pop, int number, uint vni, byte[] inner, Timestamp now)
    {
        PopOptions there = pop with { Nodes = [pop.Nodes[number], .. pop.Nodes.Where((_, other) => other != number)] };
        byte[] packet = Geneve(there, 0, vni, inner, Options(pop, node.EpochOf(0), 0));
        byte[] buffer = [.. new byte[pop.Overhead], .. packet];
        return node.FromTunnel(buffer, pop.Overhead, packet.Length, now);
    }
}
