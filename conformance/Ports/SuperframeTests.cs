using System.Buffers.Binary;
using FsCheck;
using FsCheck.Fluent;
using Weft.Conformance.Support;
using Weft.Ports.Offload;

namespace Weft.Conformance.PortsTests;

public sealed class SuperframeTests
{
    private const int TcpHeader = 32;

    /// <summary>How a superframe is put together, apart from its payload.</summary>
    public readonly record struct Shape(bool IsV6, bool IsUdp, int Tags, Tunnel Tunnel, bool OuterChecksum, int Payload, int SegmentBytes, byte Flags);

    /// <summary>What is around the frame that is cut.</summary>
    public enum Tunnel
    {
        None,
        Vxlan,
        Geneve,
    }

    [Fact]
    [Trait(Kind.Key, Kind.Property)]
    public void Segments_put_together_again_are_the_superframe_and_each_has_right_lengths_and_checksums()
    {
        Prop.ForAll(Shapes(), shape =>
        {
            byte[] superframe = Build(shape, out VirtioNetHeader header);
            List<byte[]> segments = Cut(superframe, header);
            int headers = superframe.Length - shape.Payload;

            Assert.Equal(Math.Max(1, (shape.Payload + shape.SegmentBytes - 1) / shape.SegmentBytes), segments.Count);
            Assert.Equal(superframe[headers..], segments.SelectMany(segment => segment[headers..]));
            Assert.All(segments.SkipLast(1), segment => Assert.Equal(headers + shape.SegmentBytes, segment.Length));
            Assert.All(segments, segment => Assert.Null(NaiveChecksum.Complaint(segment)));
            for (int i = 0; i < segments.Count; i++)
            {
                AssertHeaders(shape, superframe, segments[i], i, segments.Count, header.ChecksumStart);
            }
        }).Check(Chance.Of(400).WithQuietOnSuccess(true));
    }

    [Fact]
    [Trait(Kind.Key, Kind.Property)]
    public void A_partial_checksum_is_completed_as_the_sender_would_have()
    {
        Prop.ForAll(Shapes(), shape =>
        {
            byte[] frame = Build(shape with { SegmentBytes = 0xFFFF, Payload = shape.Payload % 1400, Tunnel = Tunnel.None }, out VirtioNetHeader header);
            Assert.NotNull(NaiveChecksum.Complaint(frame));
            Assert.True(PartialChecksum.TryComplete(frame, header));
            Assert.Null(NaiveChecksum.Complaint(frame));
        }).Check(Chance.Of(300).WithQuietOnSuccess(true));
    }

    [Fact]
    [Trait(Kind.Key, Kind.Rfc)]
    public void Rfc9260_AppendixA_SCTP_gets_a_CRC32c_in_place_of_a_sum()
    {
        LiveRequirements.NeedPrograms("python3");
        byte[] packet = Scapy("Ether(src='02:00:00:00:00:01',dst='02:00:00:00:00:02')/IP(src='10.0.0.1',dst='10.0.0.2')/SCTP(sport=1,dport=2,tag=3)/SCTPChunkData(data=b'weft weft w')");
        byte[] partial = [.. packet];
        partial.AsSpan(34 + 8, 4).Clear();
        Assert.True(PartialChecksum.TryComplete(partial, new VirtioNetHeader(true, GsoType.None, 0, 34, 8)));
        Assert.Equal(Convert.ToHexString(packet), Convert.ToHexString(partial));
    }

    [Fact]
    [Trait(Kind.Key, Kind.Rfc)]
    public void Rfc768_A_sum_of_zero_is_sent_as_all_ones()
    {
        // UDP over IPv4 whose words sum to 0xFFFF, so that the complement is zero.
        byte[] frame = new byte[44];
        frame[34 + 6] = 0xFF;
        frame[34 + 7] = 0xFF;
        Assert.True(PartialChecksum.TryComplete(frame, new VirtioNetHeader(true, GsoType.None, 0, 34, 6)));
        Assert.Equal(0xFFFF, BinaryPrimitives.ReadUInt16BigEndian(frame.AsSpan(40)));
    }

