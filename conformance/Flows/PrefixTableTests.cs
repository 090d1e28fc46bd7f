using FsCheck;
using FsCheck.Fluent;
using Weft.Conformance.Support;
using Weft.Flows;
using Weft.Packets;

namespace Weft.Conformance.FlowsTests;

/// <summary>Longest prefix match beside a list that is searched from end to end.</summary>
[Trait(Kind.Key, Kind.Model)]
public sealed class PrefixTableTests
{
    private static readonly Gen<IPv4Prefix> Prefix4 = Gen.Choose(0, 32).SelectMany(length => Address4.Select(address => new IPv4Prefix(address, length)));

    private static readonly Gen<IPv6Prefix> Prefix6 = Gen.Choose(0, 128).SelectMany(length => Address6.Select(address => new IPv6Prefix(address, length)));

    /// <summary>Few bits vary, so that prefixes nest and addresses hit.</summary>
    private static Gen<IPv4Address> Address4 => Gen.Choose(0, 0xFFF).Select(bits => new IPv4Address(((uint)(bits & 0xF00) << 20) | ((uint)(bits & 0xF0) << 12) | (uint)(bits & 0xF)));

    private static Gen<IPv6Address> Address6 => Gen.Choose(0, 0xFFF).Select(bits => new IPv6Address(((ulong)(bits & 0xF00) << 52) | ((ulong)(bits & 0xC0) >> 6), ((ulong)(bits & 0x30) << 58) | ((ulong)bits & 0xF)));

    [Fact]
    public void Finds_the_longest_ipv4_prefix_as_a_list_does() => Prop.ForAll(
        Prefix4.ListOf().Select(list => list.Distinct().ToArray()).ToArbitrary(),
        Address4.ArrayOf(64).ToArbitrary(),
        (prefixes, addresses) =>
        {
            var table = new PrefixTable4([.. prefixes.Index().Select(item => KeyValuePair.Create(item.Item, item.Index))]);
            return table.Count == prefixes.Length && addresses.All(address => table.Find(address) == Naive(prefixes, prefix => prefix.Contains(address), prefix => prefix.Length));
        }).QuickCheckThrowOnFailure();

    [Fact]
    public void Finds_the_longest_ipv6_prefix_as_a_list_does() => Prop.ForAll(
        Prefix6.ListOf().Select(list => list.Distinct().ToArray()).ToArbitrary(),
        Address6.ArrayOf(64).ToArbitrary(),
        (prefixes, addresses) =>
        {
            var table = new PrefixTable6([.. prefixes.Index().Select(item => KeyValuePair.Create(item.Item, item.Index))]);
            return addresses.All(address => table.Find(address) == Naive(prefixes, prefix => prefix.Contains(address), prefix => prefix.Length));
        }).QuickCheckThrowOnFailure();

    [Fact]
    public void Tells_hosts_from_their_neighbours_in_every_bit()
    {
        for (int bit = 0; bit < 128; bit++)
        {
            UInt128 value = UInt128.One << bit;
            var address = new IPv6Address((ulong)(value >> 64), (ulong)value);
            var table = new PrefixTable6([KeyValuePair.Create(new IPv6Prefix(address, 128), 7), KeyValuePair.Create(new IPv6Prefix(default, 0), 1)]);
            Assert.Equal((7, 1), (table.Find(address), table.Find(default(IPv6Address))));
        }
    }

    [Fact]
    public void An_empty_table_finds_nothing()
    {
        Assert.Equal(PrefixTable4.None, new PrefixTable4([]).Find(IPv4Address.Parse("192.0.2.1")));
        Assert.Equal(PrefixTable6.None, new PrefixTable6([]).Find(IPv6Address.Parse("2001:db8::1")));
    }

    [Fact]
    public void Refuses_what_has_no_meaning()
    {
        var prefix = IPv4Prefix.Parse("10.0.0.0/8");
        Assert.Contains("twice", Assert.Throws<ArgumentException>(() => new PrefixTable4([KeyValuePair.Create(prefix, 1), KeyValuePair.Create(prefix, 2)])).Message);
        Assert.Contains("negative", Assert.Throws<ArgumentException>(() => new PrefixTable4([KeyValuePair.Create(prefix, -1)])).Message);
    }

    [Fact]
    public void A_hundred_thousand_prefixes_take_little_room()
    {
        var random = new Random(7);
        var prefixes = new Dictionary<IPv4Prefix, int>();
        while (prefixes.Count < 100_000)
        {
            prefixes.TryAdd(new IPv4Prefix(new IPv4Address((uint)random.NextInt64(1L << 32)), random.Next(16, 25)), prefixes.Count);
        }

        var table = new PrefixTable4(prefixes);
        Assert.InRange(table.SizeBytes, 1, 40 * prefixes.Count);
        Assert.All(prefixes.Keys.Take(2000), prefix => Assert.True(table.Find(prefix.Address) >= 0));
    }

    private static int Naive<T>(T[] prefixes, Func<T, bool> contains, Func<T, int> length)
    {
        (int best, int longest) = (PrefixTable4.None, -1);
        for (int i = 0; i < prefixes.Length; i++)
        {
            (best, longest) = contains(prefixes[i]) && length(prefixes[i]) > longest ? (i, length(prefixes[i])) : (best, longest);
        }

        return best;
    }
}
