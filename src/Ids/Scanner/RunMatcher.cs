using System.Numerics;
using System.Runtime.CompilerServices;
using System.Runtime.InteropServices;
using System.Runtime.Intrinsics;
using System.Runtime.Intrinsics.X86;

namespace Weft.Ids;

/// <summary>
/// Finds patterns that are one byte repeated. They are few and make nearly all matches of a large set (padding, NOP slides,
/// erased blocks), so a run is measured once and answers all lengths with one interval each.
/// </summary>
internal sealed partial class RunMatcher
{
    // A run is looked at when it is this long; the rest of its length is measured then.
    private const int MaxTested = 4;

    // Truth table of "the first, or the others differ".
    private const byte OrXor = 0xF6;

    // Lengths that are told apart before patterns are.
    private const int MaxExact = 64;

    // Positions of one round.
    private const int Chunk = 1024;

    private readonly bool _useVectors;
    private readonly bool _useWide;
    private readonly bool _hasSingles;
    private readonly ByteClass _singleBytes;
    private readonly bool[] _isSingle = new bool[256];

    // The pattern that is a byte alone; -1 if it is none or several. And the bytes that have just one.
    private readonly int[] _onlySingle = new int[256];
    private readonly ByteClass _onlyBytes;
    private readonly bool _hasLonger;

    private readonly ByteClass _longerBytes;

    // The bytes if they are one or two, as they mostly are.
    private readonly (byte First, byte Second)? _fewValues;

    // Equal bytes in a row that a run is recognized by; and what a byte's shortest pattern needs, without end if it has none.
    private readonly int _tested;
    private readonly int[] _shortest = new int[256];
    private readonly int[] _starts = new int[257];
    private readonly (int Length, int Pattern)[] _patterns;
    private readonly PatternPool _pool;
    private readonly RunEdge[] _edges;
    private readonly int[] _edgeStarts = new int[257];

    // For each byte the lengths of runs that an edge asks for exactly, and the shortest that one takes together with all longer ones.
    private readonly ulong[] _exactRuns = new ulong[256];
    private readonly int[] _openRuns = new int[256];

    /// <param name="runs">Byte, length and pattern of each; a byte and length may occur once.</param>
    /// <param name="pool">The bytes of patterns.</param>
    /// <param name="edges">Patterns with a run and little else.</param>
    /// <param name="maxVectorBits">Widest vectors that may be used; 0 for the scalar body.</param>
    public RunMatcher(IReadOnlyList<(byte Value, int Length, int Pattern)> runs, PatternPool pool, IReadOnlyList<RunEdge> edges, int maxVectorBits)
    {
        _pool = pool;
        _edges = [.. edges.OrderBy(edge => edge.Value).ThenBy(edge => edge.Run)];
        _useVectors = maxVectorBits > 0 && Vector256.IsHardwareAccelerated;
        _useWide = maxVectorBits >= 512 && Avx512BW.IsSupported;
        (byte Value, int Length, int Pattern)[] sorted = [.. runs.OrderBy(run => run.Value).ThenBy(run => run.Length)];
        _patterns = [.. sorted.Select(run => (run.Length, run.Pattern))];
        foreach ((byte value, int length, _) in sorted)
        {
            _starts[value + 1]++;
            _isSingle[value] |= length == 1;
        }

        for (int i = 1; i < _starts.Length; i++)
        {
            _starts[i] += _starts[i - 1];
        }

        for (int value = 0; value < _onlySingle.Length; value++)
        {
            bool isOne = _isSingle[value] && (_starts[value + 1] - _starts[value] == 1 || _patterns[_starts[value] + 1].Length > 1);
            _onlySingle[value] = isOne ? _patterns[_starts[value]].Pattern : -1;
        }

        _hasSingles = _isSingle.Contains(true);
        _singleBytes = new ByteClass(_isSingle);
        _onlyBytes = new ByteClass([.. _onlySingle.Select(pattern => pattern >= 0)]);
        Array.Fill(_openRuns, int.MaxValue);
        foreach (RunEdge edge in _edges)
        {
            _edgeStarts[edge.Value + 1]++;
            if (edge.IsExact && edge.Run < MaxExact)
            {
                _exactRuns[edge.Value] |= 1UL << edge.Run;
            }
            else
            {
                _openRuns[edge.Value] = Math.Min(_openRuns[edge.Value], edge.Run);
            }
        }

        for (int i = 1; i < _edgeStarts.Length; i++)
        {
            _edgeStarts[i] += _edgeStarts[i - 1];
        }

        bool[] hasLonger = new bool[256];
        Array.Fill(_shortest, int.MaxValue);
        foreach ((byte value, int length) in sorted.Select(run => (run.Value, run.Length)).Concat(_edges.Select(edge => (edge.Value, edge.Run))))
        {
            if (!_isSingle[value])
            {
                hasLonger[value] = true;
                _shortest[value] = Math.Min(_shortest[value], length);
            }
        }

        _hasLonger = hasLonger.Contains(true);
        byte[] values = [.. Enumerable.Range(0, hasLonger.Length).Where(value => hasLonger[value]).Select(value => (byte)value)];
        _fewValues = values.Length is > 0 and <= 2 ? (values[0], values[^1]) : null;
        _longerBytes = new ByteClass(hasLonger);
        _tested = Math.Min(_shortest.Min(), MaxTested);
    }

