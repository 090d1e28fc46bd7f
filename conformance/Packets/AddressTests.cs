using System.Net;
using Weft.Conformance.Support;
using Weft.Packets;

namespace Weft.Conformance.PacketsTests;

public sealed class AddressTests
{
    [Theory]
    [Trait(Kind.Key, Kind.Rfc)]
    [InlineData("2001:0db8::0001", "2001:db8::1")] // 4.1: leading zeros.
    [InlineData("2001:db8:0:0:0:0:2:1", "2001:db8::2:1")] // 4.2.1: shorten as much as possible.
    [InlineData("2001:db8::1:1:1:1:1", "2001:db8:0:1:1:1:1:1")] // 4.2.2: not one group alone.
    [InlineData("2001:0:0:1:0:0:0:1", "2001:0:0:1::1")] // 4.2.3: the longest run.
    [InlineData("2001:db8:0:0:1:0:0:1", "2001:db8::1:0:0:1")] // 4.2.3: the first of equal runs.
    [InlineData("2001:DB8::AAAA", "2001:db8::aaaa")] // 4.3: lower case.
    [InlineData("::FFFF:192.0.2.1", "::ffff:192.0.2.1")] // 5: mapped.
    [InlineData("0:0:0:0:0:0:0:0", "::")]
    [InlineData("0:0:0:0:0:0:0:1", "::1")]
    [InlineData("1:0:0:0:0:0:0:0", "1::")]
    [InlineData("64:ff9b::192.0.2.33", "64:ff9b::c000:221")]
    [InlineData("1:2:3:4:5:6:7::", "1:2:3:4:5:6:7:0")]
    [InlineData("ffff:ffff:ffff:ffff:ffff:ffff:ffff:ffff", "ffff:ffff:ffff:ffff:ffff:ffff:ffff:ffff")]
    public void Rfc5952_Section4_canonical_text(string written, string canonical)
    {
        Assert.Equal(canonical, IPv6Address.Parse(written).ToString());
        Assert.Equal(canonical, IPv6Address.Parse(canonical).ToString());
    }

    [Theory]
    [Trait(Kind.Key, Kind.Hostile)]
    [InlineData("")]
    [InlineData(":")]
    [InlineData(":::")]
    [InlineData("1::2::3")]
    [InlineData("1:2:3:4:5:6:7")]
    [InlineData("1:2:3:4:5:6:7:8:9")]
    [InlineData("1:2:3:4:5:6:7:8::")]
    [InlineData("::1:2:3:4:5:6:7:8")]
    [InlineData("1:")]
    [InlineData(":1")]
    [InlineData("12345::")]
    [InlineData("::g")]
    [InlineData("fe80::1%eth0")]
    [InlineData("[::1]")]
    [InlineData("::1/64")]
    [InlineData("::1.2.3")]
    [InlineData("::1.2.3.4:5")]
    [InlineData("1:2:3:4:5:6:7:1.2.3.4")]
    [InlineData("192.0.2.1")]
    [InlineData(" ::1")]
    public void Text_that_is_no_IPv6_address_is_refused(string text)
    {
        Assert.False(IPv6Address.TryParse(text, out _));
        Assert.Throws<FormatException>(() => IPv6Address.Parse(text));
    }

    [Theory]
    [Trait(Kind.Key, Kind.Hostile)]
    [InlineData("")]
    [InlineData("1.2")]
    [InlineData("1.2.3")]
    [InlineData("1.2.3.4.5")]
    [InlineData("1.2.3.4.")]
    [InlineData(".1.2.3.4")]
    [InlineData("1..2.3")]
    [InlineData("256.0.0.1")]
    [InlineData("01.2.3.4")]
    [InlineData("1.2.3.010")]
    [InlineData("0x1.2.3.4")]
    [InlineData("1.2.3.-4")]
    [InlineData("1.2.3.4 ")]
    [InlineData("3232235777")]
    [InlineData("1.2.3.00")]
    public void Text_that_is_no_IPv4_address_is_refused(string text)
    {
        Assert.False(IPv4Address.TryParse(text, out _));
        Assert.Throws<FormatException>(() => IPv4Address.Parse(text));
    }

    [Fact]
    [Trait(Kind.Key, Kind.Property)]
    public void Addresses_print_and_read_as_the_base_library_does()
    {
        Random random = new(5);
        byte[] bytes = new byte[16];
        for (int round = 0; round < 50_000; round++)
        {
            random.NextBytes(bytes);
            for (int group = 0; group < 8; group++)
            {
                if (random.Next(2) == 0)
                {
                    bytes[2 * group] = bytes[(2 * group) + 1] = 0;
                }
            }

            bytes[0] |= 0x20; // Keeps clear of the forms that the base library prints with dots.
            bytes[8] |= 0x01;
            IPAddress theirs = new(bytes);
            IPv6Address ours = IPv6Address.Read(bytes);
            Assert.Equal(theirs.ToString(), ours.ToString());
            Assert.Equal(ours, IPv6Address.Parse(theirs.ToString()));
            IPv4Address v4 = IPv4Address.Read(bytes);
            Assert.Equal(new IPAddress(bytes.AsSpan(0, 4)).ToString(), v4.ToString());
            Assert.Equal(v4, IPv4Address.Parse(v4.ToString()));
        }
    }

