using Weft.Conformance.Support;
using Weft.Packets;

namespace Weft.Conformance.PacketsTests;

public sealed class PacketLayoutTests
{
    private const LayoutFlags V4 = LayoutFlags.IPv4;
    private const LayoutFlags V6 = LayoutFlags.IPv6;
    private const LayoutFlags L4 = LayoutFlags.L4;
    private const LayoutFlags Options = LayoutFlags.IpOptions;
    private const LayoutFlags First = LayoutFlags.Fragment;
    private const LayoutFlags Later = LayoutFlags.Fragment | LayoutFlags.LaterFragment;

    [Theory]
    [Trait(Kind.Key, Kind.Corpus)]
    [InlineData("UDP over IPv4", V4 | L4, IpProtocol.Udp, 14, 34, 42, 47)]
    [InlineData("UDP over IPv4 without a checksum, padded to 60 octets", V4 | L4, IpProtocol.Udp, 14, 34, 42, 44)]
    [InlineData("UDP over IPv6", V6 | L4, IpProtocol.Udp, 14, 54, 62, 67)]
    [InlineData("TCP over IPv4 with options", V4 | L4, IpProtocol.Tcp, 14, 34, 74, 74)]
    [InlineData("TCP over IPv6 with data", V6 | L4, IpProtocol.Tcp, 14, 54, 74, 78)]
    [InlineData("SCTP over IPv4", V4 | L4, IpProtocol.Sctp, 14, 34, 46, 50)]
    [InlineData("TCP in a VLAN", V4 | L4, IpProtocol.Tcp, 18, 38, 58, 58)]
    [InlineData("UDP in a customer VLAN in a service VLAN", V4 | L4, IpProtocol.Udp, 22, 42, 50, 51)]
    [InlineData("IPv4 with the router alert option", V4 | L4 | Options, IpProtocol.Udp, 14, 38, 46, 47)]
    [InlineData("first fragment of a UDP datagram", V4 | L4 | First, IpProtocol.Udp, 14, 34, 42, 58)]
    [InlineData("later fragment of a UDP datagram", V4 | Later, IpProtocol.Udp, 14, 34, 34, 50)]
    [InlineData("IPv6 with hop-by-hop, routing and destination options", V6 | L4 | Options, IpProtocol.Udp, 14, 94, 102, 105)]
    [InlineData("first fragment over IPv6", V6 | L4 | Options | First, IpProtocol.Udp, 14, 62, 70, 86)]
    [InlineData("later fragment over IPv6", V6 | Options | Later, IpProtocol.Udp, 14, 62, 62, 78)]
    [InlineData("ARP request", LayoutFlags.None, IpProtocol.HopByHop, 14, 14, 14, 42)]
    [InlineData("ICMP echo request", V4 | L4, IpProtocol.Icmp, 14, 34, 42, 46)]
    [InlineData("neighbour solicitation", V6 | L4, IpProtocol.IcmpV6, 14, 54, 62, 86)]
    [InlineData("IGMPv2 report", V4 | L4, IpProtocol.Igmp, 14, 34, 42, 42)]
    [InlineData("GRE carrying IPv4", V4 | L4, IpProtocol.Gre, 14, 34, 38, 66)]
    [InlineData("ESP", V4 | L4, IpProtocol.Esp, 14, 34, 42, 74)]
    public void Headers_are_where_they_are(string sentence, LayoutFlags flags, IpProtocol protocol, int l3, int l4, int payload, int end)
    {
        Assert.True(PacketLayout.TryParse(FrameVector.Named(sentence).Frame, out PacketLayout layout));
        Assert.Equal(
            (LayoutError.None, flags, protocol, l3, l4, payload, end),
            (layout.Error, layout.Flags, layout.Protocol, (int)layout.L3Offset, (int)layout.L4Offset, (int)layout.PayloadOffset, (int)layout.EndOffset));
    }

    [Fact]
    [Trait(Kind.Key, Kind.Corpus)]
    public void The_inner_frame_of_a_tunnel_has_a_layout_of_its_own()
    {
        byte[] frame = FrameVector.Named("VXLAN").Frame;
        Assert.True(PacketLayout.TryParse(frame, out PacketLayout outer));
        int innerAt = outer.PayloadOffset + VxlanHeader.Length;
        Assert.True(PacketLayout.TryParse(frame, out PacketLayout inner, innerAt));
        Assert.Equal((innerAt, innerAt + 14, innerAt + 34, innerAt + 42), (inner.L2Offset, inner.L3Offset, inner.L4Offset, inner.PayloadOffset));
        Assert.True(FlowKey4.TryRead(frame, in inner, out FlowKey4 key, scope: 5001));
        Assert.Equal("Udp 10.0.0.1:5000 > 10.0.0.2:5001 @5001", key.ToString());
        Assert.True(PacketLayout.TryParseNetwork(frame, EtherType.IPv4, out PacketLayout bare, innerAt + 14));
        Assert.Equal((inner.L3Offset, inner.L4Offset, inner.EndOffset), (bare.L3Offset, bare.L4Offset, bare.EndOffset));
    }

