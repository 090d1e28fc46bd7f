using System.Numerics;
using System.Runtime.CompilerServices;
using System.Runtime.InteropServices;

namespace Weft.Ids;

/// <summary>
/// Sorts out the positions that a filter of a small set lets through: a bitmap over hashes of four bytes, in which strings of three
/// stand with every neighbour they could have, and one over pairs for strings of two. Both are looked up without a branch, for a
/// processor guesses wrong at every second of them. What is left is compared.
/// </summary>
internal sealed class CandidateTable
{
    private const int Window = sizeof(uint);
    private const int BitsForEntry = 4;
    private const int MinBits = 10;
    private const int MaxBits = 19;

    private readonly WindowTable? _windows;
    private readonly WindowTable? _triples;
    private readonly WindowTable? _pairs;
    private readonly uint[] _bitmap;
    private readonly int _shift;

    // A bit for each pair of bytes with the case bits set; null if no string has two.
    private readonly uint[]? _pairBits;

    public CandidateTable(PatternPool pool, MatcherPlan plan, List<WindowEntry> windows, List<WindowEntry> triples, List<WindowEntry> pairs)
    {
        _windows = windows.Count > 0 ? new WindowTable(pool, windows, plan, Window) : null;
        _triples = triples.Count > 0 ? new WindowTable(pool, triples, plan, length: 3) : null;
        _pairs = pairs.Count > 0 ? new WindowTable(pool, pairs, plan, length: 2) : null;
        int bits = Math.Clamp(BitOperations.Log2((uint)(windows.Count + WindowTable.Neighbours * triples.Count + 1)) + 1 + BitsForEntry, MinBits, MaxBits);
        _shift = 32 - bits;
        _bitmap = new uint[1 << (bits - 5)];
        foreach (WindowEntry entry in windows)
        {
            Set(entry.Window);
        }

        foreach (WindowEntry entry in triples)
        {
            for (uint next = 0; next < 256; next++)
            {
                Set(WindowTable.Fold(entry.Window | next << 24));
            }
        }

        if (_pairs is not null)
        {
            _pairBits = new uint[(WindowTable.PairMask + 1) / 32];
            foreach (WindowEntry entry in pairs)
            {
                _pairBits[entry.Window >> 5] |= 1u << (int)(entry.Window & 31);
            }
        }
    }

    public long MemoryBytes => sizeof(uint) * (_bitmap.Length + (long)(_pairBits?.Length ?? 0))
        + (_windows?.MemoryBytes ?? 0) + (_triples?.MemoryBytes ?? 0) + (_pairs?.MemoryBytes ?? 0);

    /// <summary>Bytes of data that the shortest string needs.</summary>
    public int ShortestLength => _pairs is not null ? 2 : _triples is not null ? 3 : Window;

    /// <summary>Reports the strings that are at positions.</summary>
    /// <param name="scan">The scan.</param>
    /// <param name="positions">Ascending, each with data for the shortest string. Their memory is used.</param>
    /// <returns>False if the sink wants no more.</returns>
    public bool Confirm<TSink>(ref ScanState<TSink> scan, scoped Span<int> positions)
        where TSink : struct, IMatchSink
    {
        scan.Counters.Candidates += positions.Length;
        int last = scan.Data.Length - Window;
        for (; !positions.IsEmpty && positions[^1] > last; positions = positions[..^1])
        {
            if (!ConfirmEnd(ref scan, positions[^1]))
            {
                return false;
            }
        }

        positions = positions[..Sift(scan.Data, positions)];
        return positions.IsEmpty
            || ((_windows is null || _windows.Confirm(ref scan, positions))
                && (_triples is null || _triples.Confirm(ref scan, positions))
                && (_pairs is null || _pairs.Confirm(ref scan, positions)));
    }

    private void Set(uint window)
    {
        uint hash = WindowTable.Hash(window) >> _shift;
        _bitmap[hash >> 5] |= 1u << (int)(hash & 31);
    }

    /// <summary>Moves the positions that could have a string to the front.</summary>
    /// <returns>How many these are.</returns>
    private int Sift(ReadOnlySpan<byte> data, Span<int> positions)
    {
        ref byte bytes = ref MemoryMarshal.GetReference(data);
        ref uint bitmap = ref MemoryMarshal.GetArrayDataReference(_bitmap);
        ref int left = ref MemoryMarshal.GetReference(positions);
        uint[]? pairBits = _pairBits;
        int shift = _shift;
        int count = 0;
        foreach (int position in positions)
        {
            // The caller has seen that four bytes are there, the hash has as many bits as the bitmap, and no more are written than were read.
            uint window = WindowTable.Load(ref bytes, position);
            uint hash = WindowTable.Hash(window) >> shift;
            uint found = Unsafe.Add(ref bitmap, hash >> 5) >> (int)(hash & 31);
            if (pairBits is not null)
            {
                found |= pairBits[(window & WindowTable.PairMask) >> 5] >> (int)(window & 31);
            }

            Unsafe.Add(ref left, count) = position;
            count += (int)(found & 1);
        }

        return count;
    }

    private bool ConfirmEnd<TSink>(ref ScanState<TSink> scan, int position)
        where TSink : struct, IMatchSink =>
        (_windows is null || _windows.ConfirmEnd(ref scan, position))
            && (_triples is null || _triples.ConfirmEnd(ref scan, position))
            && (_pairs is null || _pairs.ConfirmEnd(ref scan, position));
}
