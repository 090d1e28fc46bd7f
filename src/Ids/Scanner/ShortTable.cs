namespace Weft.Ids;

/// <summary>Confirms candidates for patterns that stand under two or three of their bytes.</summary>
internal sealed class ShortTable
{
    private readonly WindowTable? _triples;
    private readonly WindowTable? _pairs;

    private ShortTable(PatternPool pool, IReadOnlyList<WindowEntry> triples, IReadOnlyList<WindowEntry> pairs)
    {
        _triples = triples.Count > 0 ? new WindowTable(pool, triples) : null;
        _pairs = pairs.Count > 0 ? new WindowTable(pool, pairs) : null;
    }

    public long MemoryBytes => (_triples?.MemoryBytes ?? 0) + (_pairs?.MemoryBytes ?? 0);

    /// <summary>The table of such patterns, null if there are none.</summary>
    public static ShortTable? Create(PatternPool pool, IReadOnlyList<WindowEntry> triples, IReadOnlyList<WindowEntry> pairs) =>
        triples.Count + pairs.Count > 0 ? new ShortTable(pool, triples, pairs) : null;

    /// <summary>Reports the patterns whose two or three bytes are at <paramref name="position"/>.</summary>
    /// <returns>False if the sink wants no more.</returns>
    public bool Confirm<TSink>(ref ScanState<TSink> scan, int position)
        where TSink : struct, IMatchSink
    {
        uint window = WindowTable.WindowAt(scan.Data, position);
        return (_triples is null || _triples.Confirm(ref scan, position, window & WindowTable.TripleMask))
            && (_pairs is null || _pairs.Confirm(ref scan, position, window & WindowTable.PairMask));
    }
}
