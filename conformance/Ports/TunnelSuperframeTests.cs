using System.Buffers.Binary;
using FsCheck;
using FsCheck.Fluent;
using Weft.Conformance.Support;
using Weft.Ports;
using Weft.Ports.Offload;

namespace Weft.Conformance.PortsTests;

/// <summary>Superframes as datagrams of a tunnel, and back: whatever is made of them, cutting gives what cutting in front of the tunnel would have given.</summary>
public sealed class TunnelSuperframeTests : IDisposable
{
    private const int Vxlan = 8;
    private static readonly PacketPoolOptions Options = new() { Buffers = 200, SuperframeBuffers = 8, BufferBytes = 3072 };
    private readonly PacketPool _pool = new(Options);

    public void Dispose() => _pool.Dispose();

    [Fact]
    [Trait(Kind.Key, Kind.Model)]
    public void Datagrams_have_the_frames_inside_that_cutting_gives_and_the_same_headers_outside() =>
        Prop.ForAll(Cases(), test =>
        {
            byte[] bytes = SuperframeTests.Build(test.Shape, out VirtioNetHeader header);
            List<byte[]> frames = SuperframeTests.Cut(bytes, header);
            Packet whole = Fill(bytes, header);
            List<byte[]> outside = [];
            foreach (Packet made in Encapsulate(whole, test.IsOuterV6))
            {
                Assert.Equal(SuperframeKind.Udp, _pool.KindOf(made));
                Assert.InRange(made.Length, 1, SuperframeLayout.MaxWholeBytes);
                outside.AddRange(CutAll(made));
                _pool.Return(made);
            }

            int outer = OuterBytes(test.IsOuterV6);
            Assert.Equal(frames.Select(Convert.ToHexString), outside.Select(frame => Convert.ToHexString(frame.AsSpan(outer + Vxlan))));
            byte[] wanted = Headers(test.IsOuterV6);
            Assert.All(outside, frame =>
            {
                Assert.Null(NaiveChecksum.Complaint(frame));
                Assert.Equal(Invariant(wanted, test.IsOuterV6), Invariant(frame[..(outer + Vxlan)], test.IsOuterV6));
            });
            Assert.Equal(bytes, _pool.Bytes(whole).ToArray());
            _pool.Return(whole);
            Assert.False(_pool.LentSuperframes);
        }).Check(Chance.Of(200).WithQuietOnSuccess(true));

    [Fact]
    [Trait(Kind.Key, Kind.Property)]
    public void What_comes_out_of_the_tunnel_is_the_superframe_that_went_in() =>
        Prop.ForAll(Cases(), test =>
        {
            byte[] bytes = SuperframeTests.Build(test.Shape with { IsUdp = false, Flags = (byte)(test.Shape.Flags & ~0x26) }, out VirtioNetHeader header);
            Packet whole = Fill(bytes, header);
            int outer = OuterBytes(test.IsOuterV6) + Vxlan;
            Packet[] made = Encapsulate(whole, test.IsOuterV6);
            List<string> frames = [];
            foreach (Packet datagrams in made)
            {
                Packet packet = datagrams;
                bool isOne = CutAll(packet).Count == 1;
                Assert.Equal(!isOne, _pool.TryCoalesce(ref packet));
                Assert.Equal(isOne ? SuperframeKind.Udp : SuperframeKind.Tunnelled, _pool.KindOf(packet));
                frames.AddRange(CutAll(packet).Select(frame => Convert.ToHexString(frame.AsSpan(outer))));
                if (!isOne)
                {
                    Assert.True(PacketPool.TryTrimFront(ref packet, outer));
                    Assert.Equal(SuperframeKind.Tcp, _pool.KindOf(packet));
                    Assert.True(made.Length > 1 || _pool.Bytes(packet).SequenceEqual(bytes));
                    // VIRTIO_NET_HDR_GSO_ECN goes with CWR, as when the kernel makes a superframe: else a device might repeat the flag on each segment.
                    byte reduced = (byte)(_pool.Bytes(packet)[header.ChecksumStart + 13] & 0x80);
                    Assert.Equal((header.GsoSize, header.ChecksumStart, header.ChecksumOffset, (byte)(header.RawGsoType | reduced)), Told(_pool.Description(packet)));
                }

                _pool.Return(packet);
            }

            Assert.Equal(SuperframeTests.Cut(bytes, header).Select(Convert.ToHexString), frames);
            _pool.Return(whole);
        }).Check(Chance.Of(200).WithQuietOnSuccess(true));

