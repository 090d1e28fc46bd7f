using System.Numerics;

namespace Weft.Ids;

/// <summary>
/// Strings divided over buckets, and which buckets allow a pair of neighbouring bytes, by its hash, at each of three places. A
/// bucket is one bit of one plane.
/// </summary>
internal sealed class PairTables
{
    /// <summary>Pairs that are looked at from a position on; they cover four bytes.</summary>
    public const int Places = 3;

    /// <summary>Buckets of a plane.</summary>
    public const int BucketsInPlane = 8;

    /// <summary>Most planes.</summary>
    public const int MaxPlanes = 8;

    private const int Values = PairHash.Values;
    private readonly int _buckets;

    // For each place and bucket the share of traffic that it allows; for each place, value and bucket what the value would add.
    private readonly float[] _share;
    private readonly float[] _more;
    private readonly float[] _cost;

    /// <param name="planes">Planes, at most eight.</param>
    /// <param name="pool">The strings' bytes.</param>
    /// <param name="windows">Strings of which four bytes count.</param>
    /// <param name="triples">Strings of which three do.</param>
    public PairTables(int planes, PatternPool pool, List<WindowEntry> windows, List<WindowEntry> triples)
    {
        Planes = planes;
        _buckets = planes * BucketsInPlane;
        _cost = new float[_buckets];
        _share = new float[Places * _buckets];
        _more = new float[Places * Values * _buckets];
        for (int i = 0; i < Places * Values; i++)
        {
            _more.AsSpan(i * _buckets, _buckets).Fill(PairTraffic.Share(i % Values));
        }

        // The shorter first: they say yes more often, and longer ones keep away from their buckets.
        foreach (WindowEntry entry in triples)
        {
            ReadOnlySpan<byte> text = pool.Bytes(entry.Pattern)[entry.Offset..];
            Add(BucketFor(PairHash.Of(text[0], text[1]), PairHash.Of(text[1], text[2]), null), PairHash.Of(text[0], text[1]), PairHash.Of(text[1], text[2]), null);
        }

        foreach (WindowEntry entry in windows)
        {
            ReadOnlySpan<byte> text = pool.Bytes(entry.Pattern)[entry.Offset..];
            int first = PairHash.Of(text[0], text[1]);
            int second = PairHash.Of(text[1], text[2]);
            int third = PairHash.Of(text[2], text[3]);
            Add(BucketFor(first, second, third), first, second, third);
        }
    }

    public int Planes { get; }

    /// <summary>Share of positions of traffic at which the tables say yes, roughly.</summary>
    public double Cost => _cost.Sum();

    /// <summary>For each place and value the buckets that allow it, a bit each.</summary>
    public ulong[] Allowed { get; } = new ulong[Places * Values];

    /// <summary>The bucket that a string opens least.</summary>
    private int BucketFor(int first, int second, int? third)
    {
        Span<float> growth = stackalloc float[_buckets];
        for (int bucket = 0; bucket < _buckets; bucket += Vector<float>.Count)
        {
            Vector<float> with = With(0, first, bucket) * With(1, second, bucket) * (third is int value ? With(2, value, bucket) : Vector<float>.One);
            (with - new Vector<float>(_cost, bucket)).CopyTo(growth[bucket..]);
        }

        int best = 0;
        for (int bucket = 1; bucket < growth.Length; bucket++)
        {
            best = growth[bucket] < growth[best] ? bucket : best;
        }

        return best;
    }

    private Vector<float> With(int place, int value, int bucket) =>
        new Vector<float>(_share, place * _buckets + bucket) + new Vector<float>(_more, (place * Values + value) * _buckets + bucket);

    private void Add(int bucket, int first, int second, int? third) =>
        _cost[bucket] = Add(0, bucket, first) * Add(1, bucket, second) * (third is int value ? Add(2, bucket, value) : AddAll(2, bucket));

    private float Add(int place, int bucket, int value)
    {
        ref float more = ref _more[(place * Values + value) * _buckets + bucket];
        float share = _share[place * _buckets + bucket] += more;
        more = 0;
        Allowed[place * Values + value] |= 1UL << bucket;
        return share;
    }

    private float AddAll(int place, int bucket)
    {
        for (int value = 0; value < Values; value++)
        {
            Add(place, bucket, value);
        }

        return _share[place * _buckets + bucket];
    }
}