    public long MemoryBytes => _starts.Length * sizeof(int) + _patterns.Length * 8L + 1300 + _edges.Length * 28L;

    public bool Scan<TSink>(ref ScanState<TSink> scan)
        where TSink : struct, IMatchSink =>
        (!_hasSingles || ScanSingles(ref scan)) && (!_hasLonger || ScanLonger(ref scan));

    private bool ScanLonger<TSink>(ref ScanState<TSink> scan)
        where TSink : struct, IMatchSink
    {
        ReadOnlySpan<byte> data = scan.Data;
        int next = 0;
        int end = data.Length - (_tested - 1);
        while (_useWide && next < end)
        {
            int i = Skip(data, next);
            if (i >= end)
            {
                return true;
            }

            ulong equal = RepeatsWide(data, i, _tested);
            equal = end - i < Vector512<byte>.Count ? equal & (1UL << (end - i)) - 1 : equal;
            next = i + Vector512<byte>.Count;
            if (equal != 0 && !ReportRepeats(ref scan, equal, i, ref next))
            {
                return false;
            }
        }

        int last = data.Length - Vector256<byte>.Count - (MaxTested - 1);
        while (_useVectors && last >= 0 && next < last + Vector256<byte>.Count)
        {
            // The last vector overlaps the one before; what it sees again is masked out.
            int i = Math.Min(next, last);
            ulong equal = Repeats(ref MemoryMarshal.GetReference(data), i, _tested) & uint.MaxValue << (next - i);
            next = i + Vector256<byte>.Count;
            if (equal != 0 && !ReportRepeats(ref scan, equal, i, ref next))
            {
                return false;
            }
        }

        return ScanRest(ref scan, next);
    }

    /// <summary>Reports the runs that begin in a vector.</summary>
    /// <param name="scan">The scan.</param>
    /// <param name="equal">A bit for each byte that is followed by as many equal ones as are tested.</param>
    /// <param name="at">Place of the vector.</param>
    /// <param name="next">Where the vector ends; set behind a run that leaves it.</param>
    private bool ReportRepeats<TSink>(ref ScanState<TSink> scan, ulong equal, int at, ref int next)
        where TSink : struct, IMatchSink
    {
        int width = next - at;
        while (equal != 0)
        {
            int first = BitOperations.TrailingZeroCount(equal);
            int behind = first + BitOperations.TrailingZeroCount(~(equal >> first));
            int end = behind >= width ? EndOfRun(scan.Data, at + first) : at + behind + _tested - 1;
            if (end - (at + first) >= _shortest[scan.Data[at + first]] && !Report(ref scan, at + first, end))
            {
                return false;
            }

            next = Math.Max(next, end);
            equal = behind >= width ? 0 : equal & ulong.MaxValue << behind;
        }

        return true;
    }

    /// <summary>The runs that begin where no vector is left.</summary>
    private bool ScanRest<TSink>(ref ScanState<TSink> scan, int from)
        where TSink : struct, IMatchSink
    {
        ReadOnlySpan<byte> data = scan.Data;
        for (int i = from; i <= data.Length - _tested;)
        {
            int end = data[i + 1] != data[i] ? i + 1 : EndOfRun(data, i);
            if (end - i >= _shortest[data[i]] && !Report(ref scan, i, end))
            {
                return false;
            }

            i = end;
        }

        return true;
    }

