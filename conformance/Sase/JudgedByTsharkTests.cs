using Weft.Conformance.Support;
using Weft.Packets;
using Weft.Sase;
using static Weft.Conformance.NatTests.NatTestBed;
using static Weft.Conformance.SaseTests.Tenants;

namespace Weft.Conformance.SaseTests;

/// <summary>What gateways and nodes put into tunnels, read field for field by a program that is not ours.</summary>
[Trait(Kind.Key, Kind.Live)]
public sealed class JudgedByTsharkTests
{
    private const uint Vni = 1001;
    private static readonly Epoch Owner = Epoch.None.Next(0);

    [Fact]
    public void Rfc8300_Nsh_in_VXLAN_GPE()
    {
        IReadOnlyList<string[]> frames = Judge(ServiceEncapsulation.Nsh, "nsh", "udp.dstport", "vxlan.next_proto", "vxlan.vni", "nsh.version", "nsh.Obit", "nsh.mdtype", "nsh.length", "nsh.nextproto", "nsh.spi", "nsh.si", "nsh.ttl", "nsh.contextheader", "eth.dst");
        Assert.All(frames, frame => Assert.Equal(["4", $"{Vni}", "0", "0", "1", "6", "3", $"{Vni}"], frame[1..9]));
        Assert.All(frames, frame => Assert.StartsWith("4790", frame[0], StringComparison.Ordinal));

        // Out, inspected and back, and an answer of the Internet: index and hops are counted where a service was (section 2.2, 2.3).
        Assert.Equal([["255", "0x003f"], ["254", "0x003e"], ["254", "0x003f"]], frames.Select(frame => frame[9..11]).DistinctBy(words => string.Join(',', words)));
        Assert.All(frames, frame => Assert.StartsWith($"{Owner.Value:x8}", Words(frame[11])[0], StringComparison.Ordinal));
        Assert.Equal(["0253.4153.4501", "0253.4153.4502"], frames.Select(frame => frame[12].Split(',')[^1].Replace(":", "", StringComparison.Ordinal)).Select(mac => $"{mac[..4]}.{mac[4..8]}.{mac[8..]}").Distinct());
    }

    [Fact]
    public void Rfc8926_Geneve_with_options()
    {
        IReadOnlyList<string[]> frames = Judge(ServiceEncapsulation.Geneve, "geneve", "udp.dstport", "geneve.version", "geneve.flags.oam", "geneve.flags.critical", "geneve.flags.reserved", "geneve.proto_type", "geneve.vni", "geneve.option.class", "geneve.option.type", "geneve.option.length", "geneve.option.unknown.data");
        Assert.All(frames, frame => Assert.StartsWith("6081", frame[0], StringComparison.Ordinal));
        Assert.All(frames, frame => Assert.Equal(["0", "0", "0", "0", "0x6558"], frame[1..6].Select(word => word is "False" ? "0" : word)));
        Assert.All(frames, frame => Assert.Equal($"{Vni}", Convert.ToInt32(frame[6], frame[6].StartsWith("0x", StringComparison.Ordinal) ? 16 : 10).ToString(null, null)));
        Assert.All(frames, frame => Assert.Equal(["0xfff5", "0xfff5"], frame[7].Split(',')));
        Assert.All(frames, frame => Assert.Equal(["0x01", "0x02"], frame[8].Split(',')));
        Assert.All(frames, frame => Assert.Equal(["20", "8", "12"], frame[9].Split(',')));
        Assert.All(frames, frame => Assert.Equal($"{Owner.Value:x8}", frame[10].Split(',')[0].Replace(":", "", StringComparison.Ordinal)));
    }

    [Fact]
    public void Rfc7348_Vxlan()
    {
        IReadOnlyList<string[]> frames = Judge(ServiceEncapsulation.Vxlan, "vxlan", "udp.dstport", "vxlan.flags", "vxlan.vni", "vxlan.reserved8");
        Assert.All(frames, frame => Assert.StartsWith("4789", frame[0], StringComparison.Ordinal));
        Assert.All(frames, frame => Assert.Equal(["0x0800", $"{Vni}", "0"], [frame[1], frame[2], frame[3] is "0x00" ? "0" : frame[3]]));
    }

