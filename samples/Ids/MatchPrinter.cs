using Weft.Ids;

namespace Weft.Samples.Ids;

/// <summary>Prints matches as they are found.</summary>
internal readonly struct MatchPrinter : IMatchSink
{
    public bool OnMatch(int pattern, long end)
    {
        Console.WriteLine($"pattern {pattern} ends at {end}");
        return true;
    }

    public bool OnRun(int pattern, long firstEnd, long lastEnd)
    {
        Console.WriteLine($"pattern {pattern} ends everywhere from {firstEnd} to {lastEnd}");
        return true;
    }
}