    [Fact]
    [Trait(Kind.Key, Kind.Property)]
    public void Segments_of_a_VXLAN_superframe_please_tshark_inside_and_outside()
    {
        LiveRequirements.NeedPrograms("tshark");
        foreach (Shape shape in new Shape[] { new(false, false, 1, Tunnel.Vxlan, true, 5000, 1400, 0x99), new(true, false, 0, Tunnel.Vxlan, true, 5000, 1400, 0x18), new(false, true, 0, Tunnel.Vxlan, true, 5000, 1400, 0) })
        {
            List<byte[]> segments = Cut(Build(shape, out VirtioNetHeader header), header);
            string file = Path.Combine(Path.GetTempPath(), $"weft-{Guid.NewGuid():N}.pcap");
            try
            {
                using (var writer = Weft.Pcap.PcapWriter.Create(file))
                {
                    segments.ForEach(segment => writer.WritePacket(default, segment));
                }

                string[] options = ["-o", "ip.check_checksum:TRUE", "-o", "tcp.check_checksum:TRUE", "-o", "udp.check_checksum:TRUE", "-d", "udp.port==4789,vxlan"];
                string said = Command.Run("tshark", [.. options, "-r", file, "-T", "fields", "-e", "udp.checksum.status", "-e", "tcp.checksum.status", "-e", "ip.checksum.status"]).Required().Output;
                // 0 is bad, 1 good, 2 unverified.
                Assert.DoesNotContain("0", said);
                Assert.Equal(segments.Count, said.Split('\n', StringSplitOptions.RemoveEmptyEntries).Count(line => line.Contains('1')));
                Assert.DoesNotContain("2", said);
            }
            finally
            {
                File.Delete(file);
            }
        }
    }

    [Theory]
    [Trait(Kind.Key, Kind.Hostile)]
    [InlineData(true, 1, 0, 34, 16)]
    [InlineData(false, 1, 1000, 34, 16)]
    [InlineData(true, 4, 1000, 34, 16)]
    [InlineData(true, 5, 1000, 34, 16)]
    [InlineData(true, 3, 1000, 34, 16)]
    [InlineData(true, 99, 1000, 34, 16)]
    [InlineData(true, 1, 1000, 35, 16)]
    [InlineData(true, 1, 1000, 65535, 16)]
    public void A_description_that_contradicts_the_frame_is_refused(bool needsChecksum, int type, int size, int start, int offset)
    {
        byte[] superframe = Build(new Shape(false, false, 0, Tunnel.None, false, 4000, 1000, 0x10), out _);
        var segmenter = new SuperframeSegmenter();
        Assert.False(segmenter.TryBegin(superframe, new VirtioNetHeader(needsChecksum, (GsoType)type, size, start, offset)));
        Assert.False(segmenter.IsActive);
    }

    [Theory]
    [Trait(Kind.Key, Kind.Hostile)]
    [InlineData(60, 0)]
    [InlineData(59, 0)]
    [InlineData(65535, 65535)]
    [InlineData(55, 8)]
    public void A_checksum_outside_the_frame_is_refused(int start, int offset) =>
        Assert.False(PartialChecksum.TryComplete(new byte[60], new VirtioNetHeader(true, GsoType.None, 0, start, offset)));

    [Fact]
    [Trait(Kind.Key, Kind.Hostile)]
    public void No_bytes_and_no_description_make_the_segmenter_fault_or_run_for_ever()
    {
        var random = new Random(11);
        byte[] room = new byte[70_000];
        for (int i = 0; i < 200_000; i++)
        {
            var shape = new Shape(random.Next(2) == 0, random.Next(2) == 0, random.Next(3), (Tunnel)random.Next(3), random.Next(2) == 0, random.Next(200), 1 + random.Next(100), (byte)random.Next(256));
            byte[] frame = Build(shape, out VirtioNetHeader header);
            frame = frame[..random.Next(frame.Length + 1)];
            for (int flips = random.Next(4); flips > 0 && frame.Length > 0; flips--)
            {
                frame[random.Next(frame.Length)] = (byte)random.Next(256);
            }

            var segmenter = new SuperframeSegmenter();
            if (segmenter.TryBegin(frame, header))
            {
                int segments = 0;
                while (segmenter.IsActive)
                {
                    Assert.InRange(segmenter.Next(frame, room), 1, segmenter.MaxSegmentBytes);
                    Assert.True(++segments <= frame.Length);
                }
            }

            PartialChecksum.TryComplete(frame, header);
        }
    }

