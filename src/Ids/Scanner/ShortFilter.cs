using System.Runtime.CompilerServices;

namespace Weft.Ids;

/// <summary>
/// Finds patterns by two or three of their bytes, for sets that have many so short: a bitmap over hashes of these, looked up at
/// every place. It is small enough for the nearest cache, however large the set is.
/// </summary>
internal sealed class ShortFilter
{
    // Positions of one round.
    private const int Chunk = 512;

    private readonly WindowBitmap _bitmap;
    private readonly WindowTable _table;
    private readonly int _length;

    private ShortFilter(PatternPool pool, List<WindowEntry> entries, int length, bool useVectors)
    {
        uint mask = uint.MaxValue >> (8 * (WindowBitmap.Window - length));
        _length = length;
        _table = new WindowTable(pool, entries, mask);
        _bitmap = new WindowBitmap(entries.Count, stride: 1, mask, useVectors);
        foreach (WindowEntry entry in entries)
        {
            _bitmap.Set(entry.Window);
        }
    }

    public long MemoryBytes => _bitmap.MemoryBytes + _table.MemoryBytes;

    /// <summary>The filter of such patterns, null if there are none.</summary>
    /// <param name="pool">The patterns' bytes.</param>
    /// <param name="entries">The patterns under windows of one length.</param>
    /// <param name="length">Bytes of a window, 2 or 3.</param>
    /// <param name="useVectors">Whether vectors of 512 bits may be used.</param>
    public static ShortFilter? Create(PatternPool pool, List<WindowEntry> entries, int length, bool useVectors) =>
        entries.Count > 0 ? new ShortFilter(pool, entries, length, useVectors) : null;

    [SkipLocalsInit]
    public bool Scan<TSink>(ref ScanState<TSink> scan)
        where TSink : struct, IMatchSink
    {
        Span<int> places = stackalloc int[Chunk + PlaceList.Ahead];
        int end = scan.Data.Length - (WindowBitmap.Window - 1);
        for (int from = 0; from < end; from += Chunk)
        {
            int count = _bitmap.Collect(scan.Data, from, Math.Min(from + Chunk, end), places);
            scan.Counters.Candidates += count;
            if (count > 0 && !_table.Confirm(ref scan, places[..count]))
            {
                return false;
            }
        }

        // Fewer than four bytes are left, and there may be room for a pattern.
        for (int place = Math.Max(end, 0); place <= scan.Data.Length - _length; place++)
        {
            if (!_table.ConfirmEnd(ref scan, place))
            {
                return false;
            }
        }

        return true;
    }
}
