using System.Buffers;
using System.Numerics;
using System.Runtime.InteropServices;
using System.Runtime.Intrinsics;

namespace Weft.Ids;

/// <summary>
/// Finds patterns that are one byte repeated. They are few and make nearly all matches of a large set (padding, NOP slides,
/// erased blocks), so a run is measured once and answers all lengths with one interval each.
/// </summary>
internal sealed class RunMatcher
{
    private readonly bool _useVectors;
    private readonly SearchValues<byte>? _singles;
    private readonly bool[] _isSingle = new bool[256];
    private readonly bool _hasLonger;
    private readonly int _shortestLonger;
    private readonly int[] _starts = new int[257];
    private readonly (int Length, int Pattern)[] _patterns;

    /// <param name="runs">Byte, length and pattern of each; a byte and length may occur once.</param>
    /// <param name="useVectors">False for the scalar body.</param>
    public RunMatcher(IReadOnlyList<(byte Value, int Length, int Pattern)> runs, bool useVectors)
    {
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
        int[] longer = [.. sorted.Where(run => !_isSingle[run.Value]).Select(run => run.Length)];
        _hasLonger = longer.Length > 0;
        _shortestLonger = _hasLonger ? longer.Min() : 0;
    }

    public long MemoryBytes => _starts.Length * sizeof(int) + _patterns.Length * 8L + 256;

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
        int i = from;
        if (_useVectors)
        {
            ref byte bytes = ref MemoryMarshal.GetReference(data);

            // Bytes are repeated as often as neighbouring pairs are equal: x0=x1, x1=x2, x2=x3.
            for (int last = data.Length - Vector256<byte>.Count - 3; i <= last; i += Vector256<byte>.Count)
            {
                var x1 = Vector256.LoadUnsafe(ref bytes, (nuint)i + 1);
                Vector256<byte> equal = Vector256.Equals(Vector256.LoadUnsafe(ref bytes, (nuint)i), x1);
                if (_shortestLonger > 2)
                {
                    var x2 = Vector256.LoadUnsafe(ref bytes, (nuint)i + 2);
                    equal &= Vector256.Equals(x1, x2);
                    equal &= _shortestLonger == 3 ? Vector256<byte>.AllBitsSet : Vector256.Equals(x2, Vector256.LoadUnsafe(ref bytes, (nuint)i + 3));
                }

                if (equal != Vector256<byte>.Zero)
                {
                    return i + BitOperations.TrailingZeroCount(equal.ExtractMostSignificantBits());
                }
            }
        }

        for (; i + 1 < data.Length; i++)
        {
            if (data[i] == data[i + 1])
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

        return true;
    }
}
