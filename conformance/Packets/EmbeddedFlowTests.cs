using Weft.Conformance.Support;
using Weft.Packets;

namespace Weft.Conformance.PacketsTests;

public sealed class EmbeddedFlowTests
{
    [Fact]
    [Trait(Kind.Key, Kind.Corpus)]
    public void An_ICMP_error_names_the_flow_of_the_datagram_it_embeds()
    {
        Assert.True(IcmpView.TryParse(FrameVector.Named("ICMP fragmentation needed with the packet it answers").Frame.AsSpan(34), out IcmpView error));
        Assert.True(error.IsError);
        Assert.Equal(1400u, error.RestOfHeader & 0xFFFF);
        Assert.True(EmbeddedFlow.TryRead(error.EmbeddedPacket, out FlowKey4 key, 7));
        Assert.Equal("Udp 198.51.100.7:7000 > 203.0.113.9:53 @7", key.ToString());
    }

    [Fact]
    [Trait(Kind.Key, Kind.Corpus)]
    public void An_ICMPv6_error_names_the_flow_of_the_datagram_it_embeds()
    {
        byte[] frame = FrameVector.Named("ICMPv6 packet too big with the packet it answers").Frame;
        Assert.True(IcmpV6View.TryParse(frame.AsSpan(54), out IcmpV6View error));
        Assert.True(EmbeddedFlow.TryRead(error.EmbeddedPacket, out FlowKey6 key));
        Assert.Equal("Tcp [2001:db8:0:1::7]:22 > [2001:db8::2]:2222", key.ToString());
    }

    [Fact]
    [Trait(Kind.Key, Kind.Rfc)]
    public void Rfc792_eight_octets_behind_the_header_are_enough_and_three_are_not()
    {
        byte[] datagram = FrameVector.Named("TCP over IPv4 with options").Frame[14..];
        Assert.True(EmbeddedFlow.TryRead(datagram.AsSpan(0, 28), out FlowKey4 key));
        Assert.Equal((40_000, 443), (key.SourcePort, key.DestinationPort));
        Assert.False(EmbeddedFlow.TryRead(datagram.AsSpan(0, 23), out FlowKey4 _));
    }

    [Theory]
    [Trait(Kind.Key, Kind.Corpus)]
    [InlineData("ICMP echo request", "Icmp 192.0.2.1:4660 > 198.51.100.7:0")]
    [InlineData("ICMP echo reply", "Icmp 192.0.2.1:0 > 198.51.100.7:4660")]
    [InlineData("ESP", "Esp 192.0.2.1:0 > 198.51.100.7:0")]
    [InlineData("later fragment of a UDP datagram", null)]
    [InlineData("ICMP fragmentation needed with the packet it answers", null)]
    public void An_embedded_datagram_has_the_key_that_the_frame_itself_had(string sentence, string? flow)
    {
        byte[] datagram = FrameVector.Named(sentence).Frame[14..];
        Assert.Equal(flow, EmbeddedFlow.TryRead(datagram, out FlowKey4 key) ? key.ToString() : null);
    }

    [Fact]
    [Trait(Kind.Key, Kind.Hostile)]
    public void No_truncation_of_any_datagram_faults()
    {
        foreach (FrameVector vector in FrameVector.All)
        {
            for (int length = 14; length <= vector.Frame.Length; length++)
            {
                ReadOnlySpan<byte> datagram = vector.Frame.AsSpan(14..length).ToArray();
                _ = EmbeddedFlow.TryRead(datagram, out FlowKey4 _);
                _ = EmbeddedFlow.TryRead(datagram, out FlowKey6 _);
            }
        }
    }
}
