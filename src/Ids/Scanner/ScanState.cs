using System.Numerics;
using System.Runtime.CompilerServices;
using System.Runtime.InteropServices;

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

    /// <summary>Reports a pattern of one byte at each place that has a bit.</summary>
    /// <param name="places">The places as bits.</param>
    /// <param name="at">Place of the lowest bit.</param>
    /// <param name="patterns">For each byte its pattern.</param>
    /// <returns>False if the sink wants no more.</returns>
    /// <remarks>In a large set these are most matches. The sink is copied, so that what it adds up can stay in a register.</remarks>
    [MethodImpl(MethodImplOptions.AggressiveInlining)]
    public bool ReportBytes(ulong places, int at, ReadOnlySpan<int> patterns)
    {
        ref byte bytes = ref Unsafe.Add(ref MemoryMarshal.GetReference(Data), at);
        ref int numbers = ref MemoryMarshal.GetReference(patterns);
        long end = Origin + at + 1;
        TSink sink = _sink;
        bool goesOn = true;
        Counters.Matches += BitOperations.PopCount(places);
        while (places != 0 && goesOn)
        {
            int place = BitOperations.TrailingZeroCount(places);
            places &= places - 1;
            goesOn = sink.OnMatch(Unsafe.Add(ref numbers, Unsafe.Add(ref bytes, place)), end + place);
        }

        Counters.Matches -= BitOperations.PopCount(places);
        _sink = sink;
        return goesOn;
    }
}
