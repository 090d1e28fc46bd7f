using System.Numerics;
using Weft.Analytics;
using Weft.Bench.Ratios;
using Weft.Packets;

namespace Weft.Bench.Analytics;

/// <summary>Judging and learning vectors of 384 bits among 178 clusters; the peer judges only.</summary>
public sealed class ObserveRatio() : AnalyticsRatio(
    "forest", "observe vectors of 384 bits among 178 clusters", "ns/vector", "scikit-learn IsolationForest.score_samples", 0.005)
{
    private const int Words = 6;
    private const int Clusters = 178;

    private MicroClusterModel _model = null!;
    private ulong[] _vectors = [];
    private int _count;
    private long _second;

    /// <inheritdoc/>
    protected override double PeerOperations => _count;

    /// <inheritdoc/>
    public override void SetUp(bool shortRun)
    {
        var random = new Random(2);
        ulong[] leaders = [.. Enumerable.Range(0, Clusters * Words).Select(_ => (ulong)random.NextInt64() & (ulong)random.NextInt64() & (ulong)random.NextInt64())];
        _model = new MicroClusterModel(new FeatureSpace(Words * 64, FeatureMapping.Registry, new HashSeed(1, 2)), new MicroClusterOptions { MaxClusters = 256 });
        if (_model.TrainLeaders(leaders, Timestamp.Zero) != Clusters)
        {
            throw new InvalidOperationException("The leaders are too near one another.");
        }

        _count = shortRun ? 5_000 : 20_000;
        _vectors = new ulong[_count * Words];
        for (int i = 0; i < _count; i++)
        {
            leaders.AsSpan(random.Next(Clusters) * Words, Words).CopyTo(_vectors.AsSpan(i * Words));
            for (int flip = 0; flip < 4; flip++)
            {
                _vectors[i * Words + random.Next(Words)] ^= BitOperations.RotateLeft(1UL, random.Next(64));
            }
        }

        Write<ulong>("vectors", _vectors);
    }

    /// <inheritdoc/>
    public override Sample Ours()
    {
        long start = ThreadClock.Nanoseconds;
        for (int i = 0; i < _count; i++)
        {
            _ = _model.Observe(_vectors.AsSpan(i * Words, Words), 1, Timestamp.FromSeconds(_second++ * 1e-3));
        }

        return new Sample((double)(ThreadClock.Nanoseconds - start) / _count, (ulong)_count);
    }
}
