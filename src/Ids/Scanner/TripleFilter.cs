using System.Runtime.CompilerServices;
using System.Runtime.InteropServices;

namespace Weft.Ids;

/// <summary>
/// Finds the short patterns of sets that have many of them: a bitmap over hashes of three-byte windows, looked up at every place.
/// Patterns of two bytes stand there with every byte that could follow.
/// </summary>
internal sealed class TripleFilter
{
    private const int Window = WindowBitmap.Window;
    private const int Shortest = 2;

    // Positions of one round.
    private const int Chunk = 512;

    private readonly WindowBitmap _bitmap;
    private readonly WindowTable _triples;
    private readonly WindowTable _pairs;

    private TripleFilter(PatternPool pool, List<WindowEntry> triples, List<WindowEntry> pairs, bool useVectors)
    {
        _triples = new WindowTable(pool, triples);
        _pairs = new WindowTable(pool, pairs);
        _bitmap = new WindowBitmap(triples.Count + pairs.Count * WindowTable.Neighbours, stride: 1, WindowTable.TripleMask, useVectors);
        foreach (WindowEntry entry in triples)
        {
            _bitmap.Set(entry.Window);
        }

        foreach (WindowEntry entry in pairs)
        {
            for (uint next = 0; next < 256; next++)
            {
                _bitmap.Set(WindowTable.Fold(entry.Window | next << 16));
            }
        }
    }

    public long MemoryBytes => _bitmap.MemoryBytes + _triples.MemoryBytes + _pairs.MemoryBytes;

    /// <summary>The filter of such patterns, null if there are none.</summary>
    public static TripleFilter? Create(PatternPool pool, List<WindowEntry> triples, List<WindowEntry> pairs, bool useVectors) =>
        triples.Count + pairs.Count > 0 ? new TripleFilter(pool, triples, pairs, useVectors) : null;

    [SkipLocalsInit]
    public bool Scan<TSink>(ref ScanState<TSink> scan)
        where TSink : struct, IMatchSink
    {
        Span<int> places = stackalloc int[Chunk + PlaceList.Ahead];
        int end = scan.Data.Length - (Window - 1);
        for (int from = 0; from < end; from += Chunk)
        {
            int count = _bitmap.Collect(scan.Data, from, Math.Min(from + Chunk, end), places);
            if (count > 0 && !ConfirmAll(ref scan, places[..count]))
            {
                return false;
            }
        }

        for (int place = Math.Max(end, 0); place <= scan.Data.Length - Shortest; place++)
        {
            if (!Confirm(ref scan, place, WindowTable.WindowAt(scan.Data, place)))
            {
                return false;
            }
        }

        return true;
    }

    private bool ConfirmAll<TSink>(ref ScanState<TSink> scan, scoped Span<int> places)
        where TSink : struct, IMatchSink
    {
        scan.Counters.Candidates += places.Length;
        ref byte bytes = ref MemoryMarshal.GetReference(scan.Data);
        int left = 0;
        foreach (int place in places)
        {
            uint window = WindowTable.Load(ref bytes, place);
            places[left] = place;
            left += _triples.Prefetch(window & WindowTable.TripleMask) | _pairs.Prefetch(window & WindowTable.PairMask) ? 1 : 0;
        }

        foreach (int place in places[..left])
        {
            if (!Confirm(ref scan, place, WindowTable.Load(ref bytes, place)))
            {
                return false;
            }
        }

        return true;
    }

    private bool Confirm<TSink>(ref ScanState<TSink> scan, int place, uint window)
        where TSink : struct, IMatchSink =>
        _triples.Confirm(ref scan, place, window & WindowTable.TripleMask) && _pairs.Confirm(ref scan, place, window & WindowTable.PairMask);
}