    [Fact]
    [Trait(Kind.Key, Kind.Hostile)]
    public void Whatever_the_datagrams_are_nothing_of_them_is_lost_or_mended()
    {
        int coalesced = 0;
        var random = new Random(7);
        for (int i = 0; i < 20_000; i++)
        {
            bool isV6 = random.Next(2) == 0;
            var shape = new SuperframeTests.Shape(isV6, random.Next(8) == 0, random.Next(2), SuperframeTests.Tunnel.None, false, random.Next(1, 700), random.Next(1, 200), (byte)(random.Next(256) & (random.Next(4) == 0 ? 0xFF : 0xD9)));
            byte[] bytes = SuperframeTests.Build(shape with { SegmentBytes = Math.Max(shape.SegmentBytes, shape.Payload / 60 + 1) }, out VirtioNetHeader header);
            Packet whole = Fill(bytes, header);
            foreach (Packet datagrams in Encapsulate(whole, isOuterV6: random.Next(2) == 0))
            {
                Packet packet = datagrams;
                Span<byte> damaged = _pool.Bytes(packet);
                for (int flips = random.Next(3); flips > 0; flips--)
                {
                    damaged[random.Next(damaged.Length)] = (byte)random.Next(256);
                }

                if (random.Next(4) == 0)
                {
                    packet.Length = random.Next(packet.Length + 1);
                }

                if (random.Next(8) == 0)
                {
                    VirtioNetHeader told = _pool.Description(packet);
                    _pool.Describe(packet, new VirtioNetHeader(random.Next(8) != 0, told.GsoType, random.Next(2000), told.ChecksumStart + random.Next(2), told.ChecksumOffset));
                }

                List<string> before = CutAll(packet).ConvertAll(Convert.ToHexString);
                byte[] original = _pool.Bytes(packet).ToArray();
                if (_pool.TryCoalesce(ref packet))
                {
                    coalesced++;
                    Assert.Equal(before, CutAll(packet).ConvertAll(Convert.ToHexString));
                }
                else
                {
                    Assert.Equal(original, _pool.Bytes(packet).ToArray());
                }

                _pool.Return(packet);
            }

            _pool.Return(whole);
        }

        Assert.InRange(coalesced, 1000, 19_000);
    }

