using System.Numerics;
using Weft.Flows;

namespace Weft.Analytics;

/// <summary>
/// The clusters of a model: faded counts a bit, the majority of them as centroid, the centroid at the last approval as anchor.
/// </summary>
/// <remarks>
/// Weights fade by decay forward: an observation at time t counts 2^(lambda (t - landmark)), so that nothing has to be multiplied
/// until the numbers grow large; then the landmark moves and all counts of the cluster are scaled at once. The majority of 64 counts
/// is taken again only when one of them may have passed half the weight since it was taken last: the result is the same, to the bit.
/// </remarks>
internal sealed class MicroClusterStore
{
    /// <summary>Half-lives after which a landmark moves: 2^64 leaves room for 2^900 observations.</summary>
    private const double MaxHalfLives = 64;

    /// <summary>Share of the weight that a margin keeps for rounding: what 2^31 observations in a row can come to.</summary>
    private const double Rounding = 1.0 / (1 << 19);

    private readonly int _words;
    private readonly double _lambda;
    private readonly double[] _counts;
    private readonly double[] _weights;
    private readonly double[] _landmarks;
    private readonly ulong[] _scratch;
    private readonly ulong[] _majorities;
    private readonly double[] _margins;
    private readonly int _marginStride;
    private readonly bool[] _isHeld;
    private readonly bool[] _isUnjudged;
    private readonly uint[] _generations;
    private readonly ulong[][] _wanted;

    public MicroClusterStore(int clusters, int words, double lambda)
    {
        _words = words;
        _lambda = lambda;
        _counts = new double[checked(clusters * words * 64)];
        _weights = new double[clusters];
        _landmarks = new double[clusters];
        _scratch = new ulong[words];
        _majorities = new ulong[clusters * words];
        _marginStride = (words + Vector<double>.Count - 1) / Vector<double>.Count * Vector<double>.Count;
        _margins = new double[clusters * _marginStride];
        _isHeld = new bool[clusters];
        _isUnjudged = new bool[clusters];
        _generations = new uint[clusters];
        Centroids = new ulong[clusters * words];
        Anchors = new ulong[clusters * words];
        Planes = ClusterPlanes.IsSupported ? new ClusterPlanes(clusters, words * 64) : null;
        PopCounts = new int[ClusterPlanes.Padded(clusters)];
        LeastBits = words * 64;
        States = new ClusterState[clusters];
        _wanted = [new ulong[PopCounts.Length / 64], new ulong[PopCounts.Length / 64], new ulong[PopCounts.Length / 64]];
        IsPinned = new bool[clusters];
        IsVetoed = new bool[clusters];
        Created = new double[clusters];
        Sources = new ulong[clusters * MicroClusterOptions.MaxSources];
        SourceCounts = new int[clusters];
    }

    public int Capacity => _weights.Length;

    public int Words => _words;

    public ulong[] Centroids { get; }

    /// <summary>The centroids once more, for a search of many at once; null where the processor cannot.</summary>
    public ClusterPlanes? Planes { get; }

    public ulong[] Anchors { get; }

    public int[] PopCounts { get; }

    /// <summary>No centroid has fewer bits; it may be that all have more.</summary>
    public int LeastBits { get; private set; }

    /// <summary>States of all clusters; <see cref="Set"/> changes them.</summary>
    public ClusterState[] States { get; }

    public bool[] IsPinned { get; }

    public bool[] IsVetoed { get; }

    /// <summary>Seconds at which each cluster began.</summary>
    public double[] Created { get; }

    public ulong[] Sources { get; }

    public int[] SourceCounts { get; }

    public Span<ulong> Centroid(int cluster) => Centroids.AsSpan(cluster * _words, _words);

    public Span<ulong> Anchor(int cluster) => Anchors.AsSpan(cluster * _words, _words);

    public SlotHandle HandleOf(int cluster) => new(cluster, _generations[cluster]);

    public bool IsLive(SlotHandle handle) =>
        (uint)handle.Index < (uint)Capacity && States[handle.Index] != ClusterState.None && _generations[handle.Index] == handle.Generation;

    /// <summary>A bit for each cluster of a state.</summary>
    public ReadOnlySpan<ulong> Of(ClusterState state) => _wanted[(int)state];

    /// <summary>Puts a cluster into a state.</summary>
    public void Set(int cluster, ClusterState state)
    {
        _wanted[(int)States[cluster]][cluster >> 6] &= ~(1UL << cluster);
        _wanted[(int)state][cluster >> 6] |= 1UL << cluster;
        States[cluster] = state;
    }

