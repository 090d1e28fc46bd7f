using System.Buffers.Binary;
using System.Runtime.CompilerServices;
using System.Runtime.InteropServices;

namespace Weft.Ids;

/// <content>
/// From places to matches, a list at a time: places become comparisons, comparisons become matches. None of these steps branches
/// on what it finds: half of a large set's candidates are matches of some string, one as likely as another, and a processor that
/// guesses wrong loses the time of ten such steps. Nor does one wait for memory before the next begins.
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

        Span<Comparison> room = stackalloc Comparison[Batch + WindowChooser.MaxShared + 1];
        while (!places.IsEmpty)
        {
            int count = List(scan.Data, ref places, room);
            if (!Report(ref scan, room[..Sift(scan.Data, room[..count])]))
            {
                return false;
            }
        }

        return true;
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
            if (start < 0 || scan.Data.Length - start < entry.Length)
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

    /// <summary>Lists the entries under the windows at places, until there are no more places or there is no more room.</summary>
    /// <returns>How many these are. The places are cut to those that are left.</returns>
    private int List(ReadOnlySpan<byte> data, ref ReadOnlySpan<int> places, Span<Comparison> room)
    {
        ref byte bytes = ref MemoryMarshal.GetReference(data);
        ref int starts = ref MemoryMarshal.GetArrayDataReference(_starts);
        ref Comparison list = ref MemoryMarshal.GetReference(room);
        ReadOnlySpan<int> from = places;
        (int shift, int ahead, uint mask) = (_shift, _ahead, _mask);
        int count = 0;
        int i = 0;
        for (; i < from.Length && count < Batch; i++)
        {
            // The hash has as many bits as the table, and no bucket begins behind the entries.
            uint key = Load(ref bytes, from[i]) >> (8 * ahead) & mask;
            ref int bucket = ref Unsafe.Add(ref starts, Hash(key) >> shift);
            int place = from[i] + ahead;
            int entry = bucket;
            int end = Unsafe.Add(ref bucket, 1);

            // Few buckets have more than two, so two are written down and as many counted as there are.
            ref Comparison next = ref Unsafe.Add(ref list, count);
            next = new Comparison(place, entry);
            Unsafe.Add(ref next, 1) = new Comparison(place, entry + 1);
            for (int more = entry + 2; more < end; more++)
            {
                Unsafe.Add(ref next, more - entry) = new Comparison(place, more);
            }

            count += end - entry;
        }

        places = from[i..];
        return count;
    }

    /// <summary>Moves those to the front that have eight bytes of their pattern, and sets their places to these.</summary>
    /// <returns>How many these are.</returns>
    private int Sift(ReadOnlySpan<byte> data, Span<Comparison> comparisons)
    {
        ref WindowEntry entries = ref MemoryMarshal.GetArrayDataReference(_entries);
        ref byte bytes = ref MemoryMarshal.GetReference(data);
        ref Comparison kept = ref MemoryMarshal.GetReference(comparisons);
        int last = data.Length - WindowEntry.TextLength;
        int count = 0;
        foreach (Comparison comparison in comparisons)
        {
            ref readonly WindowEntry entry = ref Unsafe.Add(ref entries, comparison.Entry);
            int at = comparison.Place + entry.FromWindow;
            Unsafe.Add(ref kept, count) = new Comparison(at, comparison.Entry);
            if ((uint)at > (uint)last)
            {
                count += HasTextAtEdge(data, at, in entry) ? 1 : 0;
                continue;
            }

            // Eight bytes are there: those of a pattern that has fewer, too.
            count += ((LoadText(ref bytes, at) ^ entry.Text) & entry.Mask) == 0 ? 1 : 0;
        }

        return count;
    }

    // Before the data is nothing; only of a pattern of fewer bytes can the eight reach behind it.
    private static bool HasTextAtEdge(ReadOnlySpan<byte> data, int at, in WindowEntry entry)
    {
        if (at < 0 || at + Math.Min((int)entry.Length, WindowEntry.TextLength) > data.Length)
        {
            return false;
        }

        ulong text = LoadText(ref MemoryMarshal.GetReference(data), data.Length - WindowEntry.TextLength) >> (8 * (at + WindowEntry.TextLength - data.Length));
        return ((text ^ entry.Text) & entry.Mask) == 0;
    }

    private bool Report<TSink>(ref ScanState<TSink> scan, scoped ReadOnlySpan<Comparison> comparisons)
        where TSink : struct, IMatchSink
    {
        ref WindowEntry entries = ref MemoryMarshal.GetArrayDataReference(_entries);
        scan.Counters.Comparisons += comparisons.Length;
        foreach (Comparison comparison in comparisons)
        {
            ref readonly WindowEntry entry = ref Unsafe.Add(ref entries, comparison.Entry);
            int end = comparison.Place - entry.TextOffset + entry.Length;
            if (entry.Length > WindowEntry.TextLength && !IsMatch(scan.Data, end, in entry))
            {
                continue;
            }

            if (!scan.Report(entry.Pattern, end))
            {
                return false;
            }
        }

        return true;
    }

    private bool IsMatch(ReadOnlySpan<byte> data, int end, in WindowEntry entry) =>
        end >= entry.Length && end <= data.Length && _pool.Matches(in entry, data.Slice(end - entry.Length, entry.Length));

    /// <summary>An entry that is looked for at the place of its window, later the place of its text.</summary>
    private readonly record struct Comparison(int Place, int Entry);
}