    [Theory]
    [Trait(Kind.Key, Kind.Hostile)]
    [InlineData("another order")]
    [InlineData("one missing")]
    [InlineData("one twice")]
    [InlineData("damaged payload")]
    [InlineData("another network")]
    [InlineData("another acknowledgement")]
    [InlineData("pushed in the middle")]
    [InlineData("another mark")]
    [InlineData("another identification")]
    [InlineData("a Geneve option")]
    public void Segments_that_do_not_follow_one_another_stay_datagrams(string why)
    {
        byte[] bytes = SuperframeTests.Build(Shape(5000, 1000), out VirtioNetHeader header);
        Packet whole = Fill(bytes, header);
        Packet packet = Assert.Single(Encapsulate(whole, isOuterV6: false));
        int outer = OuterBytes(isV6: false);
        int each = _pool.Description(packet).GsoSize;
        Span<byte> all = _pool.Bytes(packet);
        Span<byte> second = all.Slice(outer + each, each);
        Span<byte> third = all.Slice(outer + 2 * each, each);
        // Offsets in a datagram: 8 of VXLAN, 14 of Ethernet, 20 of IPv4, 32 of TCP.
        const int ip = 22, tcp = 42;
        switch (why)
        {
            case "another order":
                byte[] kept = second.ToArray();
                third.CopyTo(second);
                kept.CopyTo(third);
                break;
            case "one missing":
                all[(outer + 2 * each)..].CopyTo(all[(outer + each)..]);
                packet.Length -= each;
                break;
            case "one twice":
                second.CopyTo(third);
                break;
            case "damaged payload":
                second[^1] ^= 1;
                break;
            case "another network":
                second[6]++;
                break;
            case "a Geneve option":
                all.Slice(outer, 8).Clear();
                Convert.FromHexString("0100655800006400").CopyTo(all[outer..]);
                break;
            default:
                (int at, int octet) = why switch { "another acknowledgement" => (tcp + 11, 1), "pushed in the middle" => (tcp + 13, 8), "another mark" => (ip + 1, 3), _ => (ip + 5, 1) };
                second[at] ^= (byte)octet;
                Repair(second);
                break;
        }

        Assert.False(_pool.TryCoalesce(ref packet));
        Assert.NotEmpty(CutAll(packet));
        _pool.Return(packet);
        _pool.Return(whole);

        static void Repair(Span<byte> datagram)
        {
            datagram.Slice(ip + 10, 2).Clear();
            BinaryPrimitives.WriteUInt16BigEndian(datagram[(ip + 10)..], Naive(datagram[ip..tcp], 0));
            datagram.Slice(tcp + 16, 2).Clear();
            int pseudo = 6 + datagram.Length - tcp;
            for (int i = ip + 12; i < tcp; i += 2)
            {
                pseudo += BinaryPrimitives.ReadUInt16BigEndian(datagram[i..]);
            }

            BinaryPrimitives.WriteUInt16BigEndian(datagram[(tcp + 16)..], Naive(datagram[tcp..], pseudo));
        }
    }

    [Theory]
    [Trait(Kind.Key, Kind.Hostile)]
    [InlineData(0x02)]
    [InlineData(0x04)]
    [InlineData(0x20)]
    public void Segments_that_say_more_than_data_stay_datagrams(byte flag)
    {
        byte[] bytes = SuperframeTests.Build(Shape(5000, 1000) with { Flags = (byte)(0x10 | flag) }, out VirtioNetHeader header);
        Packet whole = Fill(bytes, header);
        Packet packet = Assert.Single(Encapsulate(whole, isOuterV6: false));
        Assert.False(_pool.TryCoalesce(ref packet));
        _pool.Return([packet, whole]);
    }

    [Fact]
    [Trait(Kind.Key, Kind.Property)]
    public void Without_buffers_for_all_of_them_there_are_no_datagrams()
    {
        Packet whole = Fill(SuperframeTests.Build(Shape(62_000, 1000), out VirtioNetHeader header), header);
        Packet[] taken = [.. Enumerable.Range(0, Options.SuperframeBuffers - 2).Select(_ => _pool.TryRentSuperframe(out Packet packet) ? packet : throw new InvalidOperationException())];
        Assert.Equal(1, _pool.AvailableSuperframes);
        Assert.Equal(0, _pool.Encapsulate(whole, Headers(isV6: false), Vxlan, new Packet[4]));
        Assert.Equal(1, _pool.AvailableSuperframes);
        _pool.Return(taken);
        Assert.Equal(0, _pool.Encapsulate(whole, Headers(isV6: false), Vxlan, new Packet[1]));
        Assert.Equal(2, Encapsulate(whole, isOuterV6: false).Length);
        Assert.Throws<ArgumentException>(() => _pool.Encapsulate(whole, new byte[50], Vxlan, new Packet[1]));
    }

    [Fact]
    [Trait(Kind.Key, Kind.Alloc)]
    public void Into_a_tunnel_and_out_of_it_allocates_nothing()
    {
        Packet whole = Fill(SuperframeTests.Build(Shape(40_000, 1400), out VirtioNetHeader header), header);
        byte[] headers = Headers(isV6: false);
        var made = new Packet[4];
        Assert.Equal(0, Allocations.Of(() =>
        {
            for (int i = 0; i < 100; i++)
            {
                int count = _pool.Encapsulate(whole, headers, Vxlan, made);
                _ = _pool.TryCoalesce(ref made[0]);
                _pool.Return(made.AsSpan(0, count));
            }
        }));
    }

