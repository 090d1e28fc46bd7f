using System.Globalization;
using Weft.Conformance.Support;
using Weft.Encap;
using Weft.Packets;
using Weft.Pcap;

namespace Weft.Conformance.EncapTests;

/// <summary>Captures of kernel VXLAN and Open vSwitch Geneve: what we take out of each tunnel is what tshark says is in it.</summary>
[Trait(Kind.Key, Kind.Corpus)]
public sealed class TunnelCorpusTests
{
    [Theory]
    [InlineData("kernel-vxlan-ipv4.pcap", "vxlan")]
    [InlineData("kernel-vxlan-ipv6.pcapng", "vxlan")]
    [InlineData("ovs-geneve.pcap", "geneve")]
    [InlineData("ovs-geneve-critical.pcap", "geneve")]
    public void Every_tunnelled_frame_gives_the_network_and_the_inner_frame_that_tshark_sees(string capture, string header)
    {
        Dictionary<int, List<Row>> rows = Rows(capture);
        using var reader = PcapReader.Open(Repository.File("pcaps/" + capture));
        int tunnelled = 0;
        for (int number = 1; reader.TryRead(out PcapPacket packet); number++)
        {
            List<Row> frameRows = rows[number];
            int at = frameRows.FindIndex(row => row.Header == header);
            if (at < 0)
            {
                continue;
            }

            tunnelled++;
            byte[] frame = packet.Data.ToArray();
            VtepOptions receiver = Receiver(frameRows, header);
            if (!receiver.Address.IsIPv4 && frameRows.First(row => row.Header == "udp").Fields["checksum"] == "0x0000")
            {
                Assert.Equal((number, DecapVerdict.UdpChecksumZero), (number, TunnelVectors.Decapsulate(receiver, frame)));
                receiver = receiver with { AcceptZeroChecksumOverIPv6 = true };
            }

            DecapVerdict verdict = TunnelVectors.Decapsulate(receiver, frame, out DecapsulatedFrame result);
            if (frameRows.FindIndex(row => row.Header is "icmp" or "icmpv6") is >= 0 and int icmp && icmp < at)
            {
                // An ICMP error that quotes a tunnelled packet is none itself.
                Assert.Equal((number, DecapVerdict.NotTunnel), (number, verdict));
                continue;
            }

            Row tunnel = frameRows[at];
            if (tunnel.Fields.GetValueOrDefault("flags.critical") == "1")
            {
                Assert.Equal((number, DecapVerdict.UnknownCriticalOption), (number, verdict));
                continue;
            }

            Assert.Equal((number, DecapVerdict.Decapsulated), (number, verdict));
            Assert.Equal(Number(tunnel.Fields["vni"]), result.Vni);
            Assert.Equal(frameRows[at + 1], frameRows[at + 1] with { Header = "eth", Offset = result.InnerOffset });
            Assert.Equal(frame.Length, result.InnerOffset + result.InnerLength);
            Assert.Equal(VtepAddress.Parse(frameRows.First(row => row.Header is "ip" or "ipv6").Fields["src"]), result.Source);
            Assert.Equal(packet.Data, frame);
        }

        Assert.NotEqual(0, tunnelled);
        Assert.Equal(rows.Values.Count(frame => frame.Exists(row => row.Header == header)), tunnelled);
    }

    /// <summary>The endpoint that tshark says the frame is for.</summary>
    private static VtepOptions Receiver(List<Row> rows, string header) => new()
    {
        Protocol = header == "vxlan" ? TunnelProtocol.Vxlan : TunnelProtocol.Geneve,
        Address = VtepAddress.Parse(rows.First(row => row.Header is "ip" or "ipv6").Fields["dst"]),
        Mac = MacAddress.Parse(rows.First(row => row.Header == "eth").Fields["dst"]),
        UdpPort = ushort.Parse(rows.First(row => row.Header == "udp").Fields["dstport"], CultureInfo.InvariantCulture),
        EntropySeed = default,
    };

    private static Dictionary<int, List<Row>> Rows(string capture) => File.ReadLines(Repository.File("pcaps/" + Path.GetFileNameWithoutExtension(capture) + ".expected.tsv"))
        .Where(line => char.IsAsciiDigit(line[0]))
        .Select(line => line.Split('\t'))
        .GroupBy(cells => int.Parse(cells[0], CultureInfo.InvariantCulture), cells => new Row(
            cells[1],
            int.Parse(cells[2], CultureInfo.InvariantCulture),
            cells[4].Split(' ').Where(field => field.Contains('=', StringComparison.Ordinal)).Select(field => field.Split('=', 2))
                .DistinctBy(field => field[0]).ToDictionary(field => field[0], field => field[1])))
        .ToDictionary(frame => frame.Key, frame => frame.ToList());

    private static uint Number(string text) => text.StartsWith("0x", StringComparison.Ordinal)
        ? uint.Parse(text.AsSpan(2), NumberStyles.HexNumber, CultureInfo.InvariantCulture)
        : uint.Parse(text, CultureInfo.InvariantCulture);

    private sealed record Row(string Header, int Offset, Dictionary<string, string> Fields);
}