    [Fact]
    [Trait(Kind.Key, Kind.Property)]
    public void A_destination_too_short_is_refused_and_one_that_fits_is_taken()
    {
        string[] texts = ["192.0.2.1", "2001:db8::1", "::ffff:192.0.2.1", "192.0.2.0/24", "2001:db8::/32"];
        ISpanFormattable[] values =
        [
            IPv4Address.Parse(texts[0]), IPv6Address.Parse(texts[1]), IPv6Address.Parse(texts[2]), IPv4Prefix.Parse(texts[3]), IPv6Prefix.Parse(texts[4]),
        ];
        for (int i = 0; i < texts.Length; i++)
        {
            char[] room = new char[texts[i].Length];
            Assert.True(values[i].TryFormat(room, out int written, default, null));
            Assert.Equal(texts[i], new string(room, 0, written));
            for (int shorter = 0; shorter < room.Length; shorter++)
            {
                Assert.False(values[i].TryFormat(room.AsSpan(0, shorter), out _, default, null));
            }
        }
    }

    [Theory]
    [Trait(Kind.Key, Kind.Property)]
    [InlineData("10.0.0.0/8", "10.255.255.255", "11.0.0.0")]
    [InlineData("0.0.0.0/0", "255.255.255.255", null)]
    [InlineData("192.0.2.1/32", "192.0.2.1", "192.0.2.2")]
    [InlineData("192.0.2.128/25", "192.0.2.255", "192.0.2.127")]
    public void An_IPv4_prefix_holds_its_addresses(string prefix, string inside, string? outside)
    {
        IPv4Prefix parsed = IPv4Prefix.Parse(prefix);
        Assert.Equal(prefix, parsed.ToString());
        Assert.True(parsed.Contains(IPv4Address.Parse(inside)));
        Assert.True(outside is null || !parsed.Contains(IPv4Address.Parse(outside)));
        Assert.True(new IPv4Prefix(default, 0).Contains(parsed));
    }

    [Theory]
    [Trait(Kind.Key, Kind.Property)]
    [InlineData("2001:db8::/32", "2001:db8:ffff::", "2001:db9::")]
    [InlineData("::/0", "ffff::", null)]
    [InlineData("2001:db8::/64", "2001:db8::ffff", "2001:db8:0:1::")]
    [InlineData("2001:db8::8000/113", "2001:db8::ffff", "2001:db8::7fff")]
    [InlineData("2001:db8::1/128", "2001:db8::1", "2001:db8::")]
    public void An_IPv6_prefix_holds_its_addresses(string prefix, string inside, string? outside)
    {
        IPv6Prefix parsed = IPv6Prefix.Parse(prefix);
        Assert.Equal(prefix, parsed.ToString());
        Assert.True(parsed.Contains(IPv6Address.Parse(inside)));
        Assert.True(outside is null || !parsed.Contains(IPv6Address.Parse(outside)));
        Assert.True(new IPv6Prefix(default, 0).Contains(parsed));
    }

    [Theory]
    [Trait(Kind.Key, Kind.Hostile)]
    [InlineData("10.0.0.0")]
    [InlineData("10.0.0.0/")]
    [InlineData("10.0.0.0/33")]
    [InlineData("10.0.0.0/08")]
    [InlineData("10.0.0.0/+8")]
    [InlineData("10.0.0.1/8")]
    [InlineData("2001:db8::/129")]
    [InlineData("2001:db8::1/64")]
    [InlineData("/8")]
    public void Text_that_is_no_prefix_is_refused(string text)
    {
        Assert.False(IPv4Prefix.TryParse(text, out _));
        Assert.False(IPv6Prefix.TryParse(text, out _));
    }

    [Fact]
    [Trait(Kind.Key, Kind.Property)]
    public void A_prefix_clears_the_bits_behind_its_length_and_refuses_a_length_out_of_range()
    {
        Assert.Equal("10.1.0.0/16", new IPv4Prefix(IPv4Address.Parse("10.1.2.3"), 16).ToString());
        Assert.Equal("2001:db8::/48", new IPv6Prefix(IPv6Address.Parse("2001:db8::1"), 48).ToString());
        Assert.Throws<ArgumentOutOfRangeException>(() => new IPv4Prefix(default, 33));
        Assert.Throws<ArgumentOutOfRangeException>(() => new IPv6Prefix(default, -1));
    }
}