    [Fact]
    [Trait(Kind.Key, Kind.Alloc)]
    public void Cutting_allocates_nothing()
    {
        byte[] superframe = Build(new Shape(false, false, 0, Tunnel.Vxlan, true, 60_000, 1400, 0x18), out VirtioNetHeader header);
        byte[] room = new byte[2000];
        Assert.Equal(0, Allocations.Of(() =>
        {
            for (int i = 0; i < 1000; i++)
            {
                var segmenter = new SuperframeSegmenter();
                segmenter.TryBegin(superframe, header);
                while (segmenter.IsActive)
                {
                    segmenter.Next(superframe, room);
                }
            }
        }));
    }

    private static void AssertHeaders(Shape shape, byte[] superframe, byte[] segment, int index, int count, int transport)
    {
        if (shape.Tunnel != Tunnel.None)
        {
            int outerUdp = OuterIp(shape) + (shape.IsV6 ? 40 : 20);
            Assert.Equal(shape.OuterChecksum, BinaryPrimitives.ReadUInt16BigEndian(segment.AsSpan(outerUdp + 6)) != 0);
        }

        if (!shape.IsV6)
        {
            int ip = transport - 20;
            Assert.Equal((ushort)(BinaryPrimitives.ReadUInt16BigEndian(superframe.AsSpan(ip + 4)) + index), BinaryPrimitives.ReadUInt16BigEndian(segment.AsSpan(ip + 4)));
        }

        if (!shape.IsUdp)
        {
            uint first = BinaryPrimitives.ReadUInt32BigEndian(superframe.AsSpan(transport + 4));
            Assert.Equal(first + (uint)(index * shape.SegmentBytes), BinaryPrimitives.ReadUInt32BigEndian(segment.AsSpan(transport + 4)));
            int ends = index == count - 1 ? 0x09 : 0;
            int reduced = index == 0 ? 0x80 : 0;
            Assert.Equal(shape.Flags & (0x76 | ends | reduced), segment[transport + 13]);
        }
    }

    internal static List<byte[]> Cut(byte[] superframe, VirtioNetHeader header)
    {
        var segmenter = new SuperframeSegmenter();
        Assert.True(segmenter.TryBegin(superframe, header));
        var segments = new List<byte[]>();
        byte[] room = new byte[segmenter.MaxSegmentBytes];
        while (segmenter.IsActive)
        {
            segments.Add(room[..segmenter.Next(superframe, room)]);
        }

        return segments;
    }

    private static Arbitrary<Shape> Shapes()
    {
        Gen<Shape> shapes =
            from isV6 in Gen.Elements(false, true)
            from isUdp in Gen.Elements(false, true)
            from tags in Gen.Choose(0, 2)
            from tunnel in Gen.Elements(Tunnel.None, Tunnel.Vxlan, Tunnel.Geneve)
            from outer in Gen.Elements(false, true)
            from payload in Gen.Choose(0, 9000)
            from segment in Gen.Choose(1, 3000)
            from flags in Gen.Choose(0, 255)
            select new Shape(isV6, isUdp, tags, tunnel, outer, payload, Math.Max(segment, payload / 100 + 1), (byte)flags);
        return Arb.From(shapes, shape => new[]
        {
            shape with { Tags = 0 },
            shape with { Tunnel = Tunnel.None },
            shape with { Payload = shape.Payload / 2 },
            shape with { Flags = 0 },
        }.Where(smaller => smaller != shape));
    }

    private static int OuterIp(Shape shape) => 14 + 4 * shape.Tags;

