using System.Numerics;
using System.Runtime.CompilerServices;
using System.Runtime.InteropServices;

namespace Weft.Analytics;

/// <summary>
/// Scores alarms against an intended state: how far would the alarm disorder it, if it were added? An immutable picture of a
/// <see cref="HoloEntropyModel"/>; any number of threads may use it at a time. Nothing allocates.
/// </summary>
/// <remarks>
/// The alarm is inserted virtually: its values' counts and the number of rows are one larger, and so are entropies and weights.
/// That is exact and still one table lookup a column, since the part of a column depends on its own value alone.
/// </remarks>
public sealed class HoloEntropySnapshot
{
    private readonly HoloEntropySchema _schema;
    private readonly HoloEntropyOptions _options;
    private readonly Column[] _columns;
    private readonly (int Offset, int Mask)[] _places;
    private readonly double[] _factors;
    private readonly double[] _drops;
    private readonly long[] _counts;
    private readonly ConformalThreshold _calibration;
    private readonly double _threshold;

    internal HoloEntropySnapshot(HoloEntropyModel model, HoloEntropyOptions options, ReadOnlySpan<ushort> calibration)
    {
        _schema = model.Schema.Snapshot();
        _options = options;
        RowCount = model.RowCount;
        _columns = new Column[_schema.ColumnCount];
        _places = new (int, int)[_columns.Length];
        int total = 0;
        for (int i = 0; i < _columns.Length; i++)
        {
            // A power of two, so that a mask keeps every code inside the table.
            int size = Math.Max(WideScoring.RegisterEntries, (int)BitOperations.RoundUpToPowerOf2((uint)_schema.CapacityOf(i) + 1));
            _columns[i] = new Column { Offset = total, Mask = size - 1 };
            _places[i] = (total, size - 1);
            total += size;
        }

        _factors = new double[total];
        _drops = new double[total];
        _counts = new long[total];
        for (int i = 0; i < _columns.Length; i++)
        {
            Fill(model, i);
            SmallestFactor += _columns[i].UsualFactor;
        }

        _calibration = new ConformalThreshold(Calibrate(model, calibration));
        _threshold = _calibration.At(options.FalseAlarmRate, none: 0);
    }

    /// <summary>Rows in the intended state.</summary>
    public long RowCount { get; }

    /// <summary>The schema as it was when the snapshot was made, to find codes and names in. Nobody changes it: do not learn with it.</summary>
    public HoloEntropySchema Schema => _schema;

    /// <summary>The factor of an alarm whose every value is the most frequent one.</summary>
    public double SmallestFactor { get; }

    /// <summary>The factor above which the conformal rule calls an alarm an outlier; 0 if there are too few calibration rows for the rate.</summary>
    public double Threshold => _threshold;

    /// <summary>Scores one alarm.</summary>
    /// <param name="row">A complete row: see <see cref="HoloEntropySchema.Complete"/>.</param>
    /// <exception cref="ArgumentException">The row has another length.</exception>
    public AlarmScore Score(ReadOnlySpan<ushort> row)
    {
        RequireLength(row.Length);
        double factor = 0;
        double drop = 0;
        double largestDrop = double.NegativeInfinity;
        double largestExcess = double.NegativeInfinity;
        int top = 0;
        for (int i = 0; i < row.Length; i++)
        {
            ref readonly Column column = ref _columns[i];
            int at = column.Offset + (row[i] & column.Mask);
            factor += _factors[at];
            drop += _drops[at];
            largestDrop = Math.Max(largestDrop, _drops[at]);
            double excess = _factors[at] - column.UsualFactor;
            if (excess > largestExcess)
            {
                largestExcess = excess;
                top = i;
            }
        }

        return Judge(factor, drop, largestDrop, new AttributeId(top));
    }

