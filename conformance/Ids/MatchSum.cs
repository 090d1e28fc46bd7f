using Weft.Ids;

namespace Weft.Conformance.IdsTests;

/// <summary>How many matches, and a sum over them that does not depend on their order.</summary>
public record struct MatchSum(long Count, ulong Sum)
{
    public static MatchSum Of(PatternSet set, ReadOnlySpan<byte> data)
    {
        var sink = new Sink();
        Assert.True(set.Scan(data, ref sink));
        return sink.Total;
    }

    public void Add(int pattern, long end)
    {
        Count++;
        Sum += unchecked((ulong)(pattern + 1) * 0x9E37_79B9_7F4A_7C15 ^ (ulong)end * 0xC2B2_AE3D_27D4_EB4F);
    }

    private struct Sink : IMatchSink
    {
        public MatchSum Total;

        public bool OnMatch(int pattern, long end)
        {
            Total.Add(pattern, end);
            return true;
        }

        public bool OnRun(int pattern, long firstEnd, long lastEnd)
        {
            for (long end = firstEnd; end <= lastEnd; end++)
            {
                Total.Add(pattern, end);
            }

            return true;
        }
    }
}