    /// <summary>Begins a cluster in a free place with one vector, given by its bits.</summary>
    public void Begin(int cluster, ClusterState state, ReadOnlySpan<ushort> features, double now)
    {
        _generations[cluster]++; // Odd while the cluster lives.
        Set(cluster, state);
        IsPinned[cluster] = false;
        IsVetoed[cluster] = false;
        SourceCounts[cluster] = 0;
        Created[cluster] = now;
        _weights[cluster] = 0;
        _landmarks[cluster] = now;
        _counts.AsSpan(cluster * _words * 64, _words * 64).Clear();
        ForgetMargins(cluster);
        _ = Absorb(cluster, features, now);
        Approve(cluster);
    }

    public void End(int cluster)
    {
        Set(cluster, ClusterState.None);
        _generations[cluster]++;
    }

    /// <summary>Makes the present centroid the anchor.</summary>
    public void Approve(int cluster)
    {
        Centroid(cluster).CopyTo(Anchor(cluster));
        _isUnjudged[cluster] = true;
    }

    public double WeightAt(int cluster, double now) => _weights[cluster] * Math.Pow(2, -_lambda * (now - _landmarks[cluster]));

    /// <summary>Raises the weight to at least <paramref name="weight"/>; counts grow in proportion, so the centroid stays. One that faded to nothing is left so.</summary>
    public void Raise(int cluster, double weight, double now)
    {
        double present = WeightAt(cluster, now);
        if (present > 0 && present < weight)
        {
            Scale(cluster, weight / present);
        }
    }

    /// <summary>Counts a vector.</summary>
    /// <param name="cluster">The cluster.</param>
    /// <param name="features">Its bits.</param>
    /// <param name="now">Seconds.</param>
    /// <param name="distance">The distance that <paramref name="maxDrift"/> is measured in.</param>
    /// <param name="maxDrift">Most that the centroid may lie from the anchor.</param>
    /// <returns>False if the centroid would have moved too far; the vector is counted and the centroid stays.</returns>
    public bool Absorb(int cluster, ReadOnlySpan<ushort> features, double now, BehaviorDistance distance = default, double maxDrift = double.PositiveInfinity)
    {
        double halfLives = _lambda * (now - _landmarks[cluster]);
        if (halfLives > MaxHalfLives)
        {
            // Beyond 1000 half-lives nothing is left, and a denormal number would only cost time.
            Scale(cluster, halfLives > 1000 ? 0 : Math.Pow(2, -halfLives));
            _landmarks[cluster] = now;
            halfLives = 0;
        }

        double one = Fading.PowerOfTwo(halfLives);
        Span<double> counts = _counts.AsSpan(cluster * _words * 64, _words * 64);
        foreach (ushort feature in features)
        {
            counts[feature] += one;
        }

        _weights[cluster] += one;
        bool hasMoved = Recount(cluster, one);
        bool isFree = maxDrift == double.PositiveInfinity;
        return hasMoved || _isUnjudged[cluster] || (isFree && _isHeld[cluster]) ? Judge(cluster, distance, maxDrift) : !_isHeld[cluster];
    }

    /// <summary>
    /// Takes the majority anew where it can have changed. An observation moves a count, and half the weight, by one half towards one
    /// another at most: a word whose counts are all farther from half the weight stays as it is.
    /// </summary>
    /// <returns>Whether the majority changed.</returns>
    private bool Recount(int cluster, double one)
    {
        Span<double> margins = Margins(cluster);
        double weight = _weights[cluster];
        var half = new Vector<double>(one / 2);
        var least = new Vector<double>(weight * Rounding);
        bool hasMoved = false;
        for (int first = 0; first < margins.Length; first += Vector<double>.Count)
        {
            Vector<double> left = new Vector<double>(margins[first..]) - half;
            left.CopyTo(margins[first..]);
            if (Vector.LessThanOrEqualAny(left, least))
            {
                for (int word = first; word < Math.Min(first + Vector<double>.Count, _words); word++)
                {
                    hasMoved |= margins[word] <= weight * Rounding && RecountWord(cluster, word, weight / 2, out margins[word]);
                }
            }
        }

        return hasMoved;
    }

