using System.Buffers.Binary;
using Weft.Conformance.Support;
using Weft.Encap;
using Weft.Packets;

namespace Weft.Conformance.EncapTests;

/// <summary>"Packet too big" messages that quote sealed packets: matched by SPI, ports and sequence number, or refused.</summary>
public sealed class PathMtuEspTests : IDisposable
{
    private const uint Spi = 0xC0FFEE01;
    private const uint OtherSpi = 0xC0FFEE02;
    private const ushort SourcePort = 50_001;
    private const ulong First = 0x1_FFFF_FFF0; // sixteen numbers until the low half wraps
    private const int Sent = 32;

    private static readonly VtepAddress Local = VtepAddress.Parse("192.0.2.1");
    private static readonly VtepAddress Remote = VtepAddress.Parse("198.51.100.2");
    private static readonly VtepAddress Local6 = VtepAddress.Parse("2001:db8::1");
    private static readonly VtepAddress Remote6 = VtepAddress.Parse("2001:db8:1::2");
    private static readonly Timestamp Start = Timestamp.FromSeconds(100);

    private readonly EspOutboundSa _inUdp = Sealing(Spi, new EspUdpPorts(SourcePort));
    private readonly EspOutboundSa _bare = Sealing(OtherSpi, null);

    [Theory, Trait(Kind.Key, Kind.Rfc)]
    [InlineData(0u)] // the oldest: numbers 1_FFFF_FFF0 to 2_0000_000F were used
    [InlineData(15u)]
    [InlineData(16u)]
    [InlineData(31u)]
    public void Rfc4301_Section8_2_A_message_that_quotes_a_packet_of_an_association_lowers_its_path(uint packet)
    {
        (PathMtuTable table, int path) = Protected(Local, Remote);
        uint low = unchecked((uint)(First + packet));
        Assert.Equal(PathMtuVerdict.Lowered, Offer(table, Message(1400, InUdp(SourcePort, 4500, Spi, low)), out int lowered));
        Assert.Equal((path, 1400), (lowered, table.MtuOf(path)));
        Assert.Equal(PathMtuVerdict.Lowered, Offer(table, Message(1300, Bare(OtherSpi, low)), out _));
        Assert.Equal(1300, table.MtuOf(path));
    }

    [Fact, Trait(Kind.Key, Kind.Rfc)]
    public void Rfc4303_Section3_3_4_The_same_holds_over_ipv6()
    {
        (PathMtuTable table, int path) = Protected(Local6, Remote6);
        Assert.Equal(PathMtuVerdict.Lowered, Offer(table, Message6(1400, InUdp(SourcePort, 4500, Spi, 0)), out _));
        Assert.Equal(1400, table.MtuOf(path));
        Assert.Equal(PathMtuVerdict.Lowered, Offer(table, Message6(1300, Bare(OtherSpi, 1), IpProtocol.Esp), out _));
        Assert.Equal(PathMtuVerdict.Refused, Offer(table, Message6(1290, Bare(OtherSpi, 77), IpProtocol.Esp), out _));
        Assert.Equal(1300, table.MtuOf(path));
    }

    public static TheoryData<string, byte[], byte> Forged() => new()
    {
        { "an SPI that nobody has", InUdp(SourcePort, 4500, 0xC0FFEE03, 1), 17 },
        { "SPI zero", InUdp(SourcePort, 4500, 0, 1), 17 },
        { "a sequence number that comes next", InUdp(SourcePort, 4500, Spi, unchecked((uint)(First + Sent))), 17 },
        { "a sequence number before the first", InUdp(SourcePort, 4500, Spi, unchecked((uint)(First - 1))), 17 },
        { "another source port", InUdp(SourcePort + 1, 4500, Spi, 1), 17 },
        { "another destination port", InUdp(SourcePort, 4501, Spi, 1), 17 },
        { "an association in UDP, quoted without", Bare(Spi, 1), 50 },
        { "one without UDP, quoted in UDP", InUdp(SourcePort, 4500, OtherSpi, 1), 17 },
        { "the tunnel in clear text, which is never sent to this peer", InUdp(50_000, 6081, 0, 0), 17 },
        { "a UDP header alone", InUdp(SourcePort, 4500, Spi, 1)[..8], 17 },
        { "an SPI without a sequence number", InUdp(SourcePort, 4500, Spi, 1)[..12], 17 },
        { "another protocol with the bytes of ESP", Bare(OtherSpi, 1), 51 },
    };

