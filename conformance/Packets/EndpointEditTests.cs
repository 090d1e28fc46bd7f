using FsCheck;
using FsCheck.Fluent;
using Weft.Conformance.ServicesTests;
using Weft.Conformance.Support;
using Weft.Packets;

namespace Weft.Conformance.PacketsTests;

/// <summary>Endpoints are exchanged in place, and every checksum over them is that of a packet made from scratch.</summary>
[Trait(Kind.Key, Kind.Property)]
public sealed class EndpointEditTests
{
    [Fact]
    public void Rfc1624_An_edited_packet_is_the_packet_that_was_made_with_the_new_endpoint() =>
        Prop.ForAll(
            Arb.From(from address in Gen.Choose(1, int.MaxValue) from port in Gen.Choose(1, 65535) from source in Gen.Elements(true, false) from tcp in Gen.Elements(true, false) select (address, port, source, tcp)),
            to =>
            {
                var address = new IPv4Address((uint)to.address);
                ushort port = (ushort)to.port;
                byte[] frame = Make(ServicesTestBed.Machine, 1000, ServicesTestBed.Remote, 53, to.tcp);
                byte[] wanted = to.source ? Make(address, port, ServicesTestBed.Remote, 53, to.tcp) : Make(ServicesTestBed.Machine, 1000, address, port, to.tcp);
                Assert.True(PacketLayout.TryParse(frame, out PacketLayout layout));
                Assert.True(EndpointEdit.TrySet(frame, layout, to.source, IPv6Address.MapIPv4(address), port));
                return frame.AsSpan(14).SequenceEqual(wanted.AsSpan(14));
            }).Check(Chance.Of(500));

    [Fact]
    public void Rfc768_A_datagram_without_checksum_stays_without()
    {
        byte[] frame = ServicesTestBed.Udp(ServicesTestBed.Machine, 1000, ServicesTestBed.Remote, 53);
        frame[40] = frame[41] = 0;
        Assert.True(PacketLayout.TryParse(frame, out PacketLayout layout));
        Assert.True(EndpointEdit.TrySet(frame, layout, source: false, IPv6Address.MapIPv4(ServicesTestBed.Other), 54));
        Assert.Equal(0, frame[40] | frame[41]);
    }

    [Fact]
    public void Rfc9260_Section6_8_Another_port_of_SCTP_is_refused_and_another_address_is_not()
    {
        byte[] sctp = new byte[16];
        (sctp[1], sctp[3]) = (7, 9);
        byte[] frame = ServicesTestBed.Frame(ServicesTestBed.Machine, ServicesTestBed.Remote, IpProtocol.Sctp, sctp);
        byte[] before = [.. frame];
        Assert.True(PacketLayout.TryParse(frame, out PacketLayout layout));
        Assert.False(EndpointEdit.TrySet(frame, layout, source: true, IPv6Address.MapIPv4(ServicesTestBed.Other), 8));
        Assert.Equal(before, frame);
        Assert.True(EndpointEdit.TrySet(frame, layout, source: true, IPv6Address.MapIPv4(ServicesTestBed.Other), 7));
        Assert.Equal(ServicesTestBed.Other, IPv4Address.Read(frame.AsSpan(26)));
    }

    [Fact]
    public void IPv6_endpoints_are_exchanged_alike()
    {
        IPv6Address from = IPv6Address.Parse("2001:db8::1");
        IPv6Address to = IPv6Address.Parse("2001:db8::2");
        IPv6Address other = IPv6Address.Parse("2001:db8:ffff::3");
        byte[] frame = ServicesTestBed.Udp6(from, 1000, to, 53);
        Assert.True(PacketLayout.TryParse(frame, out PacketLayout layout));
        Assert.True(EndpointEdit.TrySet(frame, layout, source: false, other, 5353));
        Assert.Equal(ServicesTestBed.Udp6(from, 1000, other, 5353).AsSpan(14), frame.AsSpan(14));
    }

    [Fact]
    [Trait(Kind.Key, Kind.Hostile)]
    public void Whatever_an_error_embeds_nothing_outside_it_is_touched()
    {
        var random = new Random(5);
        for (int i = 0; i < 20_000; i++)
        {
            byte[] about = ServicesTestBed.Udp(ServicesTestBed.Machine, 1000, ServicesTestBed.Remote, 53);
            random.NextBytes(about.AsSpan(14, random.Next(0, 8)));
            byte[] frame = ServicesTestBed.Unreachable(ServicesTestBed.Remote, ServicesTestBed.Machine, about, quoted: random.Next(0, 46));
            Assert.True(PacketLayout.TryParse(frame, out PacketLayout layout));
            byte[] before = [.. frame];
            bool edited = EndpointEdit.TrySetEmbedded(frame, layout, source: random.Next(2) == 0, IPv6Address.MapIPv4(ServicesTestBed.Other), 99);
            Assert.Equal(before.AsSpan(0, layout.L4Offset), frame.AsSpan(0, layout.L4Offset));
            Assert.Equal(before.AsSpan(layout.EndOffset), frame.AsSpan(layout.EndOffset));
            Assert.True(edited ? InternetChecksum.IsValid(frame.AsSpan(layout.L4Offset, layout.EndOffset - layout.L4Offset)) : before.AsSpan().SequenceEqual(frame));
        }
    }

    private static byte[] Make(IPv4Address from, ushort fromPort, IPv4Address to, ushort toPort, bool tcp) => tcp
        ? ServicesTestBed.Tcp(from, fromPort, to, toPort, TcpFlags.Ack, 5, 6, payload: 33)
        : ServicesTestBed.Udp(from, fromPort, to, toPort);
}
