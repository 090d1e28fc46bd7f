using FsCheck;
using FsCheck.Fluent;
using Weft.Conformance.Support;
using Weft.Encap;

namespace Weft.Conformance.EncapTests;

/// <summary>One receiver of an association goes on where another ended: nothing is taken twice.</summary>
public sealed class AntiReplayHandoverTests
{
    private static readonly int[] Sizes = [32, 63, 64, 65, 100, 1024, AntiReplayWindow.MaxSize];

    [Fact, Trait(Kind.Key, Kind.Property)]
    public void What_one_window_would_refuse_the_one_that_took_its_knowledge_over_refuses_whatever_their_sizes() => Prop.ForAll(
        Gen.Choose(0, int.MaxValue - 1).ToArbitrary(),
        seed =>
        {
            var random = new Random(seed);
            var before = new AntiReplayWindow(Sizes[random.Next(Sizes.Length)]);
            var after = new AntiReplayWindow(Sizes[random.Next(Sizes.Length)]);
            ulong from = random.Next(3) switch { 0 => 1, 1 => 0xFFFF_FF00, _ => (ulong)random.NextInt64(1, 1L << 40) };
            Fill(before, from, random);
            bool isEmpty = random.Next(2) == 0;
            if (!isEmpty)
            {
                // It has served the machine before, or was told of an earlier state.
                Fill(after, from > 500 ? from - 500 : from, random);
            }

            ulong own = after.Highest;
            Span<byte> state = stackalloc byte[AntiReplayWindow.MaxStateBytes];
            bool merged = after.TryMerge(state[..before.Export(state)]);
            bool safe = merged && after.Highest == Math.Max(own, before.Highest);
            for (ulong number = from > 10_000 ? from - 10_000 : 1; number < from + 12_000; number++)
            {
                bool wasRefused = before.Check(number) != ReplayVerdict.Fresh;
                safe &= !wasRefused || after.Check(number) != ReplayVerdict.Fresh;
                // The same size and no knowledge of its own: exactly the other one.
                safe &= !isEmpty || before.Size != after.Size || wasRefused == (after.Check(number) != ReplayVerdict.Fresh);
            }

            return safe;
        }).Check(Chance.Of(300));

    [Fact, Trait(Kind.Key, Kind.Hostile)]
    public void Bytes_that_are_no_window_change_nothing()
    {
        var window = new AntiReplayWindow(64);
        window.Commit(1000);
        byte[] state = new byte[AntiReplayWindow.MaxStateBytes + 8];
        int length = window.Export(state);
        Assert.False(window.TryMerge([]));
        Assert.False(window.TryMerge(state.AsSpan(0, 8)));
        Assert.False(window.TryMerge(state.AsSpan(0, length - 1)));
        Assert.False(window.TryMerge(state));
        byte[] lie = state[..length];
        lie[0] = 7; // a highest number that was not seen
        Assert.False(window.TryMerge(lie));
        Assert.Equal((1000UL, ReplayVerdict.Fresh), (window.Highest, window.Check(999)));
    }

    private static void Fill(AntiReplayWindow window, ulong from, Random random)
    {
        for (int i = random.Next(0, 3000); i > 0; i--)
        {
            ulong number = from + (ulong)random.Next(0, 4000);
            if (window.Check(number) == ReplayVerdict.Fresh)
            {
                window.Commit(number);
            }
        }
    }
}
