using System.Net;
using FsCheck;
using FsCheck.Fluent;
using Weft.Conformance.Support;
using Weft.Host.Config;

namespace Weft.Conformance.ConfigTests;

[Trait(Kind.Key, Kind.Property)]
public sealed class TunnelAddressTests
{
    [Fact]
    public void Sharing_a_prefix_is_what_the_runtime_s_networks_say()
    {
        Gen<(byte[] First, byte[] Second, int Prefix)> pairs =
            from isV6 in Gen.Elements(true, false)
            let length = isV6 ? 16 : 4
            from first in Gen.Choose(0, 255).Select(b => (byte)b).ArrayOf(length)
            from flipped in Gen.Choose(0, length * 8 - 1)
            from prefix in Gen.Choose(0, length * 8)
            select (first, Flip(first, flipped), prefix);

        Prop.ForAll(Arb.From(pairs, _ => []), pair =>
        {
            byte[] network = (byte[])pair.First.Clone();
            for (int bit = pair.Prefix; bit < network.Length * 8; bit++)
            {
                network[bit / 8] &= (byte)~(0x80 >> (bit % 8));
            }

            bool expected = new IPNetwork(new IPAddress(network), pair.Prefix).Contains(new IPAddress(pair.Second));
            Assert.Equal(expected, Of(pair.First).SharesPrefix(Of(pair.Second), pair.Prefix));
        }).Check(Chance.Of(5000));
    }

    [Fact]
    public void Families_share_nothing() => Assert.False(Of([0, 0, 0, 0]).SharesPrefix(Of(new byte[16]), 0));

    [Theory]
    [InlineData("192.0.2.1", true)]
    [InlineData("2001:db8::1", true)]
    [InlineData("fe80::1", true)]
    [InlineData("0.0.0.0", false)]
    [InlineData("127.0.0.1", false)]
    [InlineData("224.0.0.1", false)]
    [InlineData("255.255.255.255", false)]
    [InlineData("::", false)]
    [InlineData("::1", false)]
    [InlineData("ff02::1", false)]
    public void One_machine_can_own_a_unicast_address(string text, bool isUnicast)
    {
        Assert.True(TunnelAddress.TryParse(text, out TunnelAddress address));
        Assert.Equal(isUnicast, address.IsUnicast);
        Assert.Equal(text, address.ToString());
    }

    private static TunnelAddress Of(byte[] bytes) => bytes.Length == 4 ? new TunnelAddress(IPv4Address.Read(bytes)) : new TunnelAddress(IPv6Address.Read(bytes));

    private static byte[] Flip(byte[] bytes, int bit)
    {
        byte[] flipped = (byte[])bytes.Clone();
        flipped[bit / 8] ^= (byte)(0x80 >> (bit % 8));
        return flipped;
    }
}
