namespace Weft.Analytics;

/// <summary>The outlier factors of rows that are in the model.</summary>
internal sealed class MemberFactors
{
    private readonly HoloEntropyModel _model;
    private readonly bool _weighted;
    private readonly double _unit;
    private readonly double[][] _tables;

    public MemberFactors(HoloEntropyModel model, HoloEntropyOptions options)
    {
        _model = model;
        _weighted = options.Weighted;
        _unit = Math.Log(options.LogBase);
        int columns = model.Schema.ColumnCount;
        _tables = new double[columns][];
        for (int i = 0; i < columns; i++)
        {
            _tables[i] = new double[model.Schema.ValueCount(new AttributeId(i)) + 1];
        }

        Refresh();
    }

    /// <summary>Wu and Wang's tau: removing a row lowers the weighted holo-entropy if and only if its factor is above it.</summary>
    public double Bound { get; private set; }

    /// <summary>Computes tables, weights and bound anew after the model changed.</summary>
    public void Refresh()
    {
        double weighted = 0;
        double weights = 0;
        for (int i = 0; i < _tables.Length; i++)
        {
            double entropy = _model.EntropyOf(new AttributeId(i)) / _unit;
            double weight = _weighted ? Entropy.Weight(entropy) : 1;
            ReadOnlySpan<long> counts = _model.CountsOf(i);
            for (int code = 1; code < _tables[i].Length; code++)
            {
                _tables[i][code] = weight * (Entropy.Delta(counts[code]) / _unit);
            }

            weighted += weight * entropy;
            weights += weight;
        }

        Bound = weighted + Entropy.Delta(_model.RowCount) / _unit * weights;
    }

    public void Compute(ReadOnlySpan<ushort> rows, Span<double> factors)
    {
        for (int i = 0; i < factors.Length; i++)
        {
            factors[i] = Of(rows.Slice(i * _tables.Length, _tables.Length));
        }
    }

    public double Of(ReadOnlySpan<ushort> row)
    {
        double factor = 0;
        for (int i = 0; i < row.Length; i++)
        {
            double[] table = _tables[i];
            factor += row[i] < table.Length ? table[row[i]] : 0;
        }

        return factor;
    }
}
