using FsCheck;
using FsCheck.Fluent;
using Weft.Conformance.Support;
using Weft.Nat;
using Weft.Packets;

namespace Weft.Conformance.NatTests;

/// <summary>The bitmap of ports beside a set and a list.</summary>
[Trait(Kind.Key, Kind.Model)]
public sealed class PortAllocatorTests
{
    private static readonly TimeSpan HoldDown = TimeSpan.FromSeconds(120);

    [Theory]
    [InlineData(1)]
    [InlineData(5)]
    [InlineData(7)]
    [InlineData(12)]
    [InlineData(15)]
    public void Every_port_is_given_out_once_and_parity_is_kept_as_long_as_it_can_be(int log2Size)
    {
        var ports = new PortAllocator(log2Size, HoldDown, default);
        var random = new Random(1);
        var given = new HashSet<int>();
        for (int i = 0; i < 1 << log2Size; i++)
        {
            bool even = i < 1 << (log2Size - 1);
            Assert.True(ports.TryAllocate(odd: !even, (ulong)random.NextInt64(), default, out int offset));
            Assert.Equal(even, offset % 2 == 0);
            Assert.True(given.Add(offset));
        }

        Assert.False(ports.TryAllocate(null, 0, default, out _));
        Assert.Equal(0, given.Min());
        Assert.Equal((1 << log2Size) - 1, given.Max());
    }

    [Fact]
    public void Ports_rest_between_one_and_four_thirds_of_the_hold_down_and_refusal_means_that_none_is_free()
    {
        Arbitrary<(int Verb, int Seconds)[]> commands = Arb.From(
            (from verb in Gen.Choose(0, 5) from seconds in Gen.Choose(0, 60) select (verb, seconds)).ArrayOf(),
            list => Enumerable.Range(0, list.Length).Select(skip => list.Where((_, at) => at != skip).ToArray()));
        Prop.ForAll(commands, list =>
        {
            var ports = new PortAllocator(4, HoldDown, default);
            var used = new List<int>();
            var released = new Dictionary<int, Timestamp>();
            var random = new Random(list.Length);
            Timestamp now = default;
            foreach ((int verb, int seconds) in list)
            {
                now += TimeSpan.FromSeconds(verb == 0 ? seconds : 0);
                if (verb is 1 or 2 or 3)
                {
                    int mustBeFree = 16 - used.Count - released.Count(pair => now - pair.Value < HoldDown * 4 / 3);
                    bool got = ports.TryAllocate(verb == 1 ? null : verb == 2, (ulong)random.NextInt64(), now, out int offset);
                    if (!got && mustBeFree > 0)
                    {
                        return false;
                    }

                    if (got && (used.Contains(offset) || (released.TryGetValue(offset, out Timestamp at) && now - at < HoldDown)))
                    {
                        return false;
                    }

                    if (got)
                    {
                        used.Add(offset);
                        _ = released.Remove(offset);
                    }
                }
                else if (verb > 3 && used.Count > 0)
                {
                    int offset = used[seconds % used.Count];
                    _ = used.Remove(offset);
                    ports.Release(offset, now);
                    released[offset] = now;
                }

                if (ports.UsedCount != used.Count)
                {
                    return false;
                }
            }

            return true;
        }).Check(Chance.Of(500).WithEndSize(200));
    }

    [Fact]
    public void A_block_that_comes_from_another_host_rests_as_a_whole_but_for_ports_that_are_taken_over()
    {
        var ports = new PortAllocator(4, HoldDown, default);
        ports.RestAll(default);
        Assert.False(ports.TryAllocate(null, 5, Timestamp.FromSeconds(119), out _));
        Assert.True(ports.TryTake(3));
        Assert.False(ports.TryTake(3));
        Assert.True(ports.TryAllocate(null, 5, Timestamp.FromSeconds(160), out _));
        Assert.Equal(2, ports.UsedCount);
    }
}
