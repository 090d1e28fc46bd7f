using System.Runtime.CompilerServices;
using System.Runtime.InteropServices;
using System.Runtime.Intrinsics;
using System.Runtime.Intrinsics.X86;

namespace Weft.Ids;

/// <summary>
/// The filter of sets of up to a few thousand strings, for processors that look up 64 bytes in tables of 128 at once. Strings are
/// divided over buckets; for each of three neighbouring pairs of bytes a table says which buckets allow the pair, by its hash. A
/// position is a candidate if some bucket allows all three. A plane has eight buckets, and there are one to eight of them.
/// </summary>
internal sealed partial class PairFilter
{
    /// <summary>Strings up to which the filter is better than a bitmap of windows.</summary>
    public const int MaxEntries = 2500;

    private const int Window = PairTables.Places + 1;
    private const double RarelyEnough = 1.0 / 40;

    // Sets of these sizes try that many planes first; they hardly ever do with fewer.
    private const int EntriesOfOnePlane = 80;

    // Positions of one round.
    private const int Chunk = 1024;

    private readonly CandidateTable _candidates;
    private readonly bool _useVectors;
    private readonly int _planes;

    // For each place and value the buckets that allow it; the scalar body reads these.
    private readonly ulong[] _allowed;

    // For each plane and place a table of 128 bytes, from the edge of a cache line on.
    private readonly byte[] _wide;
    private readonly int _start;
    private readonly int _vectors;

    private PairFilter(PatternPool pool, MatcherPlan plan, bool useVectors)
    {
        _candidates = new CandidateTable(pool, plan, plan.Windows, plan.EvenTriples, []);
        _useVectors = useVectors && IsSupported;
        PairTables tables = Smallest(pool, plan);
        _planes = tables.Planes;
        _allowed = tables.Allowed;
        _vectors = _useVectors ? _planes * PairTables.Places * 2 : 0;

        // A vector over the edge of a cache line costs two loads, so the tables begin at one; pinned, they stay there.
        _wide = GC.AllocateArray<byte>((_vectors + 1) * Vector512<byte>.Count, pinned: true);
        _start = Misalignment(_wide);
        for (int i = 0; i < _vectors * Vector512<byte>.Count; i++)
        {
            int table = i / PairHash.Values;
            _wide[_start + i] = (byte)(_allowed[table % PairTables.Places * PairHash.Values + i % PairHash.Values] >> (table / PairTables.Places * PairTables.BucketsInPlane));
        }
    }

    /// <summary>True if the processor has the instructions; the scalar body needs none.</summary>
    public static bool IsSupported => Avx512Vbmi.IsSupported && Gfni.V512.IsSupported;

    public long MemoryBytes => _allowed.Length * sizeof(ulong) + _wide.Length + _candidates.MemoryBytes;

    /// <summary>The filter of a plan, null if it has no strings of three and more bytes.</summary>
    public static PairFilter? Create(PatternPool pool, MatcherPlan plan, bool useVectors) =>
        plan.Windows.Count + plan.EvenTriples.Count > 0 ? new PairFilter(pool, plan, useVectors) : null;

    [SkipLocalsInit]
    public bool Scan<TSink>(ref ScanState<TSink> scan)
        where TSink : struct, IMatchSink
    {
        Span<int> places = stackalloc int[Chunk + PlaceList.Ahead];
        int end = scan.Data.Length - (_candidates.ShortestLength - 1);
        for (int from = 0; from < end; from += Chunk)
        {
            int to = Math.Min(from + Chunk, end);
            int count = !_useVectors ? CollectScalar(scan.Data, from, to, places) : _planes switch
            {
                1 => CollectOnePlane(scan.Data, from, to, places),
                2 => CollectTwoPlanes(scan.Data, from, to, places),
                _ => CollectAllPlanes(scan.Data, from, to, places),
            };
            if (count > 0 && !_candidates.Confirm(ref scan, places[..count]))
            {
                return false;
            }
        }

        return true;
    }

    /// <summary>Planes cost less than what they keep from being compared. So: the fewest that rarely say yes in vain.</summary>
    private static PairTables Smallest(PatternPool pool, MatcherPlan plan)
    {
        int planes = 1;
        for (int entries = plan.Windows.Count; entries > EntriesOfOnePlane && planes < PairTables.MaxPlanes; entries /= 3)
        {
            planes *= 2;
        }

        for (; ; planes *= 2)
        {
            var tables = new PairTables(planes, pool, plan.Windows, plan.EvenTriples);
            if (tables.Cost <= RarelyEnough || planes == PairTables.MaxPlanes)
            {
                return tables;
            }
        }
    }

    private static unsafe int Misalignment(byte[] memory) =>
        (int)(-(nint)Unsafe.AsPointer(ref MemoryMarshal.GetArrayDataReference(memory)) & (Vector512<byte>.Count - 1));

    private int CollectScalar(ReadOnlySpan<byte> data, int from, int to, Span<int> places)
    {
        int count = 0;
        for (int i = from; i < to; i++)
        {
            int first = PairHash.Of(data[i], data[i + 1]);
            int second = PairHash.Of(data[i + 1], At(data, i + 2));
            int third = PairHash.Of(At(data, i + 2), At(data, i + 3));
            places[count] = i;
            count += (_allowed[first] & _allowed[PairHash.Values + second] & _allowed[2 * PairHash.Values + third]) != 0 ? 1 : 0;
        }

        return count;
    }

    // As masked loads have it: behind the data is nothing but zeros.
    private static byte At(ReadOnlySpan<byte> data, int position) => position < data.Length ? data[position] : (byte)0;
}
