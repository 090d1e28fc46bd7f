using System.Runtime.CompilerServices;

namespace Weft.Ids;

/// <summary>
/// The filter of large sets: a bitmap over hashes of four-byte windows. Only windows at even places of the data are looked up,
/// because every pattern stands in the bitmap with a window for each parity: wherever it begins, one of the two is at an even
/// place. Where four bytes are too many or too common, three stand there with every byte that could be beside them.
/// </summary>
internal sealed class WindowFilter
{
    private const int Window = WindowBitmap.Window;
    private const int Triple = 3;
    private const int Stride = 2;

    // Positions of one round.
    private const int Chunk = 1024;

    private readonly WindowBitmap _bitmap;
    private readonly WindowTable _windows;
    private readonly WindowTable _evenTriples;
    private readonly WindowTable _oddTriples;
    private readonly bool _hasTriples;

    private WindowFilter(PatternPool pool, MatcherPlan plan, int maxVectorBits)
    {
        _windows = new WindowTable(pool, plan.Windows, plan, Window);
        _evenTriples = new WindowTable(pool, plan.EvenTriples, plan, Triple);
        _oddTriples = new WindowTable(pool, plan.OddTriples, plan, Triple, ahead: 1);
        int triples = plan.EvenTriples.Count + plan.OddTriples.Count;
        _hasTriples = triples > 0;
        _bitmap = new WindowBitmap(plan.Windows.Count + WindowTable.Neighbours * triples, Stride, uint.MaxValue, maxVectorBits);
        foreach (WindowEntry entry in plan.Windows)
        {
            _bitmap.Set(entry.Window);
        }

        for (uint other = 0; other < 256; other++)
        {
            foreach (WindowEntry entry in plan.EvenTriples)
            {
                _bitmap.Set(WindowTable.Fold(entry.Window | other << 24));
            }

            foreach (WindowEntry entry in plan.OddTriples)
            {
                _bitmap.Set(WindowTable.Fold(entry.Window << 8 | other));
            }
        }
    }

    public long MemoryBytes => _bitmap.MemoryBytes + _windows.MemoryBytes + _evenTriples.MemoryBytes + _oddTriples.MemoryBytes;

    /// <summary>The filter of a plan, null if it has no patterns for it.</summary>
    public static WindowFilter? Create(PatternPool pool, MatcherPlan plan, int maxVectorBits) =>
        plan.Windows.Count + plan.EvenTriples.Count + plan.OddTriples.Count > 0 ? new WindowFilter(pool, plan, maxVectorBits) : null;

    [SkipLocalsInit]
    public bool Scan<TSink>(ref ScanState<TSink> scan)
        where TSink : struct, IMatchSink
    {
        Span<int> places = stackalloc int[Chunk / Stride + PlaceList.Ahead];
        int end = scan.Data.Length - (Window - 1);
        for (int from = 0; from < end; from += Chunk)
        {
            int count = _bitmap.Collect(scan.Data, from, Math.Min(from + Chunk, end), places);
            if (count > 0 && !Confirm(ref scan, places[..count]))
            {
                return false;
            }
        }

        return ScanEnd(ref scan);
    }

    private bool Confirm<TSink>(ref ScanState<TSink> scan, scoped ReadOnlySpan<int> places)
        where TSink : struct, IMatchSink
    {
        scan.Counters.Candidates += places.Length;
        return _windows.Confirm(ref scan, places)
            && (!_hasTriples || (_evenTriples.Confirm(ref scan, places) && _oddTriples.Confirm(ref scan, places)));
    }

    /// <summary>Three bytes at the very end have no window if their place is even.</summary>
    private bool ScanEnd<TSink>(ref ScanState<TSink> scan)
        where TSink : struct, IMatchSink
    {
        int position = scan.Data.Length - (Window - 1);
        return !_hasTriples || position < 0 || position % Stride != 0
            || _evenTriples.ConfirmEnd(ref scan, position);
    }
}