    [Theory, MemberData(nameof(Forged)), Trait(Kind.Key, Kind.Hostile)]
    public void A_message_that_quotes_no_packet_that_was_sealed_is_refused(string what, byte[] transport, byte protocol)
    {
        (PathMtuTable table, int path) = Protected(Local, Remote);
        Assert.True(PathMtuVerdict.Refused == Offer(table, Message(1400, transport, protocol), out _), what);
        Assert.Equal((1500, 1), (table.MtuOf(path), table.Counters.Refused));
    }

    [Fact, Trait(Kind.Key, Kind.Hostile)]
    public void An_association_that_sent_nothing_is_quoted_by_nobody()
    {
        using EspOutboundSa idle = Idle(Spi, new EspUdpPorts(SourcePort));
        PathMtuTable table = Table(Local);
        int path = table.Track(Remote, Start);
        table.Protect(path, [idle]);
        foreach (uint sequence in (uint[])[0, 1, unchecked((uint)First), unchecked((uint)First - 1), uint.MaxValue])
        {
            Assert.Equal(PathMtuVerdict.Refused, Offer(table, Message(1400, InUdp(SourcePort, 4500, Spi, sequence)), out _));
        }
    }

    [Fact, Trait(Kind.Key, Kind.Property)]
    public void Without_associations_the_bare_tunnel_counts_again_and_a_successor_table_goes_on()
    {
        (PathMtuTable table, int path) = Protected(Local, Remote);
        table.Protect(path, []);
        Assert.Equal(PathMtuVerdict.Lowered, Offer(table, Message(1400, InUdp(50_000, 6081, 0, 0)), out _));
        Assert.Equal(PathMtuVerdict.Refused, Offer(table, Message(1300, InUdp(SourcePort, 4500, Spi, 1)), out _));

        PathMtuTable next = Table(Local);
        _ = next.Track(VtepAddress.Parse("198.51.100.9"), Start);
        int there = next.Track(Remote, Start);
        next.CarryOver(there, table, path);
        Assert.Equal(1400, next.MtuOf(there));
        Timestamp raise = Start + TimeSpan.FromMinutes(10);
        Assert.False(next.TryAdvance(raise - TimeSpan.FromSeconds(1), out _));
        Assert.True(next.TryAdvance(raise, out PathMtuEvent change));
        Assert.Equal(new PathMtuEvent(there, false, 1500, 0), change);

        var wider = new PathMtuTable(new PathMtuOptions { Address = Local, UdpPort = 6081, MaxMtuBytes = 9000 });
        int fresh = wider.Track(Remote, Start);
        wider.CarryOver(fresh, table, path);
        Assert.Equal(9000, wider.MtuOf(fresh));
    }

    [Fact, Trait(Kind.Key, Kind.Rfc)]
    public void Rfc6311_Section5_Numbers_left_out_are_never_used_and_the_end_stays_the_end()
    {
        using EspOutboundSa sa = Idle(Spi, null);
        sa.SkipTo(First + 100);
        Assert.Equal(First + 100, sa.NextSequence);
        sa.SkipTo(First);
        Assert.Equal(First + 100, sa.NextSequence);
        sa.SkipTo(ulong.MaxValue);
        byte[] packet = new byte[64];
        Assert.Equal(EspStatus.Ok, sa.Seal(packet, 8, 4, out _));
        Assert.Equal(EspStatus.SequenceExhausted, sa.Seal(packet, 8, 4, out _));
        sa.SkipTo(5);
        Assert.Equal(EspStatus.SequenceExhausted, sa.Seal(packet, 8, 4, out _));
    }

    public void Dispose()
    {
        _inUdp.Dispose();
        _bare.Dispose();
    }

    private (PathMtuTable Table, int Path) Protected(VtepAddress local, VtepAddress remote)
    {
        PathMtuTable table = Table(local);
        int path = table.Track(remote, Start);
        table.Protect(path, [_bare, _inUdp]);
        return (table, path);
    }