    private bool RecountWord(int cluster, int word, double limit, out double margin)
    {
        ulong majority = BitMajority.Compute(_counts.AsSpan((cluster * _words + word) * 64, 64), limit, out margin);
        ref ulong known = ref _majorities[cluster * _words + word];
        bool hasMoved = known != majority;
        known = majority;
        return hasMoved;
    }

    /// <summary>Lets the centroid follow the majority, if that is no farther from the anchor than it may be.</summary>
    private bool Judge(int cluster, BehaviorDistance distance, double maxDrift)
    {
        ReadOnlySpan<ulong> majority = _majorities.AsSpan(cluster * _words, _words);
        _isUnjudged[cluster] = false;
        _isHeld[cluster] = maxDrift < double.PositiveInfinity && BitVectors.Distance(distance, Anchor(cluster), majority) > maxDrift;
        if (!_isHeld[cluster])
        {
            Planes?.Change(cluster, Centroid(cluster), majority);
            majority.CopyTo(Centroid(cluster));
            Measure(cluster);
        }

        return !_isHeld[cluster];
    }

    /// <summary>All words are counted with the next observation.</summary>
    private void ForgetMargins(int cluster)
    {
        Margins(cluster)[.._words].Clear();
        Margins(cluster)[_words..].Fill(double.PositiveInfinity);
    }

    private void Measure(int cluster)
    {
        PopCounts[cluster] = BitVectors.PopCount(Centroid(cluster));
        LeastBits = Math.Min(LeastBits, PopCounts[cluster]);
    }

    /// <summary>How far a word's counts are from half the weight at least; with places to fill a register, which are never counted.</summary>
    private Span<double> Margins(int cluster) => _margins.AsSpan(cluster * _marginStride, _marginStride);

    public void Remember(int cluster, ulong source)
    {
        int count = SourceCounts[cluster];
        Span<ulong> known = Sources.AsSpan(cluster * MicroClusterOptions.MaxSources, MicroClusterOptions.MaxSources);
        if (count < known.Length && !known[..count].Contains(source))
        {
            known[count] = source;
            SourceCounts[cluster] = count + 1;
        }
    }

    public void Write(int cluster, ref StateWriter writer)
    {
        writer.Write((byte)States[cluster]);
        writer.Write((byte)((IsPinned[cluster] ? 1 : 0) | (IsVetoed[cluster] ? 2 : 0)));
        writer.Write((byte)SourceCounts[cluster]);
        writer.Write(Created[cluster]);
        writer.Write(_weights[cluster]);
        writer.Write(_landmarks[cluster]);
        writer.Write<ulong>(Sources.AsSpan(cluster * MicroClusterOptions.MaxSources, MicroClusterOptions.MaxSources));
        writer.Write<ulong>(Centroid(cluster));
        writer.Write<ulong>(Anchor(cluster));
        writer.Write<double>(_counts.AsSpan(cluster * _words * 64, _words * 64));
    }

    public void Read(int cluster, ref StateReader reader)
    {
        _generations[cluster] |= 1;
        Set(cluster, (ClusterState)reader.Read<byte>());
        byte flags = reader.Read<byte>();
        IsPinned[cluster] = (flags & 1) != 0;
        IsVetoed[cluster] = (flags & 2) != 0;
        SourceCounts[cluster] = Math.Min((int)reader.Read<byte>(), MicroClusterOptions.MaxSources);
        Created[cluster] = reader.Read<double>();
        _weights[cluster] = reader.Read<double>();
        _landmarks[cluster] = reader.Read<double>();
        reader.Read(Sources.AsSpan(cluster * MicroClusterOptions.MaxSources, MicroClusterOptions.MaxSources));
        Centroid(cluster).CopyTo(_scratch);
        reader.Read(Centroid(cluster));
        Planes?.Change(cluster, _scratch, Centroid(cluster));
        reader.Read(Anchor(cluster));
        reader.Read(_counts.AsSpan(cluster * _words * 64, _words * 64));
        ForgetMargins(cluster);
        Centroid(cluster).CopyTo(_majorities.AsSpan(cluster * _words, _words));
        _isUnjudged[cluster] = true;
        Measure(cluster);
    }

    private void Scale(int cluster, double factor)
    {
        _weights[cluster] *= factor;
        foreach (ref double margin in Margins(cluster))
        {
            margin *= factor;
        }

        foreach (ref double count in _counts.AsSpan(cluster * _words * 64, _words * 64))
        {
            count *= factor;
        }
    }
}