    // Zeros stand behind the data, so the caller takes only places from which the tested bytes are inside.
    [MethodImpl(MethodImplOptions.AggressiveInlining)]
    private ulong RepeatsWide(ReadOnlySpan<byte> data, int i, int repeats)
    {
        ref byte bytes = ref MemoryMarshal.GetReference(data);
        Vector512<byte> x0, x1, x2, x3;
        if (data.Length - i >= Vector512<byte>.Count + MaxTested - 1)
        {
            x0 = Vector512.LoadUnsafe(ref bytes, (nuint)i);
            x1 = Vector512.LoadUnsafe(ref bytes, (nuint)i + 1);
            x2 = Vector512.LoadUnsafe(ref bytes, (nuint)i + 2);
            x3 = Vector512.LoadUnsafe(ref bytes, (nuint)i + 3);
        }
        else
        {
            x0 = VectorData.LoadEnd(ref bytes, i, data.Length);
            x1 = VectorData.LoadEnd(ref bytes, i + 1, data.Length);
            x2 = VectorData.LoadEnd(ref bytes, i + 2, data.Length);
            x3 = VectorData.LoadEnd(ref bytes, i + 3, data.Length);
        }

        Vector512<byte> differs = x0 ^ x1;
        differs = repeats > 2 ? Avx512F.TernaryLogic(differs, x1, x2, OrXor) : differs;
        differs = repeats > 3 ? Avx512F.TernaryLogic(differs, x2, x3, OrXor) : differs;
        ulong equal = Vector512.Equals(differs, Vector512<byte>.Zero).ExtractMostSignificantBits();
        return equal == 0 ? 0 : equal & (_longerBytes.Contains(x0.GetLower()) | (ulong)_longerBytes.Contains(x0.GetUpper()) << 32);
    }

    // Bytes are repeated as often as neighbouring pairs are equal: x0=x1, x1=x2, x2=x3. The caller keeps i + 34 inside the data.
    [MethodImpl(MethodImplOptions.AggressiveInlining)]
    private uint Repeats(ref byte bytes, int i, int repeats)
    {
        var x0 = Vector256.LoadUnsafe(ref bytes, (nuint)i);
        var x1 = Vector256.LoadUnsafe(ref bytes, (nuint)i + 1);
        Vector256<byte> equal = Vector256.Equals(x0, x1);
        if (repeats > 2)
        {
            var x2 = Vector256.LoadUnsafe(ref bytes, (nuint)i + 2);
            equal &= Vector256.Equals(x1, x2);
            equal &= repeats == 3 ? Vector256<byte>.AllBitsSet : Vector256.Equals(x2, Vector256.LoadUnsafe(ref bytes, (nuint)i + 3));
        }

        if (equal == Vector256<byte>.Zero)
        {
            return 0;
        }

        return _longerBytes.Contains(x0) & equal.ExtractMostSignificantBits();
    }

    private static int EndOfRun(ReadOnlySpan<byte> data, int start)
    {
        int length = data[start..].IndexOfAnyExcept(data[start]);
        return length < 0 ? data.Length : start + length;
    }

    private bool Report<TSink>(ref ScanState<TSink> scan, int start, int end)
        where TSink : struct, IMatchSink
    {
        byte value = scan.Data[start];
        for (int i = _starts[value]; i < _starts[value + 1]; i++)
        {
            (int length, int pattern) = _patterns[i];
            if (length > end - start)
            {
                break;
            }

            if (!scan.ReportRun(pattern, start + length, end))
            {
                return false;
            }
        }

        int run = end - start;
        bool hasEdges = run >= _openRuns[value] || (run < MaxExact && (_exactRuns[value] >> run & 1) != 0);
        return !hasEdges || ReportEdges(ref scan, _edges.AsSpan(_edgeStarts[value].._edgeStarts[value + 1]), start, end);
    }

    private bool ReportEdges<TSink>(ref ScanState<TSink> scan, ReadOnlySpan<RunEdge> edges, int runStart, int runEnd)
        where TSink : struct, IMatchSink
    {
        foreach (ref readonly RunEdge edge in edges)
        {
            // The shorter come first.
            if (edge.Run > runEnd - runStart)
            {
                break;
            }

            int start = edge.StartAt(runStart, runEnd);
            if (start < 0 || scan.Data.Length - start < edge.Entry.Length)
            {
                continue;
            }

            scan.Counters.Comparisons++;
            if (_pool.Matches(edge.Entry, scan.Data.Slice(start, edge.Entry.Length)) && !scan.Report(edge.Entry.Pattern, start + edge.Entry.Length))
            {
                return false;
            }
        }

        return true;
    }
}
