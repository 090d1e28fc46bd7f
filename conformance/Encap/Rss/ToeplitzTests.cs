using FsCheck;
using FsCheck.Fluent;
using Weft.Conformance.Support;
using Weft.Encap;
using Weft.Packets;

namespace Weft.Conformance.EncapTests;

/// <summary>The Toeplitz hash against Microsoft's verification suite and against its own definition.</summary>
public sealed class ToeplitzTests
{
    public static TheoryData<string, ushort, string, ushort, uint, uint> IPv4Suite => new()
    {
        { "66.9.149.187", 2794, "161.142.100.80", 1766, 0x323e8fc2, 0x51ccc178 },
        { "199.92.111.2", 14230, "65.69.140.83", 4739, 0xd718262a, 0xc626b0ea },
        { "24.19.198.95", 12898, "12.22.207.184", 38024, 0xd2d0a5de, 0x5c2b394a },
        { "38.27.205.30", 48228, "209.142.163.6", 2217, 0x82989176, 0xafc7327f },
        { "153.39.163.191", 44251, "202.188.127.2", 1303, 0x5d1809c5, 0x10e828a2 },
    };

    public static TheoryData<string, ushort, string, ushort, uint, uint> IPv6Suite => new()
    {
        { "3ffe:2501:200:1fff::7", 2794, "3ffe:2501:200:3::1", 1766, 0x2cc18cd5, 0x40207d3d },
        { "3ffe:501:8::260:97ff:fe40:efab", 14230, "ff02::1", 4739, 0x0f0c461c, 0xdde51bbf },
        { "3ffe:1900:4545:3:200:f8ff:fe21:67cf", 44251, "fe80::200:f8ff:fe21:67cf", 38024, 0x4b61e985, 0x02d1feef },
    };

    [Theory, Trait(Kind.Key, Kind.Rfc), MemberData(nameof(IPv4Suite))]
    public void Verification_suite_for_IPv4(string source, ushort sourcePort, string destination, ushort destinationPort, uint addresses, uint ports)
    {
        var from = IPv4Address.Parse(source);
        var to = IPv4Address.Parse(destination);
        Assert.Equal(addresses, ToeplitzKey.Microsoft.Hash(from, to));
        Assert.Equal(ports, ToeplitzKey.Microsoft.Hash(from, to, sourcePort, destinationPort));
    }

    [Theory, Trait(Kind.Key, Kind.Rfc), MemberData(nameof(IPv6Suite))]
    public void Verification_suite_for_IPv6(string source, ushort sourcePort, string destination, ushort destinationPort, uint addresses, uint ports)
    {
        var from = IPv6Address.Parse(source);
        var to = IPv6Address.Parse(destination);
        Assert.Equal(addresses, ToeplitzKey.Microsoft.Hash(from, to));
        Assert.Equal(ports, ToeplitzKey.Microsoft.Hash(from, to, sourcePort, destinationPort));
    }

    [Fact, Trait(Kind.Key, Kind.Property)]
    public void Carryless_multiplication_equals_the_definition_for_every_length()
    {
        Assert.SkipUnless(ToeplitzKey.IsAccelerated, "this processor has no carry-less multiplication");
        var inputs = Arb.From(Gen.Choose(int.MinValue, int.MaxValue).ArrayOf(9));
        Prop.ForAll(inputs, input =>
        {
            uint[] words = Array.ConvertAll(input, value => (uint)value);
            for (int length = 0; length <= words.Length; length++)
            {
                Assert.Equal(
                    ToeplitzKey.Microsoft.HashPortable(words.AsSpan(0, length)),
                    ToeplitzKey.Microsoft.HashCarryless(words.AsSpan(0, length)));
            }
        }).Check(Chance.Of(2000));
    }

    [Fact, Trait(Kind.Key, Kind.Property)]
    public void The_hash_is_linear()
    {
        var pairs = Arb.From(Gen.Choose(int.MinValue, int.MaxValue).Four());
        Prop.ForAll(pairs, four =>
        {
            var (a, b, c, d) = ((uint)four.Item1, (uint)four.Item2, (uint)four.Item3, (uint)four.Item4);
            uint sum = ToeplitzKey.Microsoft.Hash(new IPv4Address(a ^ c), new IPv4Address(b ^ d));
            Assert.Equal(sum, ToeplitzKey.Microsoft.Hash(new IPv4Address(a), new IPv4Address(b)) ^ ToeplitzKey.Microsoft.Hash(new IPv4Address(c), new IPv4Address(d)));
        }).Check(Chance.Of(1000));
    }

    [Fact, Trait(Kind.Key, Kind.Property)]
    public void The_symmetric_key_gives_both_directions_one_hash()
    {
        var pairs = Arb.From(Gen.Choose(int.MinValue, int.MaxValue).Four());
        Prop.ForAll(pairs, four =>
        {
            var (a, b) = (new IPv4Address((uint)four.Item1), new IPv4Address((uint)four.Item2));
            var (p, q) = ((ushort)four.Item3, (ushort)four.Item4);
            Assert.Equal(ToeplitzKey.Symmetric.Hash(a, b, p, q), ToeplitzKey.Symmetric.Hash(b, a, q, p));
        }).Check(Chance.Of(1000));
    }

    [Fact, Trait(Kind.Key, Kind.Property)]
    public void Bytes_and_addresses_hash_alike()
    {
        byte[] tuple = Convert.FromHexString("420995bba18e64500aea06e6");
        Assert.Equal(0x51ccc178u, ToeplitzKey.Microsoft.Hash(tuple));
    }

    [Fact, Trait(Kind.Key, Kind.Hostile)]
    public void Lengths_outside_the_documented_range_are_named()
    {
        Assert.Contains("40 to 64", Assert.Throws<ArgumentException>(() => new ToeplitzKey(new byte[39])).Message);
        Assert.Contains("40 to 64", Assert.Throws<ArgumentException>(() => new ToeplitzKey(new byte[65])).Message);
        Assert.Contains("at most 36", Assert.Throws<ArgumentException>(() => ToeplitzKey.Microsoft.Hash(new byte[40])).Message);
        Assert.Contains("multiple of 4", Assert.Throws<ArgumentException>(() => ToeplitzKey.Microsoft.Hash(new byte[3])).Message);
    }

    [Fact, Trait(Kind.Key, Kind.Alloc)]
    public void Hashing_allocates_nothing()
    {
        uint sum = 0;
        long bytes = Allocations.Of(() =>
        {
            for (uint i = 0; i < 100_000; i++)
            {
                sum += ToeplitzKey.Microsoft.Hash(new IPv4Address(i), new IPv4Address(~i), (ushort)i, 4500);
                sum += ToeplitzKey.Microsoft.Hash(new IPv6Address(i, i), new IPv6Address(~i, i), (ushort)i, 4500);
            }
        });
        Assert.NotEqual(0u, sum);
        Assert.Equal(0, bytes);
    }
}
