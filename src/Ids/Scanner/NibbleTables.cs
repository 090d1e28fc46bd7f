namespace Weft.Ids;

/// <summary>
/// Strings divided over buckets, and which buckets allow a byte at each place. A bucket is one bit of one plane; for each plane and
/// place there are sixteen bytes for the low nibble and sixteen for the high one.
/// </summary>
internal sealed class NibbleTables
{
    /// <summary>Bytes that are looked at from a position on.</summary>
    public const int Places = 4;

    /// <summary>Buckets of a plane.</summary>
    public const int BucketsInPlane = 8;

    private const int Entries = 16;
    private readonly byte[] _bytes;

    /// <param name="planes">Planes.</param>
    /// <param name="pool">The strings' bytes.</param>
    /// <param name="windows">Strings of which four bytes count.</param>
    /// <param name="triples">Strings of which three do.</param>
    /// <param name="pairs">Strings of which two do.</param>
    public NibbleTables(int planes, PatternPool pool, List<WindowEntry> windows, List<WindowEntry> triples, List<WindowEntry> pairs)
    {
        Planes = planes;
        var buckets = new NibbleBucket[planes * BucketsInPlane];
        for (int i = 0; i < buckets.Length; i++)
        {
            buckets[i] = new NibbleBucket();
        }

        // The shortest first: they say yes most often, and longer ones keep away from their buckets.
        Divide(buckets, pool, pairs, length: 2);
        Divide(buckets, pool, triples, length: 3);
        Divide(buckets, pool, windows, length: Places);
        Cost = buckets.Sum(bucket => bucket.Cost);
        _bytes = new byte[planes * Places * 2 * Entries];
        for (int i = 0; i < buckets.Length; i++)
        {
            Write(buckets[i], i / BucketsInPlane, (byte)(1 << (i % BucketsInPlane)));
        }
    }

    public int Planes { get; }

    /// <summary>Share of positions of traffic at which the tables say yes, roughly.</summary>
    public double Cost { get; }

    /// <summary>Sixteen bytes of table.</summary>
    public ReadOnlySpan<byte> Table(int plane, int place, bool high) => _bytes.AsSpan(At(plane, place, high), Entries);

    /// <summary>Buckets that allow a byte at a place, a byte a plane.</summary>
    public uint Allowed(int place, byte value)
    {
        uint allowed = 0;
        for (int plane = 0; plane < Planes; plane++)
        {
            allowed |= (uint)(_bytes[At(plane, place, false) + (value & 15)] & _bytes[At(plane, place, true) + (value >> 4)]) << (plane * BucketsInPlane);
        }

        return allowed;
    }

    private static int At(int plane, int place, bool high) => ((plane * Places + place) * 2 + (high ? 1 : 0)) * Entries;

    /// <summary>Puts each string where it opens a bucket least.</summary>
    private static void Divide(NibbleBucket[] buckets, PatternPool pool, List<WindowEntry> entries, int length)
    {
        foreach (WindowEntry entry in entries.OrderBy(entry => entry.Window))
        {
            ReadOnlySpan<byte> text = pool.Bytes(entry.Pattern).Slice(entry.Offset, length);
            int best = 0;
            double bestGrowth = double.MaxValue;
            for (int i = 0; i < buckets.Length; i++)
            {
                double growth = buckets[i].CostWith(text, entry.NoCase) - buckets[i].Cost;
                (best, bestGrowth) = growth < bestGrowth ? (i, growth) : (best, bestGrowth);
            }

            buckets[best].Add(text, entry.NoCase);
        }
    }

    private void Write(NibbleBucket bucket, int plane, byte bit)
    {
        for (int place = 0; place < Places; place++)
        {
            for (int nibble = 0; nibble < Entries; nibble++)
            {
                _bytes[At(plane, place, high: false) + nibble] |= bucket.AllowsLow(place, nibble) ? bit : (byte)0;
                _bytes[At(plane, place, high: true) + nibble] |= bucket.AllowsHigh(place, nibble) ? bit : (byte)0;
            }
        }
    }
}