    /// <summary>What tshark reads in packets of every kind on every way, which all are whole, and their checksums right.</summary>
    private static IReadOnlyList<string[]> Judge(ServiceEncapsulation encapsulation, string protocol, params string[] fields)
    {
        Tshark.Need();
        List<byte[]> packets = Converse(encapsulation);
        using var capture = new CaptureFile(packets.Select(Framed));
        Assert.Equal("", Tshark.Malformed(capture.FilePath));
        Assert.Equal("", Tshark.WrongChecksums(capture.FilePath));
        IReadOnlyList<string[]> frames = Tshark.Fields(capture.FilePath, protocol, fields);
        Assert.Equal(packets.Count, frames.Count);
        return frames;
    }

    private static byte[] Framed(byte[] packet)
    {
        byte[] frame = new byte[14 + packet.Length];
        _ = new EthernetHeader { EtherType = EtherType.IPv4 }.Write(frame);
        packet.CopyTo(frame, 14);
        return frame;
    }

    private static List<byte[]> Converse(ServiceEncapsulation encapsulation)
    {
        PopOptions pop = Pop.Base(1, 1) with { Encapsulation = encapsulation };
        using var gateway = new CloudGateway(new CloudGatewayOptions { Pop = pop, Gateway = 0, Segments = [new GatewaySegment(Vni, 0, 7)], Start = Pop.Start });
        using var node = new ManagedServiceNode(new ServiceNodeOptions { Pop = pop, Node = 0, Incarnation = 1, Flows = 64, Segments = 4, Start = Pop.Start });
        node.Configure([Make(Vni) with { Routes = [.. Make(Vni).Routes.Where(route => route.Kind != SegmentRouteKind.Gateway)] }]);
        gateway.NodeUp(0);
        gateway.SetOwner(0, Owner);
        gateway.Advance(Pop.Start);
        Assert.True(node.TryActivate(0, Owner));
        var seen = new List<byte[]>();
        IPv4Address inspected = IPv4Address.Parse("10.2.0.9");
        foreach (byte[] inner in (byte[][])[Udp(Site, 1, inspected, 2), Tcp(Site, 3, inspected, 4, TcpFlags.Syn), Udp(Site, 1234, Remote, 7000), Tcp(Site, 1234, Remote, 80, TcpFlags.Syn), Echo(Site, Remote, 9)])
        {
            byte[] buffer = [.. new byte[128], .. inner, .. new byte[64]];
            SaseVerdict sent = gateway.ToNode(buffer, 128, inner.Length, Vni);
            Assert.Equal(SaseAction.ToTunnel, sent.Action);
            seen.Add(buffer.AsSpan(sent.Offset, sent.Length).ToArray());
            SaseVerdict left = node.FromTunnel(buffer, sent.Offset, sent.Length, TunnelPackets.Now);
            if (left.Action == SaseAction.ToUplink)
            {
                FlowKey4 outside = Flow(buffer.AsSpan(left.Offset, left.Length).ToArray());
                byte[] answer = outside.Protocol switch
                {
                    IpProtocol.Udp => Udp(Remote, 7000, outside.Source, outside.SourcePort),
                    IpProtocol.Tcp => Tcp(Remote, 80, outside.Source, outside.SourcePort, TcpFlags.Syn | TcpFlags.Ack),
                    _ => Echo(Remote, outside.Source, outside.SourcePort, reply: true),
                };
                buffer = [.. new byte[128], .. answer];
                left = node.FromUplink(buffer, 128, answer.Length, TunnelPackets.Now);
            }

            Assert.Equal(SaseAction.ToTunnel, left.Action);
            seen.Add(buffer.AsSpan(left.Offset, left.Length).ToArray());
            Assert.Equal(SaseAction.ToTenant, gateway.FromNode(buffer, left.Offset, left.Length).Action);
        }

        return seen;
    }

    private static string[] Words(string value) => [.. value.Split(',').Select(word => word.Replace(":", "", StringComparison.Ordinal).Replace("0x", "", StringComparison.Ordinal))];
}