    /// <summary>Explains a score, attribute by attribute in the schema's order.</summary>
    /// <param name="row">The complete row.</param>
    /// <param name="contributions">At least one element a column.</param>
    /// <returns>Columns.</returns>
    /// <exception cref="ArgumentException">A span is too short.</exception>
    public int Explain(ReadOnlySpan<ushort> row, Span<AttributeContribution> contributions)
    {
        RequireLength(row.Length);
        if (contributions.Length < row.Length)
        {
            throw new ArgumentException($"{nameof(contributions)} has {contributions.Length} elements; there are {row.Length} columns.");
        }

        for (int i = 0; i < row.Length; i++)
        {
            ref readonly Column column = ref _columns[i];
            int at = column.Offset + (row[i] & column.Mask);
            contributions[i] = new AttributeContribution(
                new AttributeId(i), _factors[at], column.UsualFactor, _drops[at], _counts[at], column.UsualCode);
        }

        return row.Length;
    }

    /// <summary>Computes the outlier factors of many alarms: the same numbers as <see cref="Score"/>, several times as fast.</summary>
    /// <param name="rows">Complete rows one after another.</param>
    /// <param name="factors">One element a row.</param>
    /// <exception cref="ArgumentException">The lengths do not fit.</exception>
    public void ScoreBatch(ReadOnlySpan<ushort> rows, Span<double> factors)
    {
        int columns = _columns.Length;
        if (rows.Length != (long)factors.Length * columns)
        {
            throw new ArgumentException($"{nameof(rows)} has {rows.Length} codes; {factors.Length} rows of {columns} columns have {(long)factors.Length * columns}.");
        }

        int done = WideScoring.IsSupported ? WideScoring.Sum(rows, columns, _factors, _places, factors) : 0;
        ScoreFrom(done, rows, factors);
    }

    /// <summary>The body for processors without wide registers, and for the last rows.</summary>
    internal void ScoreFrom(int done, ReadOnlySpan<ushort> rows, Span<double> factors)
    {
        int columns = _columns.Length;
        ref ushort row = ref Unsafe.Add(ref MemoryMarshal.GetReference(rows), done * columns);
        ref double table = ref MemoryMarshal.GetArrayDataReference(_factors);
        ref Column column = ref MemoryMarshal.GetArrayDataReference(_columns);
        // Four rows at a time hide the latency of the additions. Invariants: rows holds columns * factors.Length codes, and
        // Offset + (code & Mask) is inside the table for every code.
        for (; done <= factors.Length - 4; done += 4)
        {
            double sum0 = 0;
            double sum1 = 0;
            double sum2 = 0;
            double sum3 = 0;
            for (int i = 0; i < columns; i++)
            {
                int mask = Unsafe.Add(ref column, i).Mask;
                ref double part = ref Unsafe.Add(ref table, Unsafe.Add(ref column, i).Offset);
                sum0 += Unsafe.Add(ref part, Unsafe.Add(ref row, i) & mask);
                sum1 += Unsafe.Add(ref part, Unsafe.Add(ref row, columns + i) & mask);
                sum2 += Unsafe.Add(ref part, Unsafe.Add(ref row, 2 * columns + i) & mask);
                sum3 += Unsafe.Add(ref part, Unsafe.Add(ref row, 3 * columns + i) & mask);
            }

            factors[done] = sum0;
            factors[done + 1] = sum1;
            factors[done + 2] = sum2;
            factors[done + 3] = sum3;
            row = ref Unsafe.Add(ref row, 4 * columns);
        }

        for (; done < factors.Length; done++)
        {
            factors[done] = FactorOf(rows.Slice(done * columns, columns));
        }
    }

    private double FactorOf(ReadOnlySpan<ushort> row)
    {
        double factor = 0;
        for (int i = 0; i < row.Length; i++)
        {
            ref readonly Column column = ref _columns[i];
            factor += _factors[column.Offset + (row[i] & column.Mask)];
        }

        return factor;
    }

