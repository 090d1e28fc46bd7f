using FsCheck;
using FsCheck.Fluent;
using Weft.Conformance.Support;
using Weft.Encap;

namespace Weft.Conformance.EncapTests;

/// <summary>The ring window against a set of numbers and a top: the definition of RFC 4303 section 3.4.3.</summary>
public sealed class AntiReplayWindowTests
{
    [Theory, Trait(Kind.Key, Kind.Rfc)]
    [InlineData(32)]
    [InlineData(64)]
    [InlineData(100)]
    [InlineData(4096)]
    public void Rfc4303_Section3_4_3_The_edge_of_the_window_is_exact(int size)
    {
        var window = new AntiReplayWindow(size);
        window.Commit(10_000);
        Assert.Equal(ReplayVerdict.Fresh, window.Check(10_000 - (ulong)size + 1));
        Assert.Equal(ReplayVerdict.TooOld, window.Check(10_000 - (ulong)size));
        Assert.Equal(ReplayVerdict.Duplicate, window.Check(10_000));
        Assert.Equal(ReplayVerdict.Fresh, window.Check(10_001));
    }

    [Fact, Trait(Kind.Key, Kind.Rfc)]
    public void Rfc4303_Section3_3_3_Zero_is_never_a_sequence_number()
    {
        Assert.Equal(ReplayVerdict.TooOld, new AntiReplayWindow(64).Check(0));
    }

    [Fact, Trait(Kind.Key, Kind.Rfc)]
    public void Rfc4303_AppendixA2_2_The_high_half_is_inferred_in_both_directions()
    {
        var window = new AntiReplayWindow(64);

        // The window lies within one block: below it means the next block.
        window.Commit(0x1_0000_1000);
        Assert.Equal(0x1_0000_0FC1UL, window.InferSequence(0x0000_0FC1));
        Assert.Equal(0x2_0000_0FC0UL, window.InferSequence(0x0000_0FC0));
        Assert.Equal(0x1_FFFF_FFFFUL, window.InferSequence(0xFFFF_FFFF));

        // The window reaches into the block before: a high number belongs there.
        window.Commit(0x2_0000_0010);
        Assert.Equal(0x1_FFFF_FFF0UL, window.InferSequence(0xFFFF_FFF0));
        Assert.Equal(0x2_0000_0011UL, window.InferSequence(0x0000_0011));
        Assert.Equal(0x2_FFFF_FFD0UL, window.InferSequence(0xFFFF_FFD0));
    }

    [Fact, Trait(Kind.Key, Kind.Rfc)]
    public void Rfc4303_AppendixA2_2_There_is_no_block_before_the_first()
    {
        var window = new AntiReplayWindow(64);
        window.Commit(5);
        Assert.Equal(0xFFFF_FFF0UL, window.InferSequence(0xFFFF_FFF0));
    }

    [Fact, Trait(Kind.Key, Kind.Model)]
    public void Any_trace_gets_the_verdicts_of_the_naive_model()
    {
        // Steps mix reordering inside the window, repeats, small and large jumps, and block wraps.
        var step = Gen.OneOf(
            Gen.Choose(-200, 200),
            Gen.Choose(-5000, 5000),
            Gen.Constant(0),
            Gen.Choose(1, 3),
            Gen.Choose(0, 1 << 20));
        var traces = Arb.From(
            step.ListOf().Select(list => list.ToArray()),
            trace => Enumerable.Range(0, trace.Length).Select(skip => trace.Where((_, i) => i != skip).ToArray()));
        foreach (int size in new[] { 32, 63, 64, 65, 1000, 4096 })
        {
            foreach (ulong start in new[] { 1UL, 0xFFFF_FF00UL, 0x1_0000_0001UL })
            {
                Prop.ForAll(traces, trace => AgreesWithModel(size, start, trace)).Check(Chance.Of(100).WithEndSize(200));
            }
        }
    }

    [Fact, Trait(Kind.Key, Kind.Hostile)]
    public void A_jump_by_the_whole_number_space_clears_the_ring_once()
    {
        var window = new AntiReplayWindow(8192);
        for (ulong sequence = 1; sequence <= 8192; sequence++)
        {
            window.Commit(sequence);
        }

        window.Commit(ulong.MaxValue);
        Assert.Equal(ReplayVerdict.Fresh, window.Check(ulong.MaxValue - 1));
        Assert.Equal(ReplayVerdict.Duplicate, window.Check(ulong.MaxValue));
        Assert.Equal(ReplayVerdict.TooOld, window.Check(8192));
    }

    [Fact, Trait(Kind.Key, Kind.Hostile)]
    public void Sizes_outside_the_documented_range_are_named()
    {
        Assert.Contains("32 to 8192", Assert.Throws<ArgumentOutOfRangeException>(() => new AntiReplayWindow(31)).Message);
        Assert.Contains("32 to 8192", Assert.Throws<ArgumentOutOfRangeException>(() => new AntiReplayWindow(8193)).Message);
    }

    [Fact, Trait(Kind.Key, Kind.Alloc)]
    public void Checking_and_committing_allocate_nothing()
    {
        var window = new AntiReplayWindow(1024);
        ulong next = 1;
        Assert.Equal(0, Allocations.Of(() =>
        {
            for (int i = 0; i < 100_000; i++, next += 3)
            {
                if (window.Check(next) == ReplayVerdict.Fresh)
                {
                    window.Commit(next);
                }
            }
        }));
    }

    private static void AgreesWithModel(int size, ulong start, int[] trace)
    {
        var window = new AntiReplayWindow(size);
        var seen = new HashSet<ulong>();
        ulong top = 0;
        ulong at = start;
        foreach (int delta in trace)
        {
            at = delta < 0 && at < (ulong)-(long)delta ? 0 : at + (ulong)(long)delta;
            ReplayVerdict expected =
                at == 0 || (top >= (ulong)size && at <= top - (ulong)size) ? ReplayVerdict.TooOld
                : seen.Contains(at) ? ReplayVerdict.Duplicate
                : ReplayVerdict.Fresh;
            Assert.Equal(expected, window.Check(at));
            if (expected == ReplayVerdict.Fresh)
            {
                window.Commit(at);
                seen.Add(at);
                top = Math.Max(top, at);
            }

            Assert.Equal(top, window.Highest);
        }
    }
}
