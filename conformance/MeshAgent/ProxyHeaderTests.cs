using System.Buffers;
using FsCheck;
using FsCheck.Fluent;
using Weft.Conformance.Support;
using Weft.Mesh;
using Weft.MeshAgent;
using Weft.Packets;

namespace Weft.Conformance.MeshAgentTests;

/// <summary>PROXY protocol, version 2: what HAProxy writes, and what nobody should.</summary>
[Trait(Kind.Key, Kind.Rfc)]
public sealed class ProxyHeaderTests
{
    /// <summary>Written by HAProxy 2.6.12 with send-proxy-v2-ssl-cn for a client whose certificate names vm1.</summary>
    private static readonly byte[] FromHaproxy = Convert.FromHexString(
        "0d0a0d0a000d0a515549540a211100247f0000017f00000190f453352000150700000000210007544c5376312e33220003766d31");

    [Fact]
    public void HAProxys_own_header_is_read_with_its_type_length_values_skipped()
    {
        Assert.Equal(OperationStatus.Done, ProxyHeader.TryRead([.. FromHaproxy, 1, 2, 3], out ProxyHeader header, out int consumed));

        Assert.Equal(52, consumed);
        Assert.Equal(IpProtocol.Tcp, header.Protocol);
        Assert.Equal("127.0.0.1:37108", header.Source.ToString());
        Assert.Equal("127.0.0.1:21301", header.Destination.ToString());
    }

    [Fact]
    public void Every_beginning_of_a_header_asks_for_more()
    {
        for (int length = 0; length < FromHaproxy.Length; length++)
        {
            Assert.Equal(OperationStatus.NeedMoreData, ProxyHeader.TryRead(FromHaproxy.AsSpan(0, length), out _, out int consumed));
            Assert.Equal(0, consumed);
        }
    }

    [Theory]
    [InlineData("GET / HTTP/1.1\r\n\r\n")]
    [InlineData("PROXY TCP4 192.0.2.1 192.0.2.2 1 2\r\n")]
    [InlineData("\r\n\r\n\0\r\nQUIT\nA")]
    [InlineData("\r\n\r\n\0\r\nQUIT\n\u0011")]
    [InlineData("\r\n\r\n\0\r\nQUIT\n\u0022")]
    public void What_is_no_header_is_known_from_its_first_wrong_byte(string text) =>
        Assert.Equal(OperationStatus.InvalidData, ProxyHeader.TryRead(System.Text.Encoding.Latin1.GetBytes(text), out _, out _));

    [Theory]
    [InlineData("2111000b", "IPv4 in eleven bytes")]
    [InlineData("21210023", "IPv6 in thirty-five bytes")]
    [InlineData("211007ff", "longer than anything known")]
    [InlineData("2110000c", "IPv4 of no transport")]
    public void A_header_that_lies_about_its_addresses_is_refused(string rest, string why)
    {
        byte[] bytes = [.. FromHaproxy.AsSpan(0, 12), .. Convert.FromHexString(rest), .. new byte[4096]];
        Assert.True(ProxyHeader.TryRead(bytes, out _, out _) == OperationStatus.InvalidData, why);
    }

    [Theory]
    [InlineData("20000000", 16)]
    [InlineData("2011000c", 28)]
    [InlineData("210000d8", 232)]
    [InlineData("213100d8", 232)]
    public void A_proxy_that_speaks_for_itself_or_of_another_family_is_accepted_and_names_nobody(string rest, int length)
    {
        byte[] bytes = [.. FromHaproxy.AsSpan(0, 12), .. Convert.FromHexString(rest), .. new byte[300]];

        Assert.Equal(OperationStatus.Done, ProxyHeader.TryRead(bytes, out ProxyHeader header, out int consumed));
        Assert.Equal(length, consumed);
        Assert.False(header.IsProxied);
    }

    [Fact]
    public void What_is_written_is_HAProxys_header_without_its_type_length_values()
    {
        var header = new ProxyHeader(IpProtocol.Tcp, new MeshEndpoint(new IPv4Address(0x7F00_0001), 37108), new MeshEndpoint(new IPv4Address(0x7F00_0001), 21301));
        byte[] bytes = new byte[ProxyHeader.MaxWrittenLength];

        Assert.True(header.TryWrite(bytes, out int written));

        byte[] expected = FromHaproxy[..28];
        expected[15] = 12;
        Assert.Equal(expected, bytes[..written]);
    }

    [Fact]
    public void Addresses_of_two_families_or_too_little_room_are_not_written()
    {
        var mixed = new ProxyHeader(IpProtocol.Tcp, new MeshEndpoint(new IPv4Address(1), 1), new MeshEndpoint(new IPv6Address(1, 1), 1));
        Assert.False(mixed.TryWrite(new byte[100], out _));
        var good = mixed with { Destination = mixed.Source };
        Assert.False(good.TryWrite(new byte[27], out _));
        Assert.True(good.TryWrite(new byte[28], out _));
    }

    [Fact]
    [Trait(Kind.Key, Kind.Property)]
    public void Whatever_is_written_is_read_again() =>
        Prop.ForAll(Headers(), header =>
        {
            byte[] bytes = new byte[ProxyHeader.MaxWrittenLength];
            return header.TryWrite(bytes, out int written)
                && ProxyHeader.TryRead(bytes.AsSpan(0, written), out ProxyHeader read, out int consumed) == OperationStatus.Done
                && read == header && consumed == written;
        }).Check(Chance.Of(500));

    [Fact]
    [Trait(Kind.Key, Kind.Hostile)]
    public void No_bytes_make_the_reader_throw_or_read_past_their_end()
    {
        var random = new Random(7);
        for (int i = 0; i < 20_000; i++)
        {
            byte[] bytes = [.. FromHaproxy];
            for (int flips = random.Next(4); flips >= 0; flips--)
            {
                bytes[random.Next(12, bytes.Length)] = (byte)random.Next(256);
            }

            int length = random.Next(bytes.Length + 1);
            OperationStatus status = ProxyHeader.TryRead(bytes.AsSpan(0, length), out _, out int consumed);
            Assert.InRange(consumed, 0, length);
            Assert.True(status != OperationStatus.NeedMoreData || consumed == 0);
        }
    }

    private static Arbitrary<ProxyHeader> Headers()
    {
        Gen<ProxyHeader> gen =
            from isIPv4 in Gen.Elements(true, false)
            from udp in Gen.Elements(IpProtocol.Tcp, IpProtocol.Udp)
            from a in Gen.Choose(int.MinValue, int.MaxValue)
            from b in Gen.Choose(int.MinValue, int.MaxValue)
            from p in Gen.Choose(0, 65535)
            from q in Gen.Choose(0, 65535)
            select isIPv4
                ? new ProxyHeader(udp, new MeshEndpoint(new IPv4Address((uint)a), (ushort)p), new MeshEndpoint(new IPv4Address((uint)b), (ushort)q))
                : new ProxyHeader(udp, new MeshEndpoint(new IPv6Address((uint)a | (1UL << 62), (uint)b), (ushort)p), new MeshEndpoint(new IPv6Address((uint)b | (1UL << 61), (uint)a), (ushort)q));
        return Arb.From(gen, header => header.Source.Port == 0 ? [] : [header with { Source = header.Source with { Port = 0 } }]);
    }
}
