using Weft.Conformance.Support;
using Weft.Packets;

namespace Weft.Conformance.PacketsTests;

[Trait(Kind.Key, Kind.Property)]
public sealed class FlowKeyTests
{
    private static readonly IPv4Address A4 = IPv4Address.Parse("192.0.2.1");
    private static readonly IPv4Address B4 = IPv4Address.Parse("198.51.100.7");
    private static readonly IPv6Address A6 = IPv6Address.Parse("2001:db8::1");
    private static readonly IPv6Address B6 = IPv6Address.Parse("2001:db8:0:1::1");

    [Fact]
    public void A_key_returns_what_it_was_made_of()
    {
        FlowKey4 v4 = new(A4, B4, IpProtocol.Tcp, 1234, 80, 0xABCDEF);
        Assert.Equal((A4, B4, IpProtocol.Tcp, (ushort)1234, (ushort)80, 0xABCDEFu), (v4.Source, v4.Destination, v4.Protocol, v4.SourcePort, v4.DestinationPort, v4.Scope));
        FlowKey6 v6 = new(A6, B6, IpProtocol.Udp, 1234, 53, FlowKey4.MaxScope);
        Assert.Equal((A6, B6, IpProtocol.Udp, (ushort)1234, (ushort)53, 0xFFFFFFu), (v6.Source, v6.Destination, v6.Protocol, v6.SourcePort, v6.DestinationPort, v6.Scope));
    }

    [Fact]
    public void Scope_beyond_24_bits_is_cut_and_touches_nothing_else()
    {
        FlowKey4 key = new(A4, B4, IpProtocol.Tcp, 1, 2, 0xFF000005);
        Assert.Equal((5u, (ushort)1, (ushort)2, IpProtocol.Tcp), (key.Scope, key.SourcePort, key.DestinationPort, key.Protocol));
    }

    [Fact]
    public void Both_directions_have_one_canonical_form()
    {
        FlowKey4 v4 = new(A4, B4, IpProtocol.Tcp, 1234, 80, 7);
        Assert.Equal(v4, v4.ToCanonical(out FlowDirection there));
        Assert.Equal(v4, v4.Reversed.ToCanonical(out FlowDirection back));
        Assert.Equal((FlowDirection.Forward, FlowDirection.Reverse), (there, back));
        FlowKey6 v6 = new(B6, A6, IpProtocol.Tcp, 1234, 80, 7);
        Assert.Equal(v6.Reversed, v6.ToCanonical(out there));
        Assert.Equal(v6.Reversed, v6.Reversed.ToCanonical(out back));
        Assert.Equal((FlowDirection.Reverse, FlowDirection.Forward), (there, back));
    }

    [Fact]
    public void Ports_order_a_flow_of_one_host_with_itself()
    {
        FlowKey4 v4 = new(A4, A4, IpProtocol.Tcp, 80, 1234);
        FlowKey6 v6 = new(A6, A6, IpProtocol.Tcp, 80, 1234);
        Assert.True(v4.IsCanonical && v6.IsCanonical);
        Assert.False(v4.Reversed.IsCanonical || v6.Reversed.IsCanonical);
        Assert.True(new FlowKey4(A4, A4, IpProtocol.Tcp, 80, 80).IsCanonical);
    }

    [Fact]
    public void Keys_that_differ_in_one_field_are_not_equal()
    {
        FlowKey4[] v4 =
        [
            new(A4, B4, IpProtocol.Tcp, 1, 2, 3), new(B4, B4, IpProtocol.Tcp, 1, 2, 3), new(A4, A4, IpProtocol.Tcp, 1, 2, 3),
            new(A4, B4, IpProtocol.Udp, 1, 2, 3), new(A4, B4, IpProtocol.Tcp, 9, 2, 3), new(A4, B4, IpProtocol.Tcp, 1, 9, 3),
            new(A4, B4, IpProtocol.Tcp, 1, 2, 9),
        ];
        Assert.Equal(v4.Length, v4.Distinct().Count());
        FlowKey6[] v6 =
        [
            new(A6, B6, IpProtocol.Tcp, 1, 2, 3), new(B6, B6, IpProtocol.Tcp, 1, 2, 3), new(A6, A6, IpProtocol.Tcp, 1, 2, 3),
            new(A6, B6, IpProtocol.Udp, 1, 2, 3), new(A6, B6, IpProtocol.Tcp, 9, 2, 3), new(A6, B6, IpProtocol.Tcp, 1, 9, 3),
            new(A6, B6, IpProtocol.Tcp, 1, 2, 9),
        ];
        Assert.Equal(v6.Length, v6.Distinct().Count());
    }

    [Fact]
    public void Text_shows_the_flow()
    {
        Assert.Equal("Tcp 192.0.2.1:1234 > 198.51.100.7:80 @5001", new FlowKey4(A4, B4, IpProtocol.Tcp, 1234, 80, 5001).ToString());
        Assert.Equal("Udp [2001:db8::1]:1 > [2001:db8:0:1::1]:2", new FlowKey6(A6, B6, IpProtocol.Udp, 1, 2).ToString());
    }
}
