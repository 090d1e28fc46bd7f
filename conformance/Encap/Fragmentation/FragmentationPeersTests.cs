using System.Globalization;
using Weft.Conformance.Support;
using Weft.Encap;
using Weft.Packets;
using Weft.Pcap;

namespace Weft.Conformance.EncapTests;

/// <summary>Our fragments judged by programs that are not ours.</summary>
[Trait(Kind.Key, Kind.Live)]
public sealed class FragmentationPeersTests
{
    private const string TlvMap = "{class=0xff00,type=0x80,len=8}->tun_metadata0";
    private static readonly FragmentCase Case = new(4000, 1500, false, OuterChecksum.Always, FragmentSplit.Balanced, 7);

    [Fact]
    public void Open_vswitch_writes_our_option_and_we_read_it()
    {
        LiveRequirements.NeedPrograms("ovs-vswitchd", "ovsdb-server", "ovs-vsctl", "ovs-ofctl", "ovs-appctl");
        using var ovs = new OfflineSwitch(TlvMap);

        // Datagram 0x01020304 of 2,048 bytes, offset 80 bytes: ten units, shifted by the version's three bits.
        ovs.AddFlow("in_port=1,actions=set_field:77->tun_id,set_field:0x0102030408000050->tun_metadata0,output:2");
        byte[] piece = Convert.FromHexString(TunnelVectors.OvsInner);
        ovs.Receive("p1", piece);
        byte[] packet = Assert.Single(ovs.Sent("p0"), frame => frame[12] == 0x08 && frame[13] == 0);

        using var pair = new FragmentingPair(Case);
        Assert.Equal(DecapVerdict.Fragment, pair.Open(packet, out DecapsulatedFrame read));
        Assert.Equal(new FragmentInfo(0x01020304, 2048, 10), read.Fragment);
        Assert.Equal(77u, read.Vni);
        Assert.Equal(0, pair.Decapsulator.Counters.CriticalFlagMismatch);
        Assert.Equal(piece, packet[read.InnerOffset..(read.InnerOffset + read.InnerLength)]);
    }

    [Fact]
    public void Open_vswitch_reads_the_option_that_we_write()
    {
        LiveRequirements.NeedPrograms("ovs-vswitchd", "ovsdb-server", "ovs-vsctl", "ovs-ofctl", "ovs-appctl");
        using var pair = new FragmentingPair(Case);
        List<byte[]> packets = pair.Cut(pair.Inner(Case.Length));
        Assert.Equal(3, packets.Count);
        Assert.Equal(DecapVerdict.Fragment, pair.Open([.. packets[0]], out DecapsulatedFrame first));

        using var ovs = new OfflineSwitch(TlvMap);
        ulong data = ((ulong)first.Fragment.DatagramId << 32) | ((ulong)first.Fragment.TotalLength << 16) | (uint)(first.Fragment.OffsetUnits << 3);
        ovs.AddFlow($"priority=2,in_port=2,tun_id=77,tun_metadata0=0x{data:x16},actions=output:1");
        ovs.AddFlow("priority=1,actions=drop");
        foreach (byte[] packet in packets)
        {
            // The same packet on the way to the other end: only the Ethernet and IP addresses differ, so no checksum does.
            ovs.Receive("p0", Mirrored(packet));
        }

        byte[] received = Assert.Single(ovs.Sent("p1"));
        Assert.Equal(packets[0][first.InnerOffset..(first.InnerOffset + first.InnerLength)], received);
    }