    [Theory]
    [Trait(Kind.Key, Kind.Corpus)]
    [InlineData("UDP in a customer VLAN in a service VLAN", 2, 200, EtherType.IPv4)]
    [InlineData("TCP in a VLAN", 1, 100, EtherType.IPv4)]
    [InlineData("RARP announcement of a moved machine", 0, 0, EtherType.Rarp)]
    public void Tags_are_counted_and_the_outermost_is_kept(string sentence, byte tags, ushort vlan, EtherType type)
    {
        Assert.True(PacketLayout.TryParse(FrameVector.Named(sentence).Frame, out PacketLayout layout));
        Assert.Equal((tags, vlan, type), (layout.VlanTags, layout.VlanId, layout.EtherType));
    }

    [Theory]
    [Trait(Kind.Key, Kind.Hostile)]
    [InlineData("UDP over IPv4", 14, 0x65, LayoutError.IPv4Invalid)] // Version 6 behind the EtherType of IPv4.
    [InlineData("UDP over IPv4", 14, 0x44, LayoutError.IPv4Invalid)] // Four words of header.
    [InlineData("UDP over IPv4", 14, 0x4F, LayoutError.IPv4Invalid)] // Header longer than the total length.
    [InlineData("UDP over IPv4", 16, 0x01, LayoutError.IPv4LengthPastEnd)]
    [InlineData("UDP over IPv4", 17, 0x13, LayoutError.IPv4Invalid)] // Total length below the header's.
    [InlineData("UDP over IPv4", 17, 0x1B, LayoutError.TransportTruncated)]
    [InlineData("UDP over IPv4", 39, 0x07, LayoutError.TransportInvalid)]
    [InlineData("UDP over IPv4", 39, 0x0E, LayoutError.TransportTruncated)]
    [InlineData("UDP over IPv6", 14, 0x40, LayoutError.IPv6Invalid)]
    [InlineData("UDP over IPv6", 18, 0x01, LayoutError.IPv6LengthPastEnd)]
    [InlineData("TCP over IPv4 with options", 46, 0x40, LayoutError.TransportInvalid)]
    [InlineData("TCP over IPv4 with options", 46, 0xB0, LayoutError.TransportTruncated)]
    [InlineData("IPv6 with hop-by-hop, routing and destination options", 55, 0xFF, LayoutError.ExtensionTruncated)]
    public void A_lying_octet_is_named(string sentence, int at, byte value, LayoutError error)
    {
        byte[] frame = (byte[])FrameVector.Named(sentence).Frame.Clone();
        frame[at] = value;
        Assert.True(PacketLayout.TryParse(frame, out PacketLayout layout));
        Assert.Equal(error, layout.Error);
        Assert.False(layout.HasL4);
        Assert.False(FlowKey4.TryRead(frame, in layout, out _) || FlowKey6.TryRead(frame, in layout, out _));
    }

    [Fact]
    [Trait(Kind.Key, Kind.Hostile)]
    public void A_frame_cut_anywhere_says_where()
    {
        byte[] v4 = FrameVector.Named("TCP in a VLAN").Frame;
        byte[] v6 = FrameVector.Named("UDP over IPv6").Frame;
        Assert.Equal(LayoutError.EthernetTruncated, ErrorOf(v4[..13]));
        Assert.Equal(LayoutError.VlanTruncated, ErrorOf(v4[..17]));
        Assert.Equal(LayoutError.IPv4Truncated, ErrorOf(v4[..37]));
        Assert.Equal(LayoutError.IPv4LengthPastEnd, ErrorOf(v4[..57]));
        Assert.Equal(LayoutError.IPv6Truncated, ErrorOf(v6[..53]));
        Assert.Equal(LayoutError.IPv6LengthPastEnd, ErrorOf(v6[..66]));
        Assert.Equal(LayoutError.FrameTooLong, ErrorOf(new byte[65_536]));
    }

    [Fact]
    [Trait(Kind.Key, Kind.Hostile)]
    public void Five_tags_are_refused_and_four_are_walked()
    {
        byte[] frame = new byte[14 + 20 + 2];
        for (int at = 12; at < 12 + (5 * 4); at += 4)
        {
            frame[at] = 0x81;
        }

        Assert.False(PacketLayout.TryParse(frame, out PacketLayout layout));
        Assert.Equal(LayoutError.VlanStackTooDeep, layout.Error);
        Assert.False(EthernetView.TryParse(frame, out _));
        frame[28] = 0x88;
        frame[29] = 0xB5;
        Assert.True(PacketLayout.TryParse(frame, out layout));
        Assert.Equal((4, EtherType.Experimental1), (layout.VlanTags, layout.EtherType));
        Assert.True(EthernetView.TryParse(frame, out EthernetView view));
        Assert.Equal(4, view.TagCount);
    }

