using System.Buffers;
using System.Numerics;
using System.Runtime.CompilerServices;
using System.Runtime.InteropServices;
using System.Runtime.Intrinsics;

namespace Weft.Ids;

/// <summary>
/// Finds patterns that are one byte repeated. They are few and make nearly all matches of a large set (padding, NOP slides,
/// erased blocks), so a run is measured once and answers all lengths with one interval each.
/// </summary>
internal sealed class RunMatcher
{
    // A run is looked at when it is this long; the rest of its length is measured then.
    private const int MaxTested = 4;

    private readonly bool _useVectors;
    private readonly SearchValues<byte>? _singles;
    private readonly bool[] _isSingle = new bool[256];
    private readonly bool _hasLonger;
    private readonly int _shortestLonger;
    private readonly int[] _starts = new int[257];
    private readonly (int Length, int Pattern)[] _patterns;
    private readonly PatternPool _pool;
    private readonly RunEdge[] _edges;
    private readonly int[] _edgeStarts = new int[257];

    /// <param name="runs">Byte, length and pattern of each; a byte and length may occur once.</param>
    /// <param name="pool">The bytes of patterns.</param>
    /// <param name="edges">Patterns with a run and little else.</param>
    /// <param name="useVectors">False for the scalar body.</param>
    public RunMatcher(IReadOnlyList<(byte Value, int Length, int Pattern)> runs, PatternPool pool, IReadOnlyList<RunEdge> edges, bool useVectors)
    {
        _pool = pool;
        _edges = [.. edges.OrderBy(edge => edge.Value)];
        _useVectors = useVectors && Vector256.IsHardwareAccelerated;
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

        byte[] singles = [.. Enumerable.Range(0, 256).Where(value => _isSingle[value]).Select(value => (byte)value)];
        _singles = singles.Length > 0 ? SearchValues.Create(singles) : null;
        foreach (RunEdge edge in _edges)
        {
            _edgeStarts[edge.Value + 1]++;
        }

        for (int i = 1; i < _edgeStarts.Length; i++)
        {
            _edgeStarts[i] += _edgeStarts[i - 1];
        }

        int[] longer = [.. sorted.Where(run => !_isSingle[run.Value]).Select(run => run.Length).Concat(_edges.Where(edge => !_isSingle[edge.Value]).Select(edge => edge.Run))];
        _hasLonger = longer.Length > 0;
        _shortestLonger = _hasLonger ? longer.Min() : 0;
    }

    public long MemoryBytes => _starts.Length * sizeof(int) + _patterns.Length * 8L + 1300 + _edges.Length * 28L;

    public bool Scan<TSink>(ref ScanState<TSink> scan)
        where TSink : struct, IMatchSink =>
        (_singles is null || ScanSingles(ref scan, _singles)) && (!_hasLonger || ScanLonger(ref scan));

    private bool ScanSingles<TSink>(ref ScanState<TSink> scan, SearchValues<byte> singles)
        where TSink : struct, IMatchSink
    {
        for (int i = 0; i < scan.Data.Length;)
        {
            int found = scan.Data[i..].IndexOfAny(singles);
            if (found < 0)
            {
                return true;
            }

            i += found;
            int end = EndOfRun(scan.Data, i);
            if (!Report(ref scan, i, end))
            {
                return false;
            }

            i = end;
        }

        return true;
    }

    private bool ScanLonger<TSink>(ref ScanState<TSink> scan)
        where TSink : struct, IMatchSink
    {
        ReadOnlySpan<byte> data = scan.Data;
        for (int i = 0; i <= data.Length - _shortestLonger;)
        {
            i = NextRepeat(data, i);
            if (i < 0)
            {
                return true;
            }

            int end = EndOfRun(data, i);
            if (end - i >= _shortestLonger && !_isSingle[data[i]] && !Report(ref scan, i, end))
            {
                return false;
            }

            i = end;
        }

        return true;
    }

    /// <summary>First position from <paramref name="from"/> whose byte is repeated at least as often as the shortest pattern asks, capped at four; -1 if none.</summary>
    private int NextRepeat(ReadOnlySpan<byte> data, int from)
    {
        int repeats = Math.Min(_shortestLonger, MaxTested);
        int last = data.Length - Vector256<byte>.Count - (MaxTested - 1);
        if (_useVectors && last >= 0)
        {
            ref byte bytes = ref MemoryMarshal.GetReference(data);
            for (int next = from; next < last + Vector256<byte>.Count;)
            {
                // The last vector overlaps the one before; what it sees again is masked out.
                int i = Math.Min(next, last);
                uint equal = Repeats(ref bytes, i, repeats) & uint.MaxValue << (next - i);
                if (equal != 0)
                {
                    return i + BitOperations.TrailingZeroCount(equal);
                }

                next = i + Vector256<byte>.Count;
            }

            // What is left is too short for a vector.
            from = Math.Max(from, last + Vector256<byte>.Count);
        }

        return NextRepeatScalar(data, from, repeats);
    }

    // Bytes are repeated as often as neighbouring pairs are equal: x0=x1, x1=x2, x2=x3. The caller keeps i + 34 inside the data.
    [MethodImpl(MethodImplOptions.AggressiveInlining)]
    private static uint Repeats(ref byte bytes, int i, int repeats)
    {
        var x1 = Vector256.LoadUnsafe(ref bytes, (nuint)i + 1);
        Vector256<byte> equal = Vector256.Equals(Vector256.LoadUnsafe(ref bytes, (nuint)i), x1);
        if (repeats > 2)
        {
            var x2 = Vector256.LoadUnsafe(ref bytes, (nuint)i + 2);
            equal &= Vector256.Equals(x1, x2);
            equal &= repeats == 3 ? Vector256<byte>.AllBitsSet : Vector256.Equals(x2, Vector256.LoadUnsafe(ref bytes, (nuint)i + 3));
        }

        return equal.ExtractMostSignificantBits();
    }

    private static int NextRepeatScalar(ReadOnlySpan<byte> data, int from, int repeats)
    {
        for (int i = from; i <= data.Length - repeats; i++)
        {
            if (!data.Slice(i, repeats).ContainsAnyExcept(data[i]))
            {
                return i;
            }
        }

        return -1;
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

        ReadOnlySpan<RunEdge> edges = _edges.AsSpan(_edgeStarts[value].._edgeStarts[value + 1]);
        return edges.IsEmpty || ReportEdges(ref scan, edges, start, end);
    }

    private bool ReportEdges<TSink>(ref ScanState<TSink> scan, ReadOnlySpan<RunEdge> edges, int runStart, int runEnd)
        where TSink : struct, IMatchSink
    {
        foreach (ref readonly RunEdge edge in edges)
        {
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
