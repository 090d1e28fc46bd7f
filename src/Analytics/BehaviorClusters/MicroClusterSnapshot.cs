namespace Weft.Analytics;

/// <summary>A picture of a model's clusters for readers on other threads. Immutable.</summary>
public sealed class MicroClusterSnapshot
{
    private readonly ulong[] _centroids;
    private readonly int[] _popCounts;
    private readonly int[] _potential;
    private readonly int _words;
    private readonly BehaviorDistance _distance;

    internal MicroClusterSnapshot(MicroCluster[] clusters, ulong[] centroids, int words, BehaviorDistance distance, double radius)
    {
        Clusters = clusters;
        Radius = radius;
        _centroids = centroids;
        _words = words;
        _distance = distance;
        _popCounts = [.. Enumerable.Range(0, clusters.Length).Select(i => BitVectors.PopCount(CentroidOf(i)))];
        _potential = [.. Enumerable.Range(0, clusters.Length).Where(i => clusters[i].State == ClusterState.Potential)];
    }

    /// <summary>The clusters.</summary>
    public IReadOnlyList<MicroCluster> Clusters { get; }

    /// <summary>Largest distance that is normal.</summary>
    public double Radius { get; }

    /// <summary>The centroid of a cluster: a bit a feature that more than half of what it holds has.</summary>
    public ReadOnlySpan<ulong> CentroidOf(int cluster) => _centroids.AsSpan(cluster * _words, _words);

    /// <summary>Finds the nearest normal cluster.</summary>
    /// <returns>Its place in <see cref="Clusters"/>, or -1 if there is none.</returns>
    /// <exception cref="ArgumentException">The vector has another length.</exception>
    public int Nearest(ReadOnlySpan<ulong> vector, out double distance)
    {
        if (vector.Length != _words)
        {
            throw new ArgumentException($"{nameof(vector)} has {vector.Length} words; the model's have {_words}.");
        }

        return BitVectors.Nearest(_distance, vector, _centroids, _popCounts, _potential, out distance);
    }
}
