using Weft.Conformance.Support;
using Weft.Encap;
using Weft.Packets;
using Weft.Ports;

namespace Weft.Conformance.EncapTests;

/// <summary>Our ESP and strongSwan's on one wire.</summary>
[Trait(Kind.Key, Kind.Live)]
public sealed class EspStrongSwanLiveTests
{
    private const int Echoes = 8;
    private const int Headroom = 128;

    /// <summary>strongSwan numbers from 1; it has nothing to send of its own, but a keepalive or two may have gone by.</summary>
    private const ulong FirstSequence = 1000;

    [Theory]
    [InlineData("aes128gcm16", AeadAlgorithm.Aes128Gcm, 4500)]
    [InlineData("aes256gcm16", AeadAlgorithm.Aes256Gcm, 4500)]
    [InlineData("chacha20poly1305", AeadAlgorithm.ChaCha20Poly1305, 4500)]
    [InlineData("aes128gcm16", AeadAlgorithm.Aes128Gcm, 50_001)] // as one of many associations (RFC 9611)
    public void StrongSwan_answers_echo_requests_that_we_sealed_with_replies_that_we_open(string proposal, AeadAlgorithm algorithm, ushort sourcePort)
    {
        using StrongSwanPair pair = StrongSwanPair.Start(proposal, algorithm);
        using var pool = new PacketPool(new PacketPoolOptions { Buffers = 256, BufferBytes = 2304, HeadroomBytes = Headroom });
        using var port = new AfPacketPort("wire", new AfPacketOptions { Device = "wire", NetworkNamespace = pair.Left.Name });
        using var outbound = new EspOutboundSa(pair.ToRight with { FirstSequence = FirstSequence, Udp = new EspUdpPorts(sourcePort) });
        var database = new SecurityAssociationDatabase(4, new HashSeed(1, 2));
        using var inbound = new EspInboundSa(pair.ToLeft);
        Assert.True(database.TryAdd(inbound));
        var opener = new EspOpener(database);
        (MacAddress source, MacAddress destination) = (MacOf(pair.Left), MacOf(pair.Right));

        for (int echo = 1; echo <= Echoes; echo++)
        {
            Send(pool, port, outbound, EchoRequest(source, destination, (ushort)echo, payloadLength: 100 * echo));
        }

        var answered = new SortedSet<int>();
        Wait.Until(() =>
        {
            Receive(pool, port, opener, answered);
            return answered.Count == Echoes;
        }, TimeSpan.FromSeconds(5));
        Assert.Equal(Enumerable.Range(1, Echoes), answered);
        Assert.Equal(0, opener.Counters.AuthenticationFailed);
        Assert.Equal((ulong)Echoes, inbound.Counters.Packets);
    }

    private static void Send(PacketPool pool, AfPacketPort port, EspOutboundSa outbound, byte[] frame)
    {
        Assert.True(pool.TryRent(out Packet packet));
        Assert.True(pool.TrySetLength(ref packet, frame.Length));
        frame.CopyTo(pool.Bytes(packet));
        Assert.True(PacketLayout.TryParse(frame, out PacketLayout layout));
        var ends = new EspTunnelEnds(VtepAddress.Parse("192.0.2.1"), VtepAddress.Parse("192.0.2.2"));
        Assert.Equal(EspStatus.Ok, EspSealer.SealTunnel(outbound, ends, pool.Room(packet), ref packet.Offset, ref packet.Length, layout));
        Assert.Equal(1, port.Send(pool, [packet], Timestamp.FromMonotonicClock()));
        pool.Return(packet);
    }

    private static void Receive(PacketPool pool, AfPacketPort port, EspOpener opener, SortedSet<int> answered)
    {
        Span<Packet> burst = stackalloc Packet[32];
        int count = port.Receive(pool, burst, Timestamp.FromMonotonicClock());
        foreach (Packet packet in burst[..count])
        {
            Span<byte> frame = pool.Bytes(packet);
            if (PacketLayout.TryParse(frame, out PacketLayout layout) && opener.Open(frame, layout, out OpenedFrame opened) == EspStatus.Ok)
            {
                Span<byte> inner = frame.Slice(opened.Offset, opened.Length);
                Assert.True(PacketLayout.TryParse(inner, out PacketLayout inside));
                Assert.True(IcmpView.TryParse(inner[inside.L4Offset..inside.EndOffset], out IcmpView icmp));
                Assert.Equal(IcmpType.EchoReply, icmp.Type);
                Assert.True(InternetChecksum.IsValid(inner[inside.L4Offset..inside.EndOffset]));
                answered.Add(inner[inside.L4Offset + 7]);
            }

            pool.Return(packet);
        }
    }

    private static byte[] EchoRequest(MacAddress source, MacAddress destination, ushort number, int payloadLength)
    {
        byte[] frame = new byte[14 + 20 + 8 + payloadLength];
        _ = new EthernetHeader { Destination = destination, Source = source, EtherType = EtherType.IPv4 }.Write(frame);
        var ip = new IPv4Header
        {
            PayloadLength = 8 + payloadLength,
            TimeToLive = 64,
            Protocol = IpProtocol.Icmp,
            Source = IPv4Address.Parse("10.81.1.1"),
            Destination = IPv4Address.Parse("10.81.2.1"),
        };
        _ = ip.Write(frame.AsSpan(14));
        Span<byte> icmp = frame.AsSpan(34);
        icmp[0] = 8; // echo request (RFC 792)
        icmp[4] = 0x57;
        icmp[7] = (byte)number;
        icmp[8..].Fill((byte)number);
        System.Buffers.Binary.BinaryPrimitives.WriteUInt16BigEndian(icmp[2..], InternetChecksum.Compute(icmp));
        return frame;
    }

    private static MacAddress MacOf(NetNamespace where) =>
        MacAddress.Parse(where.Run("cat", "/sys/class/net/wire/address").Required().Output.Trim());
}
