namespace Weft.Ids;

/// <summary>One scan on its way through the matchers.</summary>
internal ref struct ScanState<TSink>(ReadOnlySpan<byte> data, long origin, ref TSink sink, ref ScanCounters counters)
    where TSink : struct, IMatchSink
{
    /// <summary>The bytes under scan.</summary>
    public readonly ReadOnlySpan<byte> Data = data;

    /// <summary>Added to every offset that is reported.</summary>
    public readonly long Origin = origin;

    public ref ScanCounters Counters = ref counters;

    private readonly ref TSink _sink = ref sink;

    public bool Report(int pattern, int end)
    {
        Counters.Matches++;
        return _sink.OnMatch(pattern, Origin + end);
    }

    public bool ReportRun(int pattern, int firstEnd, int lastEnd)
    {
        Counters.Matches++;
        return _sink.OnRun(pattern, Origin + firstEnd, Origin + lastEnd);
    }
}
