using System.Numerics;
using Weft.Flows;

namespace Weft.Analytics;

/// <summary>
/// The clusters of a model: faded counts a bit, the majority of them as centroid, the centroid at the last approval as anchor.
/// </summary>
/// <remarks>
/// Weights fade by decay forward: an observation at time t counts 2^(lambda (t - landmark)), so that nothing has to be multiplied
/// until the numbers grow large; then the landmark moves and all counts of the cluster are scaled at once.
/// </remarks>
internal sealed class MicroClusterStore
{
    /// <summary>Half-lives after which a landmark moves: 2^64 leaves room for 2^900 observations.</summary>
    private const double MaxHalfLives = 64;

    private readonly int _words;
    private readonly double _lambda;
    private readonly double[] _counts;
    private readonly double[] _weights;
    private readonly double[] _landmarks;
    private readonly ulong[] _scratch;
    private readonly uint[] _generations;

    public MicroClusterStore(int clusters, int words, double lambda)
    {
        _words = words;
        _lambda = lambda;
        _counts = new double[checked(clusters * words * 64)];
        _weights = new double[clusters];
        _landmarks = new double[clusters];
        _scratch = new ulong[words];
        _generations = new uint[clusters];
        Centroids = new ulong[clusters * words];
        Anchors = new ulong[clusters * words];
        Planes = ClusterPlanes.IsSupported ? new ClusterPlanes(clusters, words * 64) : null;
        PopCounts = new int[ClusterPlanes.Padded(clusters)];
        States = new ClusterState[ClusterPlanes.Padded(clusters)];
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

    /// <summary>Begins a cluster in a free place with one vector.</summary>
    public void Begin(int cluster, ClusterState state, ReadOnlySpan<ulong> vector, double now)
    {
        _generations[cluster]++; // Odd while the cluster lives.
        States[cluster] = state;
        IsPinned[cluster] = false;
        IsVetoed[cluster] = false;
        SourceCounts[cluster] = 0;
        Created[cluster] = now;
        _weights[cluster] = 0;
        _landmarks[cluster] = now;
        _counts.AsSpan(cluster * _words * 64, _words * 64).Clear();
        _ = Absorb(cluster, vector, now);
        Approve(cluster);
    }

    public void End(int cluster)
    {
        States[cluster] = ClusterState.None;
        _generations[cluster]++;
    }

    /// <summary>Makes the present centroid the anchor.</summary>
    public void Approve(int cluster) => Centroid(cluster).CopyTo(Anchor(cluster));

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
    /// <param name="vector">The vector.</param>
    /// <param name="now">Seconds.</param>
    /// <param name="distance">The distance that <paramref name="maxDrift"/> is measured in.</param>
    /// <param name="maxDrift">Most that the centroid may lie from the anchor.</param>
    /// <returns>False if the centroid would have moved too far; the vector is counted and the centroid stays.</returns>
    public bool Absorb(int cluster, ReadOnlySpan<ulong> vector, double now, BehaviorDistance distance = default, double maxDrift = double.PositiveInfinity)
    {
        double halfLives = _lambda * (now - _landmarks[cluster]);
        if (halfLives > MaxHalfLives)
        {
            // Beyond 1000 half-lives nothing is left, and a denormal number would only cost time.
            Scale(cluster, halfLives > 1000 ? 0 : Math.Pow(2, -halfLives));
            _landmarks[cluster] = now;
            halfLives = 0;
        }

        double one = Math.Pow(2, halfLives);
        Span<double> counts = _counts.AsSpan(cluster * _words * 64, _words * 64);
        for (int word = 0; word < vector.Length; word++)
        {
            for (ulong rest = vector[word]; rest != 0; rest &= rest - 1)
            {
                counts[(word << 6) + BitOperations.TrailingZeroCount(rest)] += one;
            }
        }

        _weights[cluster] += one;
        BitMajority.Compute(counts, _weights[cluster] / 2, _scratch);
        if (maxDrift < double.PositiveInfinity && BitVectors.Distance(distance, Anchor(cluster), _scratch) > maxDrift)
        {
            return false;
        }

        Planes?.Change(cluster, Centroid(cluster), _scratch);
        _scratch.CopyTo(Centroid(cluster));
        PopCounts[cluster] = BitVectors.PopCount(_scratch);
        return true;
    }

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
        States[cluster] = (ClusterState)reader.Read<byte>();
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
        PopCounts[cluster] = BitVectors.PopCount(Centroid(cluster));
    }

    private void Scale(int cluster, double factor)
    {
        _weights[cluster] *= factor;
        foreach (ref double count in _counts.AsSpan(cluster * _words * 64, _words * 64))
        {
            count *= factor;
        }
    }
}