    [Fact]
    [Trait(Kind.Key, Kind.Hostile)]
    public void Nine_extension_headers_are_refused_and_eight_are_walked()
    {
        Assert.Equal(LayoutError.None, WalkDestinationOptions(8).Error);
        Assert.Equal(8, WalkDestinationOptions(8).Count);
        Assert.Equal(LayoutError.ExtensionChainTooLong, WalkDestinationOptions(9).Error);
    }

    [Fact]
    [Trait(Kind.Key, Kind.Rfc)]
    public void Rfc6946_an_atomic_fragment_is_a_whole_datagram()
    {
        byte[] payload = new byte[8];
        new IPv6FragmentHeader { NextHeader = IpProtocol.Udp, Identification = 5 }.Write(payload);
        IPv6ExtensionWalk walk = IPv6ExtensionWalk.Walk(payload, IpProtocol.Fragment);
        Assert.Equal((false, false, 0, IpProtocol.Udp), (walk.IsFragment, walk.IsLaterFragment, walk.FragmentHeaderOffset, walk.Protocol));
    }

    [Theory]
    [Trait(Kind.Key, Kind.Corpus)]
    [InlineData("TCP over IPv4 with options", "Tcp 192.0.2.1:40000 > 198.51.100.7:443")]
    [InlineData("SCTP over IPv4", "Sctp 192.0.2.1:5060 > 198.51.100.7:5061")]
    [InlineData("ICMP echo request", "Icmp 192.0.2.1:4660 > 198.51.100.7:0")]
    [InlineData("ICMP echo reply", "Icmp 192.0.2.1:0 > 198.51.100.7:4660")]
    [InlineData("ESP", "Esp 192.0.2.1:0 > 198.51.100.7:0")]
    [InlineData("first fragment of a UDP datagram", "Udp 192.0.2.1:1111 > 198.51.100.7:2222")]
    [InlineData("later fragment of a UDP datagram", null)]
    [InlineData("ICMP fragmentation needed with the packet it answers", null)]
    [InlineData("ARP request", null)]
    [InlineData("UDP over IPv6", null)]
    public void A_frame_gives_the_IPv4_flow_that_it_names(string sentence, string? flow)
    {
        byte[] frame = FrameVector.Named(sentence).Frame;
        Assert.True(PacketLayout.TryParse(frame, out PacketLayout layout));
        Assert.Equal(flow, FlowKey4.TryRead(frame, in layout, out FlowKey4 key) ? key.ToString() : null);
    }

    [Theory]
    [Trait(Kind.Key, Kind.Corpus)]
    [InlineData("TCP over IPv6 with data", "Tcp [2001:db8::1]:40000 > [2001:db8:0:1::7]:443")]
    [InlineData("ICMPv6 echo request", "IcmpV6 [2001:db8::1]:17185 > [2001:db8:0:1::7]:0")]
    [InlineData("IPv6 with hop-by-hop, routing and destination options", "Udp [2001:db8::1]:4096 > [2001:db8:0:1::7]:9")]
    [InlineData("later fragment over IPv6", null)]
    [InlineData("neighbour solicitation", null)]
    [InlineData("UDP over IPv4", null)]
    public void A_frame_gives_the_IPv6_flow_that_it_names(string sentence, string? flow)
    {
        byte[] frame = FrameVector.Named(sentence).Frame;
        Assert.True(PacketLayout.TryParse(frame, out PacketLayout layout));
        Assert.Equal(flow, FlowKey6.TryRead(frame, in layout, out FlowKey6 key) ? key.ToString() : null);
    }

    [Fact]
    [Trait(Kind.Key, Kind.Corpus)]
    public void A_reply_to_an_echo_belongs_to_the_reversed_flow()
    {
        byte[] request = FrameVector.Named("ICMP echo request").Frame;
        byte[] reply = (byte[])FrameVector.Named("ICMP echo reply").Frame.Clone();
        request.AsSpan(26, 4).CopyTo(reply.AsSpan(30));
        request.AsSpan(30, 4).CopyTo(reply.AsSpan(26));
        Assert.True(PacketLayout.TryParse(request, out PacketLayout there));
        Assert.True(PacketLayout.TryParse(reply, out PacketLayout back));
        Assert.True(FlowKey4.TryRead(request, in there, out FlowKey4 asked));
        Assert.True(FlowKey4.TryRead(reply, in back, out FlowKey4 answered));
        Assert.Equal(asked.Reversed, answered);
    }

    private static LayoutError ErrorOf(byte[] frame)
    {
        _ = PacketLayout.TryParse(frame, out PacketLayout layout);
        return layout.Error;
    }

    private static IPv6ExtensionWalk WalkDestinationOptions(int count)
    {
        byte[] payload = new byte[count * 8];
        for (int i = 0; i < count; i++)
        {
            payload[i * 8] = (byte)(i == count - 1 ? IpProtocol.Udp : IpProtocol.DestinationOptions);
        }

        return IPv6ExtensionWalk.Walk(payload, IpProtocol.DestinationOptions);
    }
}