    private AlarmScore Judge(double factor, double drop, double largestDrop, AttributeId top)
    {
        if (RowCount < 2)
        {
            return new AlarmScore { OutlierFactor = factor, Score = 0, PValue = 1, IsOutlier = false, TopAttribute = top, Severity = AlarmSeverity.Indeterminate };
        }

        // The bound moves with the row, as the entropies do: h(x) = (factor - bound) / N.
        (bool isOutlier, double threshold) = _options.Rule switch
        {
            OutlierRule.Conformal => (factor > _threshold, _threshold),
            OutlierRule.UpperBound => (drop > 0, factor - drop * RowCount),
            _ => (largestDrop >= _options.FeatureThreshold, double.NaN),
        };
        double score = ScoreOf(factor, isOutlier, threshold);
        return new AlarmScore
        {
            OutlierFactor = factor,
            Score = score,
            PValue = _calibration.PValue(factor),
            IsOutlier = isOutlier,
            TopAttribute = top,
            Severity = SeverityOf(score, isOutlier),
        };
    }

    /// <summary>
    /// Normal alarms share [0, B) from the smallest possible factor to the threshold, abnormal ones [B, 100] from the threshold to
    /// 0. A rule without a threshold on the factor (NaN) takes the whole range for both.
    /// </summary>
    private double ScoreOf(double factor, bool isOutlier, double threshold)
    {
        double b = _options.AbnormalFrom;
        double from = isOutlier && !double.IsNaN(threshold) ? threshold : SmallestFactor;
        double to = isOutlier || double.IsNaN(threshold) ? 0 : threshold;
        double share = to > from ? Math.Clamp((factor - from) / (to - from), 0, 1) : isOutlier ? 1 : 0;
        return isOutlier ? b + (100 - b) * share : Math.Min(b * share, Math.BitDecrement(b));
    }

    private AlarmSeverity SeverityOf(double score, bool isOutlier)
    {
        if (!isOutlier)
        {
            return AlarmSeverity.Warning;
        }

        double share = (score - _options.AbnormalFrom) / (100 - _options.AbnormalFrom);
        return share < 1.0 / 3 ? AlarmSeverity.Minor : share < 2.0 / 3 ? AlarmSeverity.Major : AlarmSeverity.Critical;
    }

    private void Fill(HoloEntropyModel model, int index)
    {
        ref Column column = ref _columns[index];
        ReadOnlySpan<long> counts = model.CountsOf(index);
        int values = _schema.ValueCount(new AttributeId(index));
        double unit = Math.Log(_options.LogBase);
        double wholeDelta = -Entropy.Delta(RowCount + 1) / unit;
        for (int code = 0; code <= column.Mask; code++)
        {
            long count = code is not 0 && code <= values ? counts[code] : 0;
            Int128 sum = model.SumOf(index) + Entropy.FixedCountLog(count + 1) - Entropy.FixedCountLog(count);
            double entropy = Entropy.OfColumn(RowCount + 1, Entropy.FromFixed(sum)) / unit;
            double weight = _options.Weighted ? Entropy.Weight(entropy) : 1;
            double delta = Entropy.Delta(count + 1) / unit;
            double factor = weight * delta;
            _counts[column.Offset + code] = count;
            _factors[column.Offset + code] = factor;
            _drops[column.Offset + code] = weight * (delta - entropy + wholeDelta) / Math.Max(1, RowCount);
            if (factor < column.UsualFactor || code == 0)
            {
                column.UsualFactor = factor;
                column.UsualCode = (ushort)code;
            }
        }
    }

    private double[] Calibrate(HoloEntropyModel model, ReadOnlySpan<ushort> rows)
    {
        int columns = _columns.Length;
        if (columns == 0 || rows.Length % columns != 0)
        {
            throw new ArgumentException($"calibration has {rows.Length} codes, which is no multiple of {columns} columns.");
        }

        double[] factors = new double[rows.Length / columns];
        if (_options.Calibration == CalibrationKind.HeldOut)
        {
            ScoreBatch(rows, factors);
        }
        else
        {
            // A member taken out and inserted virtually again is the member as it is.
            new MemberFactors(model, _options).Compute(rows, factors);
        }

        return factors;
    }

    private void RequireLength(int length)
    {
        if (length != _columns.Length)
        {
            throw new ArgumentException($"The row has {length} codes; the schema has {_columns.Length} columns.");
        }
    }

    private struct Column
    {
        public int Offset;
        public int Mask;
        public double UsualFactor;
        public ushort UsualCode;
    }
}
