using System.Buffers.Binary;
using System.Runtime.CompilerServices;
using System.Runtime.InteropServices;

namespace Weft.Ids;

/// <content>
/// From places to matches, a list at a time: places become comparisons, comparisons become matches. None of these steps branches
/// on what it finds, since in traffic nearly every candidate of a large set is a match of some string, one as likely as another,
/// and a processor that guesses wrong loses the time of ten such steps. Nor does one wait for memory before the next begins.
/// </content>
internal sealed partial class WindowTable
{
    /// <summary>Reports the patterns whose windows are at places.</summary>
    /// <param name="scan">The scan.</param>
    /// <param name="places">Places from which four bytes of data are there.</param>
    /// <returns>False if the sink wants no more.</returns>
    [SkipLocalsInit]
    public bool Confirm<TSink>(ref ScanState<TSink> scan, scoped ReadOnlySpan<int> places)
        where TSink : struct, IMatchSink
    {
        if (scan.Data.Length < WindowEntry.TextLength)
        {
            return ConfirmShort(ref scan, places);
        }

        Span<Comparison> room = stackalloc Comparison[Batch + 2];
        ref Comparison comparisons = ref MemoryMarshal.GetReference(room);
        ref byte bytes = ref MemoryMarshal.GetReference(scan.Data);
        ref int starts = ref MemoryMarshal.GetArrayDataReference(_starts);
        ref WindowEntry entries = ref MemoryMarshal.GetArrayDataReference(_entries);
        int count = 0;
        foreach (int place in places)
        {
            // The hash has as many bits as the table, and no bucket begins behind the entries.
            ref int bucket = ref Unsafe.Add(ref starts, Hash(KeyAt(ref bytes, place)) >> _shift);
            int entry = bucket;
            int left = Unsafe.Add(ref bucket, 1) - entry;
            Prefetch(ref Unsafe.Add(ref entries, entry));
            do
            {
                // Few buckets have more than two, so two are written down and as many counted as there are.
                Unsafe.Add(ref comparisons, count) = new Comparison(place, entry);
                Unsafe.Add(ref comparisons, count + 1) = new Comparison(place, entry + 1);
                count += Math.Min(left, 2);
                left -= 2;
                entry += 2;
                if (count >= Batch)
                {
                    if (!Compare(ref scan, room[..count]))
                    {
                        return false;
                    }

                    count = 0;
                }
            }
            while (left > 0);
        }

        return Compare(ref scan, room[..count]);
    }

    /// <summary>Reports the patterns whose window is at a place with any number of bytes behind it.</summary>
    /// <returns>False if the sink wants no more.</returns>
    public bool ConfirmEnd<TSink>(ref ScanState<TSink> scan, int place)
        where TSink : struct, IMatchSink
    {
        uint window = WindowAt(scan.Data, place) >> (8 * _ahead) & _mask;
        uint bucket = Hash(window) >> _shift;
        foreach (ref readonly WindowEntry entry in _entries.AsSpan(_starts[bucket].._starts[bucket + 1]))
        {
            int start = place + _ahead - entry.Offset;
            if (entry.Window != window || start < 0 || scan.Data.Length - start < entry.Length)
            {
                continue;
            }

            scan.Counters.Comparisons++;
            if (_pool.Matches(in entry, scan.Data.Slice(start, entry.Length)) && !scan.Report(entry.Pattern, start + entry.Length))
            {
                return false;
            }
        }

        return true;
    }

    private static ulong LoadText(ref byte bytes, int at)
    {
        ulong value = Unsafe.ReadUnaligned<ulong>(ref Unsafe.Add(ref bytes, at));
        return BitConverter.IsLittleEndian ? value : BinaryPrimitives.ReverseEndianness(value);
    }

    [MethodImpl(MethodImplOptions.AggressiveInlining)]
    private uint KeyAt(ref byte bytes, int place) => Load(ref bytes, place) >> (8 * _ahead) & _mask;

    private bool ConfirmShort<TSink>(ref ScanState<TSink> scan, scoped ReadOnlySpan<int> places)
        where TSink : struct, IMatchSink
    {
        foreach (int place in places)
        {
            if (!ConfirmEnd(ref scan, place))
            {
                return false;
            }
        }

        return true;
    }

    private bool Compare<TSink>(ref ScanState<TSink> scan, scoped Span<Comparison> comparisons)
        where TSink : struct, IMatchSink
    {
        ref WindowEntry entries = ref MemoryMarshal.GetArrayDataReference(_entries);
        comparisons = comparisons[..Sift(scan.Data, comparisons)];
        scan.Counters.Comparisons += comparisons.Length;
        foreach (Comparison comparison in comparisons)
        {
            ref WindowEntry entry = ref Unsafe.Add(ref entries, comparison.Entry);
            if (entry.Length > WindowEntry.TextLength && !_pool.Matches(in entry, scan.Data.Slice(comparison.Place, entry.Length)))
            {
                continue;
            }

            if (!scan.Report(entry.Pattern, comparison.Place + entry.Length))
            {
                return false;
            }
        }

        return true;
    }

    /// <summary>Moves those to the front that have the window and eight bytes of their pattern, and sets their places to its start.</summary>
    /// <returns>How many these are.</returns>
    private int Sift(ReadOnlySpan<byte> data, Span<Comparison> comparisons)
    {
        ref WindowEntry entries = ref MemoryMarshal.GetArrayDataReference(_entries);
        ref byte bytes = ref MemoryMarshal.GetReference(data);
        ref Comparison kept = ref MemoryMarshal.GetReference(comparisons);
        int length = data.Length;
        int count = 0;
        foreach (Comparison comparison in comparisons)
        {
            ref WindowEntry entry = ref Unsafe.Add(ref entries, comparison.Entry);
            int start = comparison.Place + _ahead - entry.Offset;

            // All ones if the pattern would begin before the data or end behind it; then any place will do for the load. Only a
            // short pattern's text can reach behind the data: it is loaded from before and shifted down to where it would be.
            int outside = (start | (length - entry.Length - start)) >> 31;
            int at = (start + entry.TextOffset) & ~outside;
            int from = Math.Min(at, length - WindowEntry.TextLength);
            ulong text = LoadText(ref bytes, from) >> (8 * (at - from));
            ulong differs = ((text ^ entry.Text) & entry.Mask) | (KeyAt(ref bytes, comparison.Place) ^ entry.Window) | (uint)outside;
            Unsafe.Add(ref kept, count) = new Comparison(start, comparison.Entry);
            count += differs == 0 ? 1 : 0;
        }

        return count;
    }

    /// <summary>An entry that is looked for at a place.</summary>
    private readonly record struct Comparison(int Place, int Entry);
}
