using FsCheck;
using FsCheck.Fluent;
using Weft.Conformance.Support;
using Weft.Nat;
using Weft.Packets;
using static Weft.Conformance.NatTests.NatTestBed;

namespace Weft.Conformance.NatTests;

/// <summary>Addresses, prefixes and deterministic maps beside published and recomputed values.</summary>
public sealed class AddressPlanTests
{
    private static readonly DsnatAddressPlan Plan = new(IPv6Prefix.Parse("fd5a:1b2c:3d4e:1::/64"));

    [Fact]
    [Trait(Kind.Key, Kind.Rfc)]
    public void Address_and_port_make_the_address_of_the_plan()
    {
        Assert.Equal("fd5a:1b2c:3d4e:1:c000:201:9c4:0", Plan.ToIPv6(Shared, 2500).ToString());
        Assert.Equal("fd5a:1b2c:3d4e:1:c000:201:800:0/102", Plan.PrefixOf(Block).ToString());
    }

    [Fact]
    [Trait(Kind.Key, Kind.Rfc)]
    public void All_ports_above_the_reserved_ones_are_six_prefixes()
    {
        var cover = new IPv6Prefix[DsnatAddressPlan.MaxCover];
        int count = Plan.CoverPrefixes(Shared, 1024, 65_535, cover);
        Assert.Equal([1024, 2048, 4096, 8192, 16_384, 32_768], cover[..count].Select(prefix => 1 << (112 - prefix.Length)));
    }

    [Fact]
    [Trait(Kind.Key, Kind.Rfc)]
    public void Rfc4193_Section3_1_Only_unique_local_prefixes_of_64_bits_make_a_plan()
    {
        Assert.Throws<ArgumentOutOfRangeException>(() => new DsnatAddressPlan(IPv6Prefix.Parse("2001:db8::/64")));
        Assert.Throws<ArgumentOutOfRangeException>(() => new DsnatAddressPlan(IPv6Prefix.Parse("fd00::/48")));
    }

    [Fact]
    [Trait(Kind.Key, Kind.Property)]
    public void Taking_an_address_apart_undoes_making_it_and_a_filler_is_no_address_of_the_plan()
    {
        Prop.ForAll<uint, ushort>((snat, port) =>
        {
            IPv6Address made = Plan.ToIPv6(new IPv4Address(snat), port);
            return Plan.TryParse(made, out IPv4Address back, out ushort backPort) && back.Value == snat && backPort == port
                && !Plan.TryParse(new IPv6Address(made.High, made.Low | 1), out _, out _)
                && !Plan.TryParse(new IPv6Address(made.High ^ 1, made.Low), out _, out _);
        }).QuickCheckThrowOnFailure();
    }

    [Fact]
    [Trait(Kind.Key, Kind.Property)]
    public void A_cover_holds_every_port_once_no_other_and_cannot_be_shorter()
    {
        Prop.ForAll<ushort, ushort>((one, other) =>
        {
            (ushort first, ushort last) = one <= other ? (one, other) : (other, one);
            var cover = new IPv6Prefix[DsnatAddressPlan.MaxCover];
            int count = Plan.CoverPrefixes(Shared, first, last, cover);
            int next = first;
            for (int i = 0; i < count; i++)
            {
                _ = Plan.TryParse(cover[i].Address, out _, out ushort begin);
                int size = 1 << (112 - cover[i].Length);
                bool mergeable = i > 0 && cover[i].Length == cover[i - 1].Length && new IPv6Prefix(cover[i].Address, cover[i].Length - 1) == new IPv6Prefix(cover[i - 1].Address, cover[i].Length - 1);
                if (begin != next || mergeable)
                {
                    return false;
                }

                next += size;
            }

            return next == last + 1;
        }).QuickCheckThrowOnFailure();
    }

    [Theory]
    [Trait(Kind.Key, Kind.Rfc)]
    [InlineData("172.16.255.0/24", "172.17.255.50/32", "172.16.255.20", 256, 252, "172.17.255.50", 6064, 6315)] // VPP's det44 test
    [InlineData("192.168.16.0/20", "68.142.68.4/30", "192.168.27.77", 1024, 63, "68.142.68.6", 54_259, 54_321)] // CSIT's binding
    public void Rfc7422_Section2_A_deterministic_map_gives_what_other_translators_give(
        string inside, string outside, string machine, int ratio, int ports, string shared, int first, int last)
    {
        var map = new DeterministicMap(IPv4Prefix.Parse(inside), IPv4Prefix.Parse(outside));
        Assert.Equal((ratio, ports), (map.SharingRatio, map.PortsPerAddress));
        Assert.True(map.TryGetPorts(IPv4Address.Parse(machine), out IPv4Address address, out ushort from, out ushort to));
        Assert.Equal((shared, first, last), (address.ToString(), from, to));
        foreach (ushort port in (ushort[])[from, to])
        {
            Assert.True(map.TryGetInside(address, port, out IPv4Address back));
            Assert.Equal(machine, back.ToString());
        }

        Assert.False(map.TryGetInside(address, 1023, out _));
        Assert.False(map.TryGetPorts(IPv4Address.Parse("203.0.113.1"), out _, out _, out _));
    }
}