    private static ushort Naive(ReadOnlySpan<byte> bytes, int sum)
    {
        for (int i = 0; i < bytes.Length; i += 2)
        {
            sum += bytes[i] << 8 | (i + 1 < bytes.Length ? bytes[i + 1] : 0);
            sum = (sum & 0xFFFF) + (sum >> 16);
        }

        return (ushort)~((sum & 0xFFFF) + (sum >> 16));
    }

    private static (ushort, ushort, ushort, byte) Told(VirtioNetHeader header) => (header.GsoSize, header.ChecksumStart, header.ChecksumOffset, header.RawGsoType);

    private static int OuterBytes(bool isV6) => isV6 ? 62 : 42;

    /// <summary>Outer headers without what differs: lengths, identification, checksums.</summary>
    private static string Invariant(byte[] headers, bool isV6)
    {
        byte[] copy = [.. headers];
        int udp = OuterBytes(isV6) - 8;
        copy.AsSpan(udp + 4, 4).Clear();
        if (isV6)
        {
            copy.AsSpan(18, 2).Clear();
        }
        else
        {
            copy.AsSpan(16, 4).Clear();
            copy.AsSpan(24, 2).Clear();
        }

        return Convert.ToHexString(copy);
    }

    /// <summary>VXLAN 100 between two addresses, with a code point and ECT(0).</summary>
    private static byte[] Headers(bool isV6) => Convert.FromHexString(isV6
        ? "0200000000fe0200000000fd86dd6ba0000000001140" + "20010db8000000000000000000000001" + "20010db8000000000000000000000002" + "c35012b500000000" + "0800000000006400"
        : "0200000000fe0200000000fd080045ba0000000040004011" + "0000" + "c0000201" + "c0000202" + "c35012b500000000" + "0800000000006400");

    private static SuperframeTests.Shape Shape(int payload, int segment) => new(false, false, 0, SuperframeTests.Tunnel.None, false, payload, segment, 0x10);

    private static Arbitrary<Case> Cases()
    {
        Gen<Case> cases =
            from outer in Gen.Elements(false, true)
            from isV6 in Gen.Elements(false, true)
            from isUdp in Gen.Frequency((3, Gen.Constant(false)), (1, Gen.Constant(true)))
            from tags in Gen.Choose(0, 1)
            from segment in Gen.Choose(1000, 1500)
            from payload in Gen.Choose(1, 62_000)
            from flags in Gen.Choose(0, 255)
            select new Case(outer, new SuperframeTests.Shape(isV6, isUdp, tags, SuperframeTests.Tunnel.None, false, payload, segment, (byte)flags));
        return Arb.From(cases, test => new[]
        {
            test with { IsOuterV6 = false },
            test with { Shape = test.Shape with { Payload = (test.Shape.Payload + 1) / 2 } },
            test with { Shape = test.Shape with { Flags = 0x10 } },
        }.Where(smaller => smaller != test));
    }

    /// <summary>A superframe and the kind of tunnel.</summary>
    public sealed record Case(bool IsOuterV6, SuperframeTests.Shape Shape);

    private Packet[] Encapsulate(in Packet whole, bool isOuterV6)
    {
        var made = new Packet[4];
        int count = _pool.Encapsulate(whole, Headers(isOuterV6), Vxlan, made);
        Assert.InRange(count, 1, 4);
        return made[..count];
    }

    private Packet Fill(byte[] bytes, VirtioNetHeader header)
    {
        Assert.True(_pool.TryRentSuperframe(out Packet packet));
        Assert.True(_pool.TrySetLength(ref packet, bytes.Length));
        bytes.CopyTo(_pool.Bytes(packet));
        _pool.Describe(packet, header);
        return packet;
    }

    private List<byte[]> CutAll(in Packet whole)
    {
        var frames = new Packet[PacketPool.MaxSuperframeFrames];
        int count = _pool.Cut(whole, frames);
        List<byte[]> bytes = [.. frames.Take(count).Select(frame => _pool.Bytes(frame).ToArray())];
        _pool.Return(frames.AsSpan(0, count));
        return bytes;
    }
}
