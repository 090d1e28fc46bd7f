namespace Weft.Ids;

/// <summary>
/// Lets through what a scan over a cut in a stream may report: matches that end behind the cut, since the others were
/// reported before it, and, if the data behind is scanned alone too, only those that begin before the cut.
/// </summary>
/// <remarks>It holds a copy of the sink, which the caller takes back.</remarks>
internal struct CutSink<TSink>(PatternPool pool, TSink inner, long cut, bool onlyAcross) : IMatchSink
    where TSink : struct, IMatchSink
{
    public TSink Inner = inner;

    public bool OnMatch(int pattern, long end) =>
        end <= cut || end > LastEnd(pattern) || Inner.OnMatch(pattern, end);

    public bool OnRun(int pattern, long firstEnd, long lastEnd)
    {
        long first = Math.Max(firstEnd, cut + 1);
        long last = Math.Min(lastEnd, LastEnd(pattern));
        return first > last || Inner.OnRun(pattern, first, last);
    }

    private readonly long LastEnd(int pattern) => onlyAcross ? cut + pool.Length(pattern) - 1 : long.MaxValue;
}
