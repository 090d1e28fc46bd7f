using Weft.Conformance.Support;
using Weft.Encap;
using Weft.Packets;

namespace Weft.Conformance.EncapTests;

/// <summary>What is told to senders, and what must not be.</summary>
public sealed class PacketTooBigResponderTests
{
    private static readonly Timestamp Start = Timestamp.FromSeconds(1);

    [Theory, Trait(Kind.Key, Kind.Rfc)]
    [InlineData("4500", "4000", "11", 1450, true)]
    [InlineData("4500", "0000", "11", 1450, false)] // it may be fragmented (RFC 1191 section 4)
    [InlineData("4500", "4001", "11", 1450, false)] // a later fragment (RFC 1122 section 3.2.2)
    [InlineData("4500", "4000", "01", 1450, false)] // an ICMP error: type 3 stands where the payload begins
    [InlineData("4500", "4000", "11", 67, false)] // below what IPv4 guarantees
    public void Rfc1122_Section3_2_2_Only_whole_packets_that_may_not_be_fragmented_are_answered(string start, string flags, string protocol, int mtu, bool answered)
    {
        byte[] frame = [.. Convert.FromHexString($"020000000002020000000001" + "0800" + start + "05dc0000" + flags + "40" + protocol + "0000" + "0a0000010a000002" + "03000000"), .. new byte[1476]];
        Assert.Equal(answered, Write(frame, mtu, out byte[] answer));
        if (answered)
        {
            Assert.Equal(14 + 576, answer.Length); // as much as fits (RFC 1812 section 4.3.2.3)
            Assert.Equal("020000000001" + "020000000002" + "0800", Convert.ToHexStringLower(answer, 0, 14));
            Assert.True(IPv4View.TryParse(answer.AsSpan(14), out IPv4View ip) && ip.IsChecksumValid);
            Assert.Equal(("10.0.0.2", "10.0.0.1"), (ip.Source.ToString(), ip.Destination.ToString()));
            Assert.True(IcmpView.TryParse(ip.Payload, out IcmpView icmp) && icmp.IsChecksumValid);
            Assert.Equal((IcmpType.DestinationUnreachable, 4, (uint)mtu), (icmp.Type, icmp.Code, icmp.RestOfHeader));
        }
    }

    [Theory, Trait(Kind.Key, Kind.Rfc)]
    [InlineData("11", "20010db8000000000000000000000002", 1430, true)]
    [InlineData("11", "20010db8000000000000000000000002", 1279, false)] // below what IPv6 guarantees (RFC 8201 section 4)
    [InlineData("3a", "20010db8000000000000000000000002", 1430, false)] // an error message (RFC 4443 section 2.4 e.1)
    [InlineData("11", "ff020000000000000000000000000001", 1430, false)]
    public void Rfc4443_Section3_2_Packet_too_big_names_the_mtu_and_quotes_up_to_the_least_mtu(string protocol, string destination, int mtu, bool answered)
    {
        byte[] frame =
        [
            .. Convert.FromHexString("020000000002020000000001" + "86dd" + "6000000005b4" + protocol + "40" + "20010db8000000000000000000000001" + destination + "01000000"),
            .. new byte[1456],
        ];
        Assert.Equal(answered, Write(frame, mtu, out byte[] answer));
        if (answered)
        {
            Assert.Equal(14 + 1280, answer.Length);
            Assert.True(IPv6View.TryParse(answer.AsSpan(14), out IPv6View ip));
            Assert.True(IcmpV6View.TryParse(ip.Payload, out IcmpV6View icmp));
            Assert.True(icmp.IsChecksumValid(InternetChecksum.PseudoHeader(ip.Source, ip.Destination, IpProtocol.IcmpV6, ip.Payload.Length)));
            Assert.Equal((IcmpV6Type.PacketTooBig, 0, (uint)mtu), (icmp.Type, icmp.Code, icmp.RestOfHeader));
            Assert.Equal(frame[14..(14 + 1232)], icmp.Body.ToArray());
        }
    }

    [Fact, Trait(Kind.Key, Kind.Hostile)]
    public void Answers_are_limited_in_number()
    {
        byte[] frame = [.. Convert.FromHexString("020000000002020000000001" + "0800" + "450005dc0000400040110000" + "0a0000010a000002"), .. new byte[1480]];
        _ = PacketLayout.TryParse(frame, out PacketLayout layout);
        var responder = new PacketTooBigResponder(10, Start);
        byte[] answer = new byte[PacketTooBigResponder.MaxAnswerBytes];
        for (int i = 0; i < 100; i++)
        {
            _ = responder.Write(frame, layout, 1450, Start, answer);
        }

        Assert.Equal((10, 90), (responder.Answered, responder.Limited));
        Assert.NotEqual(0, responder.Write(frame, layout, 1450, Start + TimeSpan.FromMilliseconds(101), answer));
        Assert.Throws<ArgumentOutOfRangeException>(() => new PacketTooBigResponder(0, Start));
    }

    private static bool Write(byte[] frame, int mtu, out byte[] answer)
    {
        _ = PacketLayout.TryParse(frame, out PacketLayout layout);
        byte[] buffer = new byte[PacketTooBigResponder.MaxAnswerBytes];
        int length = new PacketTooBigResponder(100, Start).Write(frame, layout, mtu, Start, buffer);
        answer = buffer[..length];
        return length > 0;
    }
}