    /// <summary>Builds what a sending kernel hands over: lengths of the whole, the pseudo header's sum in the inner checksum.</summary>
    internal static byte[] Build(Shape shape, out VirtioNetHeader header)
    {
        int ipBytes = shape.IsV6 ? 40 : 20;
        int tunnelBytes = shape.Tunnel switch { Tunnel.None => 0, Tunnel.Vxlan => ipBytes + 8 + 8 + 14, _ => ipBytes + 8 + 16 + 14 };
        int transportBytes = shape.IsUdp ? 8 : TcpHeader;
        byte[] frame = new byte[OuterIp(shape) + tunnelBytes + ipBytes + transportBytes + shape.Payload];
        int at = Ethernet(frame, 0, shape.Tags, shape.IsV6);
        if (shape.Tunnel != Tunnel.None)
        {
            int udp = Ip(frame, at, shape.IsV6, 17);
            BinaryPrimitives.WriteUInt16BigEndian(frame.AsSpan(udp + 2), (ushort)(shape.Tunnel == Tunnel.Vxlan ? 4789 : 6081));
            BinaryPrimitives.WriteUInt16BigEndian(frame.AsSpan(udp + 6), (ushort)(shape.OuterChecksum ? 0xBEEF : 0));
            int tunnel = udp + 8;
            frame[tunnel] = shape.Tunnel == Tunnel.Vxlan ? (byte)0x08 : (byte)2;
            BinaryPrimitives.WriteUInt16BigEndian(frame.AsSpan(tunnel + 2), (ushort)(shape.Tunnel == Tunnel.Vxlan ? 0 : 0x6558));
            at = Ethernet(frame, tunnel + (shape.Tunnel == Tunnel.Vxlan ? 8 : 16), 0, shape.IsV6);
        }

        int transport = Ip(frame, at, shape.IsV6, (byte)(shape.IsUdp ? 17 : 6));
        new Random(shape.Payload).NextBytes(frame.AsSpan(transport));
        int field = shape.IsUdp ? 6 : 16;
        if (shape.IsUdp)
        {
            BinaryPrimitives.WriteUInt16BigEndian(frame.AsSpan(transport + 2), 9);
            BinaryPrimitives.WriteUInt16BigEndian(frame.AsSpan(transport + 4), (ushort)(frame.Length - transport));
        }
        else
        {
            frame[transport + 12] = TcpHeader / 4 << 4;
            frame[transport + 13] = shape.Flags;
        }

        int pseudo = (shape.IsUdp ? 17 : 6) + frame.Length - transport;
        for (int i = shape.IsV6 ? transport - 32 : transport - 8; i < transport; i += 2)
        {
            pseudo += BinaryPrimitives.ReadUInt16BigEndian(frame.AsSpan(i));
        }

        pseudo = (pseudo & 0xFFFF) + (pseudo >> 16);
        BinaryPrimitives.WriteUInt16BigEndian(frame.AsSpan(transport + field), (ushort)((pseudo & 0xFFFF) + (pseudo >> 16)));
        GsoType type = shape.IsUdp ? GsoType.UdpL4 : shape.IsV6 ? GsoType.TcpV6 : GsoType.TcpV4;
        header = new VirtioNetHeader(needsChecksum: true, type, shape.SegmentBytes, transport, field);
        return frame;
    }

    private static int Ethernet(byte[] frame, int at, int tags, bool isV6)
    {
        Convert.FromHexString("020000000002020000000001").CopyTo(frame, at);
        at += 12;
        for (int i = 0; i < tags; i++, at += 4)
        {
            BinaryPrimitives.WriteUInt32BigEndian(frame.AsSpan(at), 0x8100_0064);
        }

        BinaryPrimitives.WriteUInt16BigEndian(frame.AsSpan(at), (ushort)(isV6 ? 0x86DD : 0x0800));
        return at + 2;
    }

    private static int Ip(byte[] frame, int at, bool isV6, byte protocol)
    {
        Span<byte> header = frame.AsSpan(at);
        if (isV6)
        {
            header[0] = 0x60;
            BinaryPrimitives.WriteUInt16BigEndian(header[4..], (ushort)(header.Length - 40));
            header[6] = protocol;
            header[7] = 64;
            header[8..40].Fill(0x20);
            return at + 40;
        }

        header[0] = 0x45;
        BinaryPrimitives.WriteUInt16BigEndian(header[2..], (ushort)header.Length);
        BinaryPrimitives.WriteUInt16BigEndian(header[4..], 0xFFFE);
        header[6] = 0x40;
        header[8] = 64;
        header[9] = protocol;
        header[12..20].Fill(10);
        int sum = 0;
        for (int i = 0; i < 20; i += 2)
        {
            sum += BinaryPrimitives.ReadUInt16BigEndian(header[i..]);
        }

        sum = (sum & 0xFFFF) + (sum >> 16);
        BinaryPrimitives.WriteUInt16BigEndian(header[10..], (ushort)~((sum & 0xFFFF) + (sum >> 16)));
        return at + 20;
    }

    private static byte[] Scapy(string expression) =>
        Convert.FromHexString(Command.Run("/usr/bin/python3", "-c", $"from scapy.all import *; from scapy.layers.sctp import *; print(bytes({expression}).hex())").Required().Output.Trim());
}