    private static PathMtuTable Table(VtepAddress local) => new(new PathMtuOptions { Address = local, UdpPort = 6081, MaxMtuBytes = 1500 });

    private static EspOutboundSa Idle(uint spi, EspUdpPorts? ports) => new(new EspSaOptions
    {
        Spi = spi,
        Algorithm = AeadAlgorithm.Aes128Gcm,
        KeyMaterial = new byte[20],
        ExtendedSequence = true,
        FirstSequence = First,
        Udp = ports,
    });

    private static EspOutboundSa Sealing(uint spi, EspUdpPorts? ports)
    {
        EspOutboundSa sa = Idle(spi, ports);
        byte[] packet = new byte[64];
        for (int i = 0; i < Sent; i++)
        {
            Assert.Equal(EspStatus.Ok, sa.Seal(packet, 8, 17, out _));
        }

        return sa;
    }

    private static PathMtuVerdict Offer(PathMtuTable table, byte[] frame, out int path)
    {
        Assert.True(PacketLayout.TryParse(frame, out PacketLayout layout));
        return table.OnPacketTooBig(frame, layout, Start, out path);
    }

    private static byte[] Bare(uint spi, uint sequence)
    {
        byte[] esp = new byte[16];
        BinaryPrimitives.WriteUInt32BigEndian(esp, spi);
        BinaryPrimitives.WriteUInt32BigEndian(esp.AsSpan(4), sequence);
        return esp;
    }

    private static byte[] InUdp(int source, ushort destination, uint spi, uint sequence)
    {
        byte[] udp = [0, 0, 0, 0, 0x05, 0xC8, 0, 0, .. Bare(spi, sequence)];
        BinaryPrimitives.WriteUInt16BigEndian(udp, (ushort)source);
        BinaryPrimitives.WriteUInt16BigEndian(udp.AsSpan(2), destination);
        return udp;
    }

    private static byte[] Message(ushort mtu, byte[] transport, byte protocol = 0)
    {
        byte[] quoted = [.. Convert.FromHexString("450005dc0000400040000000c0000201c6336402"), .. transport];
        // Who does not say gets the protocol that the bytes are of.
        quoted[9] = protocol != 0 ? protocol : (byte)(transport[0] == 0xC0 && transport[1] == 0xFF ? IpProtocol.Esp : IpProtocol.Udp);
        byte[] frame = [.. Convert.FromHexString("02000000000102000000000208004500000000004000400100" + "00cb007101c00002010304000000000000"), .. quoted];
        BinaryPrimitives.WriteUInt16BigEndian(frame.AsSpan(16), (ushort)(frame.Length - 14));
        BinaryPrimitives.WriteUInt16BigEndian(frame.AsSpan(40), mtu);
        BinaryPrimitives.WriteUInt16BigEndian(frame.AsSpan(24), InternetChecksum.Compute(frame.AsSpan(14, 20)));
        BinaryPrimitives.WriteUInt16BigEndian(frame.AsSpan(36), InternetChecksum.Compute(frame.AsSpan(34)));
        return frame;
    }

    private static byte[] Message6(uint mtu, byte[] transport, IpProtocol protocol = IpProtocol.Udp)
    {
        byte[] quoted = [.. Convert.FromHexString("6000000005b40040" + "20010db8000000000000000000000001" + "20010db8000100000000000000000002"), .. transport];
        quoted[6] = (byte)protocol;
        byte[] frame = [.. Convert.FromHexString("02000000000102000000000286dd" + "6000000000003a40" + "20010db8ffff00000000000000000001" + "20010db8000000000000000000000001" + "0200000000000000"), .. quoted];
        BinaryPrimitives.WriteUInt16BigEndian(frame.AsSpan(18), (ushort)(frame.Length - 54));
        BinaryPrimitives.WriteUInt32BigEndian(frame.AsSpan(58), mtu);
        uint pseudoHeader = InternetChecksum.PseudoHeader(IPv6Address.Parse("2001:db8:ffff::1"), IPv6Address.Parse("2001:db8::1"), IpProtocol.IcmpV6, frame.Length - 54);
        BinaryPrimitives.WriteUInt16BigEndian(frame.AsSpan(56), InternetChecksum.Compute(frame.AsSpan(54), pseudoHeader));
        return frame;
    }
}
