using Weft.Ids;

namespace Weft.Conformance.IdsTests;

/// <summary>Keeps what a scan reports, intervals spread out; a match that comes twice is an error.</summary>
public readonly struct Collector() : IMatchSink
{
    public SortedSet<(int Pattern, long End)> Found { get; } = [];

    public List<(int Pattern, long End)> Twice { get; } = [];

    public static SortedSet<(int Pattern, long End)> Scan(PatternSet set, ReadOnlySpan<byte> data)
    {
        var collector = new Collector();
        Assert.True(set.Scan(data, ref collector));
        Assert.Empty(collector.Twice);
        return collector.Found;
    }

    public bool OnMatch(int pattern, long end)
    {
        if (!Found.Add((pattern, end)))
        {
            Twice.Add((pattern, end));
        }

        return true;
    }

    public bool OnRun(int pattern, long firstEnd, long lastEnd)
    {
        Assert.True(firstEnd <= lastEnd);
        for (long end = firstEnd; end <= lastEnd; end++)
        {
            OnMatch(pattern, end);
        }

        return true;
    }
}
