using Weft.Analytics;
using Weft.Bench.Ratios;
using Weft.Packets;

namespace Weft.Bench.Analytics;

/// <summary>Outlier factors of rows of ten attributes; the peer adds up the same tables, column by column.</summary>
public sealed class ScoreBatchRatio() : ScoringRatio("table", "score rows of 10 attributes", "numpy table lookup", 0.2)
{
    /// <inheritdoc/>
    protected override ulong ResultOf(double[] factors) => factors.Aggregate(0UL, (bits, factor) => bits ^ BitConverter.DoubleToUInt64Bits(factor));
}

/// <summary>The same rows as numbers in a peer that finds the range of each first, as histogram scores do.</summary>
public sealed class HistogramScoreRatio() : ScoringRatio("hbos", "score rows of 10 attributes", "histogram score (HBOS) in numpy", 0.02)
{
    /// <inheritdoc/>
    protected override ulong ResultOf(double[] factors) => (ulong)factors.Length;
}

/// <summary>Scoring many rows at once.</summary>
public abstract class ScoringRatio(string peer, string name, string peerName, double goal) : AnalyticsRatio(peer, name, "ns/row", peerName, goal)
{
    private const int Columns = 10;
    private const int Values = 8;

    private HoloEntropySnapshot _snapshot = null!;
    private ushort[] _rows = [];
    private double[] _factors = [];

    /// <summary>What the peer must have come to as well.</summary>
    protected abstract ulong ResultOf(double[] factors);

    /// <inheritdoc/>
    protected override double PeerOperations => _factors.Length;

    /// <inheritdoc/>
    public override void SetUp(bool shortRun)
    {
        var random = new Random(1);
        var schema = new HoloEntropySchema(new HashSeed(1, 2));
        for (int i = 0; i < Columns; i++)
        {
            AttributeId attribute = schema.AddAttribute($"a{i}", Values);
            for (int value = 0; value < Values; value++)
            {
                _ = schema.Intern(attribute, BitConverter.GetBytes(value));
            }
        }

        _factors = new double[shortRun ? 200_000 : 1_000_000];
        _rows = [.. Enumerable.Range(0, _factors.Length * Columns).Select(_ => (ushort)random.Next(1, Values + 1))];
        var model = new HoloEntropyModel(schema);
        for (int row = 0; row < 10_000; row++)
        {
            _ = model.Add(_rows.AsSpan(row * Columns, Columns));
        }

        _snapshot = model.Publish(new HoloEntropyOptions());
        double[] tables = new double[Columns * (Values + 1)];
        var parts = new AttributeContribution[Columns];
        for (int value = 0; value <= Values; value++)
        {
            ushort[] row = new ushort[Columns];
            Array.Fill(row, (ushort)value);
            _ = _snapshot.Explain(row, parts);
            for (int i = 0; i < Columns; i++)
            {
                tables[i * (Values + 1) + value] = parts[i].Factor;
            }
        }

        Write<ushort>("rows", _rows);
        Write<double>("tables", tables);
    }

    /// <inheritdoc/>
    public override Sample Ours()
    {
        long start = ThreadClock.Nanoseconds;
        _snapshot.ScoreBatch(_rows, _factors);
        double cost = (double)(ThreadClock.Nanoseconds - start) / _factors.Length;
        return new Sample(cost, ResultOf(_factors));
    }
}
