using System.Buffers.Binary;
using Weft.Conformance.Support;
using Weft.Nat;
using Weft.Packets;
using static Weft.Conformance.NatTests.NatTestBed;

namespace Weft.Conformance.NatTests;

/// <summary>What leaves the engine, the gateway and the hosts' tunnels, read by a program that is not ours.</summary>
[Trait(Kind.Key, Kind.Live)]
public sealed class JudgedByTsharkTests
{
    private const int RawIp = 101; // LINKTYPE_RAW

    [Fact]
    public void Every_checksum_of_translated_packets_errors_and_tunnels_is_good_to_tshark()
    {
        LiveRequirements.NeedPrograms("tshark");
        using NatEngine engine = Make();
        var plan = new DsnatAddressPlan(IPv6Prefix.Parse("fd5a:1b2c:3d4e:1::/64"));
        var tunnel = new NatTunnel(new NatTunnelOptions { Plan = plan, Source = IPv6Address.Parse("fd5a:1b2c:3d4e:9::1"), Hosts = IPv6Prefix.Parse("fd5a:1b2c:3d4e:2::/64") });
        var sink = new Collector([]);
        for (int flow = 0; flow < 40; flow++)
        {
            ushort port = (ushort)(5000 + flow);
            foreach (byte[] packet in (byte[][])[Udp(Web, port, Remote, 9, payload: flow), Tcp(Web, port, Remote, 80, TcpFlags.Syn, flow), Echo(Web, Remote, port)])
            {
                Assert.Equal(NatAction.Translated, engine.TranslateOutbound(packet, Network, Start).Action);
                sink.Send(packet);
                byte[] error = Error(OtherRemote, Shared, packet, octets: 64);
                _ = tunnel.Encapsulate(error, plan.ToIPv6(Shared, Flow(packet).SourcePort), forwarding: true, ref sink);
                Assert.Equal(NatAction.Translated, engine.TranslateInbound(error, redirected: false, Start).Action);
                sink.Send(error);
            }
        }

        _ = tunnel.Encapsulate(Udp(Remote, 9, Shared, 2500, payload: 4000, dontFragment: false, id: 1), plan.ToIPv6(Shared, 2500), forwarding: true, ref sink);
        string[] lines = Judge(sink.Packets);
        Assert.Equal(sink.Packets.Count, lines.Length);
        Assert.All(lines, line => Assert.DoesNotContain("0", line.Split('|')[0].Split(',', ';'))); // 0 is "bad", 1 "good", 2 "not checked"
        Assert.True(lines.Count(line => line.Contains("fd5a:1b2c:3d4e:1:c000:201:", StringComparison.Ordinal)) == 120 + 3);
    }

    private static string[] Judge(List<byte[]> packets)
    {
        string file = Path.GetTempFileName();
        try
        {
            File.WriteAllBytes(file, Capture(packets));
            CommandResult result = Command.Run(
                "tshark", "-r", file, "-o", "ip.check_checksum:TRUE", "-o", "udp.check_checksum:TRUE", "-o", "tcp.check_checksum:TRUE", "-T", "fields", "-E", "separator=;",
                "-e", "ip.checksum.status", "-e", "udp.checksum.status", "-e", "tcp.checksum.status", "-e", "icmp.checksum.status", "-e", "ipv6.dst").Required();
            return [.. result.Output.Split('\n', StringSplitOptions.RemoveEmptyEntries).Select(line => line[..line.LastIndexOf(';')] + "|" + line[(line.LastIndexOf(';') + 1)..])];
        }
        finally
        {
            File.Delete(file);
        }
    }

    private static byte[] Capture(List<byte[]> packets)
    {
        byte[] bytes = new byte[24 + packets.Sum(packet => 16 + packet.Length)];
        BinaryPrimitives.WriteUInt32LittleEndian(bytes, 0xA1B2_C3D4);
        BinaryPrimitives.WriteUInt16LittleEndian(bytes.AsSpan(4), 2);
        BinaryPrimitives.WriteUInt16LittleEndian(bytes.AsSpan(6), 4);
        BinaryPrimitives.WriteUInt32LittleEndian(bytes.AsSpan(16), ushort.MaxValue);
        BinaryPrimitives.WriteUInt32LittleEndian(bytes.AsSpan(20), RawIp);
        int at = 24;
        foreach (byte[] packet in packets)
        {
            BinaryPrimitives.WriteInt32LittleEndian(bytes.AsSpan(at + 8), packet.Length);
            BinaryPrimitives.WriteInt32LittleEndian(bytes.AsSpan(at + 12), packet.Length);
            packet.CopyTo(bytes, at + 16);
            at += 16 + packet.Length;
        }

        return bytes;
    }

    private readonly struct Collector(List<byte[]> packets) : INatTunnelSink
    {
        public List<byte[]> Packets { get; } = packets;

        public void Send(ReadOnlySpan<byte> packet) => Packets.Add(packet.ToArray());
    }
}
