using System.Globalization;
using Weft.Conformance.Support;
using Weft.Encap;
using Weft.Packets;
using Weft.Pcap;

namespace Weft.Conformance.EncapTests;

/// <summary>Our outer headers, judged by tshark.</summary>
[Trait(Kind.Key, Kind.Live)]
public sealed class TunnelLiveTests
{
    private const int Flows = 16;

    [Theory]
    [InlineData(TunnelProtocol.Vxlan, false, OuterChecksum.Standard)]
    [InlineData(TunnelProtocol.Vxlan, true, OuterChecksum.Standard)]
    [InlineData(TunnelProtocol.Geneve, false, OuterChecksum.Always)]
    [InlineData(TunnelProtocol.Geneve, true, OuterChecksum.Always)]
    public void Tshark_finds_every_header_whole_and_every_checksum_right(TunnelProtocol protocol, bool ipv6, OuterChecksum checksum)
    {
        LiveRequirements.NeedPrograms("tshark");
        string path = Path.Combine(Path.GetTempPath(), $"weft-tunnel-{Guid.NewGuid():N}.pcap");
        try
        {
            Write(path, TunnelVectors.OvsSender(protocol, ipv6) with { Checksum = checksum }, TunnelVectors.OvsReceiver(protocol, ipv6));
            string name = protocol == TunnelProtocol.Vxlan ? "vxlan" : "geneve";
            CommandResult judged = Command.Run(
                "tshark", "-r", path, "-o", "ip.check_checksum:TRUE", "-o", "udp.check_checksum:TRUE", "-T", "fields", "-E", "separator=;", "-E", "occurrence=f",
                "-e", name + ".vni", "-e", ipv6 ? "ipv6.dst" : "ip.checksum.status", "-e", "udp.checksum.status", "-e", "_ws.malformed", "-e", "udp.length").Required();
            string[] lines = judged.Output.Split('\n', StringSplitOptions.RemoveEmptyEntries);

            Assert.Equal(Flows, lines.Length);
            for (int flow = 0; flow < Flows; flow++)
            {
                string[] fields = lines[flow].Trim().Split(';');
                bool computed = ipv6 || checksum == OuterChecksum.Always;
                string vni = fields[0];
                Assert.Equal(100 + flow, vni.StartsWith("0x", StringComparison.Ordinal) ? Convert.ToInt32(vni, 16) : int.Parse(vni, CultureInfo.InvariantCulture));
                Assert.Equal(ipv6 ? "2001:cafe::92" : "1", fields[1]);
                Assert.Equal(computed ? "1" : "3", fields[2]); // good, or not present
                Assert.Equal("", fields[3]);
                Assert.Equal((16 + 46 + flow).ToString(CultureInfo.InvariantCulture), fields[4]);
            }
        }
        finally
        {
            File.Delete(path);
        }
    }

    private static void Write(string path, VtepOptions sender, VtepOptions receiver)
    {
        var encapsulator = new TunnelEncapsulator(sender);
        TunnelPeer peer = encapsulator.CreatePeer(receiver.Address);
        peer.SetNextHop(receiver.Mac);
        using PcapWriter writer = PcapWriter.Create(path);
        for (int flow = 0; flow < Flows; flow++)
        {
            // Lengths both even and odd, so that the checksum's last byte is tried too.
            byte[] inner = [.. Convert.FromHexString(TunnelVectors.OvsInner), .. Enumerable.Repeat((byte)0xA5, flow)];
            inner[35] = (byte)flow;
            byte[] frame = new byte[peer.HeaderBytes + inner.Length];
            inner.CopyTo(frame, peer.HeaderBytes);
            _ = PacketLayout.TryParse(inner, out PacketLayout layout);
            Assert.Equal(EncapVerdict.Encapsulated, encapsulator.WriteHeader(frame.AsSpan(0, peer.HeaderBytes), inner, layout, peer, (uint)(100 + flow)));
            writer.WritePacket(Timestamp.FromSeconds(flow), frame);
        }
    }
}