    [Theory]
    [InlineData(false)]
    [InlineData(true)]
    public void Tshark_finds_whole_packets_of_one_flow_with_our_option_in_each(bool ipv6)
    {
        LiveRequirements.NeedPrograms("tshark");
        using var pair = new FragmentingPair(Case with { IPv6 = ipv6, Length = 9014 });

        // tshark dissects every piece as if it were a frame; with these bytes each is one of an unknown EtherType, to which nobody objects.
        byte[] inner = new byte[9014];
        inner.AsSpan().Fill(0x5A);
        List<byte[]> packets = pair.Cut(inner);
        string path = Path.Combine(Path.GetTempPath(), $"weft-fragments-{Guid.NewGuid():N}.pcap");
        try
        {
            using (PcapWriter writer = PcapWriter.Create(path))
            {
                foreach (byte[] packet in packets)
                {
                    writer.WritePacket(Timestamp.FromSeconds(1), packet);
                }
            }

            CommandResult judged = Command.Run(
                "tshark", "-r", path, "-o", "ip.check_checksum:TRUE", "-o", "udp.check_checksum:TRUE", "-T", "fields", "-E", "separator=;", "-E", "occurrence=f",
                "-e", "geneve.vni", "-e", "geneve.flags.critical", "-e", "geneve.option.class", "-e", "geneve.option.type", "-e", "geneve.option.length",
                "-e", "udp.srcport", "-e", "udp.checksum.status", "-e", ipv6 ? "ipv6.plen" : "ip.len", "-e", ipv6 ? "ipv6.fraghdr" : "ip.flags.mf", "-e", ipv6 ? "ipv6.fraghdr" : "ip.frag_offset").Required();
            string[] lines = judged.Output.Split('\n', StringSplitOptions.RemoveEmptyEntries);
            Assert.Equal(packets.Count, lines.Length);
            Assert.Single(lines.Select(line => line.Split(';')[5]).Distinct());
            for (int i = 0; i < lines.Length; i++)
            {
                string[] fields = lines[i].Trim().Split(';');
                Assert.Equal(77, Number(fields[0]));
                Assert.Equal((true, 0xFF00, 0x80), (fields[1] is "1" or "True", Number(fields[2]), Number(fields[3])));
                Assert.Equal("1", fields[6]);
                Assert.Equal(packets[i].Length - (ipv6 ? 54 : 14), Number(fields[7]));
                Assert.True(fields[8] is "" or "0" or "False" && fields[9] is "" or "0");
            }

            Assert.Equal("", Command.Run("tshark", "-r", path, "-Y", "_ws.malformed or _ws.expert.severity == error").Required().Output);
        }
        finally
        {
            File.Delete(path);
        }
    }

    [Fact]
    public void Tshark_finds_the_fragments_next_protocol_behind_vxlan_gpe_and_a_whole_frame_behind_the_other()
    {
        LiveRequirements.NeedPrograms("tshark");
        using var pair = new FragmentingPair(Case with { Protocol = TunnelProtocol.VxlanGpe });
        byte[] small = pair.Inner(100);
        string path = Path.Combine(Path.GetTempPath(), $"weft-gpe-{Guid.NewGuid():N}.pcap");
        try
        {
            using (PcapWriter writer = PcapWriter.Create(path))
            {
                foreach (byte[] packet in (byte[][])[.. pair.Cut(pair.Inner(Case.Length)), .. pair.Cut(small)])
                {
                    writer.WritePacket(Timestamp.FromSeconds(1), packet);
                }
            }

            string[] lines = Command.Run("tshark", "-r", path, "-T", "fields", "-E", "separator=;", "-e", "vxlan.vni", "-e", "vxlan.next_proto", "-e", "eth.src").Required()
                .Output.Split('\n', StringSplitOptions.RemoveEmptyEntries);
            Assert.Equal(4, lines.Length);
            Assert.All(lines[..3], line => Assert.Equal((77, 127), (Number(line.Split(';')[0]), Number(line.Split(';')[1]))));
            Assert.Equal((77, 3), (Number(lines[3].Split(';')[0]), Number(lines[3].Split(';')[1])));
            Assert.Contains(Convert.ToHexStringLower(small, 6, 6), lines[3].Replace(":", "", StringComparison.Ordinal));
        }
        finally
        {
            File.Delete(path);
        }
    }

    private static byte[] Mirrored(byte[] packet)
    {
        byte[] mirrored = [.. packet];
        packet.AsSpan(0, 6).CopyTo(mirrored.AsSpan(6));
        packet.AsSpan(6, 6).CopyTo(mirrored);
        packet.AsSpan(26, 4).CopyTo(mirrored.AsSpan(30));
        packet.AsSpan(30, 4).CopyTo(mirrored.AsSpan(26));
        return mirrored;
    }

    private static int Number(string text) => text.StartsWith("0x", StringComparison.Ordinal)
        ? Convert.ToInt32(text, 16)
        : int.Parse(text, CultureInfo.InvariantCulture);
}
