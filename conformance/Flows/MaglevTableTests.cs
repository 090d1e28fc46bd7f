using System.Text;
using FsCheck;
using FsCheck.Fluent;
using Weft.Conformance.Support;
using Weft.Flows;
using Weft.Flows.Hashing;

namespace Weft.Conformance.FlowsTests;

/// <summary>The table beside the tables that its inventors and Envoy publish, and the laws it is used for.</summary>
public sealed class MaglevTableTests
{
    [Fact]
    [Trait(Kind.Key, Kind.Rfc)]
    public void Xxh64_gives_the_values_of_its_specification()
    {
        Assert.Equal(0xEF46_DB37_51D8_E999UL, XxHash64.Hash([], 0));
        Assert.Equal(0xD24E_C4F1_A98C_6E5BUL, XxHash64.Hash("a"u8, 0));
        Assert.Equal(0x44BC_2CF5_AD77_0999UL, XxHash64.Hash("abc"u8, 0));
        Assert.Equal(0x02A2_E854_70D6_FD96UL, XxHash64.Hash("Call me Ishmael. Some years ago--never mind how long precisely-"u8, 0));
    }

    [Fact]
    [Trait(Kind.Key, Kind.Rfc)]
    public void Maglev_paper_section_3_4_the_table_of_three_backends_and_what_is_left_without_one()
    {
        MaglevTable.Walk first = new() { Backend = 0, Next = 3, Skip = 4, Weight = 1 };
        MaglevTable.Walk second = new() { Backend = 1, Next = 0, Skip = 2, Weight = 1 };
        MaglevTable.Walk third = new() { Backend = 2, Next = 3, Skip = 1, Weight = 1 };
        Assert.Equal<ushort>([1, 0, 1, 0, 2, 2, 0], MaglevTable.Fill([first, second, third], 7).Slots.ToArray());
        Assert.Equal<ushort>([0, 0, 0, 0, 2, 2, 2], MaglevTable.Fill([first, third], 7).Slots.ToArray());
    }

    [Theory]
    [Trait(Kind.Key, Kind.Rfc)]
    [InlineData("127.0.0.1:", new ushort[] { 2, 4, 0, 1, 5, 0, 3 })]
    [InlineData("", new ushort[] { 2, 5, 0, 3, 4, 1, 0 })]
    public void Envoy_fills_seven_slots_alike_in_whatever_order_the_backends_come(string prefix, ushort[] expected)
    {
        HashBackend[] backends = [.. Enumerable.Range(90, 6).Select(port => Named($"{prefix}{port}"))];
        Assert.Equal(expected, MaglevTable.Build(backends, 7).Slots.ToArray());

        Array.Reverse(backends);
        Assert.Equal(expected.Select(index => (ushort)(5 - index)), MaglevTable.Build(backends, 7).Slots.ToArray());
    }

    [Theory]
    [Trait(Kind.Key, Kind.Rfc)]
    [InlineData(1, 2, new ushort[] { 1, 0, 0, 1, 0, 1, 1, 0, 1, 1, 1, 1, 1, 0, 1, 0, 1 })]
    [InlineData(1, 1, new ushort[] { 1, 0, 0, 1, 0, 1, 1, 0, 0, 1, 0, 1, 0, 0, 1, 0, 1 })]
    [InlineData(8, 2, new ushort[] { 1, 0, 0, 0, 0, 0, 1, 0, 0, 1, 0, 1, 0, 0, 0, 0, 0 })]
    public void Envoy_fills_seventeen_slots_by_weight_alike(int first, int second, ushort[] expected)
    {
        HashBackend[] backends = [Named("127.0.0.1:90", first), Named("127.0.0.1:91", second)];
        Assert.Equal(expected, MaglevTable.Build(backends, 17).Slots.ToArray());
    }

    [Fact]
    [Trait(Kind.Key, Kind.Property)]
    public void Equal_backends_share_the_slots_evenly_and_weights_within_one_percent()
    {
        Prop.ForAll(Gen.Choose(1, 40).ToArbitrary(), count =>
        {
            MaglevTable even = MaglevTable.Build(Backends(count, _ => 1));
            int[] slots = Shares(even, count);
            MaglevTable weighted = MaglevTable.Build(Backends(count, index => index + 1));
            double all = count * (count + 1) / 2.0;
            return slots.Max() - slots.Min() <= 1
                && Shares(weighted, count).Select((share, index) => Math.Abs(share - weighted.Size * (index + 1) / all)).All(off => off <= weighted.Size * 0.01);
        }).Check(Chance.Of(20));
    }

    [Fact]
    [Trait(Kind.Key, Kind.Property)]
    public void A_backend_that_goes_moves_less_than_one_percent_of_the_others_slots()
    {
        HashBackend[] ten = Backends(10, _ => 1);
        MaglevTable before = MaglevTable.Build(ten);
        MaglevTable after = MaglevTable.Build(ten.AsSpan(0, 9));
        int foreign = 0;
        for (int slot = 0; slot < before.Size; slot++)
        {
            foreign += before.Slots[slot] != 9 && before.Slots[slot] != after.Slots[slot] ? 1 : 0;
        }

        Assert.InRange(foreign, 0, before.Size / 100 * 9 / 10);
    }

    [Fact]
    [Trait(Kind.Key, Kind.Hostile)]
    public void A_size_that_is_no_prime_a_name_twice_and_no_backend_at_all_are_refused()
    {
        Assert.Throws<ArgumentOutOfRangeException>(() => MaglevTable.Build([Named("a")], 8));
        Assert.Throws<ArgumentOutOfRangeException>(() => MaglevTable.Build([], 7));
        Assert.Throws<ArgumentOutOfRangeException>(() => MaglevTable.Build([Named("a", 0)], 7));
        Assert.Throws<ArgumentException>(() => MaglevTable.Build([Named("a"), Named("a")], 7));
    }

    private static HashBackend Named(string name, int weight = 1) => new(Encoding.ASCII.GetBytes(name), weight);

    private static HashBackend[] Backends(int count, Func<int, int> weight) =>
        [.. Enumerable.Range(0, count).Select(index => Named($"10.0.0.{index}:80", weight(index)))];

    private static int[] Shares(MaglevTable table, int count)
    {
        int[] shares = new int[count];
        foreach (ushort backend in table.Slots)
        {
            shares[backend]++;
        }

        return shares;
    }
}
