using System.Numerics;
using System.Runtime.CompilerServices;
using System.Runtime.InteropServices;
using System.Runtime.Intrinsics;

namespace Weft.Ids;

/// <content>Patterns of a single byte: of all matches of a large set they are most, and nearly all stand alone.</content>
internal sealed partial class RunMatcher
{
    private bool ScanSingles<TSink>(ref ScanState<TSink> scan)
        where TSink : struct, IMatchSink
    {
        ReadOnlySpan<byte> data = scan.Data;
        for (int at = 0; at < data.Length;)
        {
            int width = _useWide ? Vector512<byte>.Count : Vector256<byte>.Count;
            ulong starts = _useWide ? StartsWide(data, at, out ulong alone) : _useVectors && data.Length - at > width ? Starts(data, at, out alone) : StartsScalar(data, at, out alone);
            if (!scan.ReportBytes(alone, at, _onlySingle) || !ReportOthers(ref scan, starts & ~alone, at))
            {
                return false;
            }

            at += width;
        }

        return true;
    }

    /// <summary>Reports runs of more than one byte, and bytes that are several patterns.</summary>
    private bool ReportOthers<TSink>(ref ScanState<TSink> scan, ulong starts, int at)
        where TSink : struct, IMatchSink
    {
        for (; starts != 0; starts &= starts - 1)
        {
            int start = at + BitOperations.TrailingZeroCount(starts);
            if (!Report(ref scan, start, EndOfRun(scan.Data, start)))
            {
                return false;
            }
        }

        return true;
    }

    /// <summary>A bit for each of 64 places where a run begins of a byte that is a pattern; another if the run is one byte and the pattern the only one.</summary>
    private ulong StartsWide(ReadOnlySpan<byte> data, int at, out ulong alone)
    {
        Vector512<byte> x = VectorData.Load(data, at);
        ulong sameAsNext = Vector512.Equals(x, VectorData.Load(data, at + 1)).ExtractMostSignificantBits();
        ulong sameAsBefore = sameAsNext << 1 | (at > 0 && data[at] == data[at - 1] ? 1UL : 0UL);

        // Zeros stand behind the data and are no places. A last byte that is zero, too, is taken for a run and measured.
        int left = data.Length - at;
        ulong inside = left < Vector512<byte>.Count ? (1UL << left) - 1 : ulong.MaxValue;
        Vector256<byte> low = x.GetLower(), high = x.GetUpper();
        ulong starts = (_singleBytes.Contains(low) | (ulong)_singleBytes.Contains(high) << Vector256<byte>.Count) & ~sameAsBefore & inside;
        alone = starts & ~sameAsNext & (_onlyBytes.Contains(low) | (ulong)_onlyBytes.Contains(high) << Vector256<byte>.Count);
        return starts;
    }

    /// <summary>The same for 32 places of which none is the last.</summary>
    private uint Starts(ReadOnlySpan<byte> data, int at, out ulong alone)
    {
        ref byte bytes = ref MemoryMarshal.GetReference(data);
        var x = Vector256.LoadUnsafe(ref bytes, (nuint)at);
        uint sameAsNext = Vector256.Equals(x, Vector256.LoadUnsafe(ref bytes, (nuint)at + 1)).ExtractMostSignificantBits();
        uint sameAsBefore = sameAsNext << 1 | (at > 0 && data[at] == data[at - 1] ? 1u : 0u);
        uint starts = _singleBytes.Contains(x) & ~sameAsBefore;
        alone = starts & ~sameAsNext & _onlyBytes.Contains(x);
        return starts;
    }

    /// <summary>The same for at most 32 places.</summary>
    private uint StartsScalar(ReadOnlySpan<byte> data, int at, out ulong alone)
    {
        uint starts = 0;
        alone = 0;
        int end = Math.Min(data.Length, at + Vector256<byte>.Count);
        for (int i = at; i < end; i++)
        {
            byte value = data[i];
            uint isStart = _isSingle[value] && (i == 0 || data[i - 1] != value) ? 1u : 0u;
            starts |= isStart << (i - at);
            alone |= _onlySingle[value] >= 0 && (i + 1 == data.Length || data[i + 1] != value) ? (ulong)isStart << (i - at) : 0;
        }

        return starts;
    }
}
