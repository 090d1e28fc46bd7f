namespace Weft.Analytics;

/// <summary>
/// Several intended states that correct one another: each further model learns the normal rows that the ones before it call
/// abnormal, and its share is the learning rate that leaves the fewest of them, provided that no row known to be bad becomes
/// normal. Immutable; any number of threads may score at a time, without allocation.
/// </summary>
/// <remarks>
/// The factor is F(x) = sum of r OF(x) / |OFmin| over the models, with r the rate of each. Outlier factors grow with the number of
/// rows; only their share of the smallest possible one, -1 to 0, compares models of different size. A model can only make rows
/// more normal, so the rows known to be bad are what stops it from making everything so.
/// </remarks>
public sealed class HoloEntropyEnsemble
{
    private const int Rates = 100;

    private readonly HoloEntropySnapshot[] _models;
    private readonly double[] _rates;

    private HoloEntropyEnsemble(HoloEntropySnapshot[] models, double[] rates, double threshold, double error)
    {
        _models = models;
        _rates = rates;
        Threshold = threshold;
        TrainingError = error;
    }

    /// <summary>Models in the ensemble.</summary>
    public int Count => _models.Length;

    /// <summary>Factors above it are abnormal.</summary>
    public double Threshold { get; }

    /// <summary>Share of the normal training rows that is called abnormal.</summary>
    public double TrainingError { get; }

    /// <summary>Trains an ensemble.</summary>
    /// <param name="schema">The columns.</param>
    /// <param name="options">Weights, logarithm and the false-alarm rate that sets the threshold of the first model.</param>
    /// <param name="normal">Complete rows of normal behaviour one after another, at least one.</param>
    /// <param name="bad">Complete rows that must stay abnormal where the first model says so; may be empty.</param>
    /// <param name="maxModels">Most models, at least 1.</param>
    /// <exception cref="ArgumentException">Rows are missing, malformed, or of another length.</exception>
    public static HoloEntropyEnsemble Train(
        HoloEntropySchema schema, HoloEntropyOptions options, ReadOnlySpan<ushort> normal, ReadOnlySpan<ushort> bad, int maxModels)
    {
        ArgumentNullException.ThrowIfNull(schema);
        ArgumentNullException.ThrowIfNull(options);
        ArgumentOutOfRangeException.ThrowIfLessThan(maxModels, 1);
        int columns = schema.ColumnCount;
        if (normal.IsEmpty || normal.Length % columns != 0 || bad.Length % columns != 0)
        {
            throw new ArgumentException($"{nameof(normal)} has {normal.Length} codes and {nameof(bad)} {bad.Length}; both must be whole rows of {columns}, the first not empty.");
        }

        HoloEntropySnapshot first = Learn(schema, options, normal, _ => true);
        double threshold = Share(first, first.Threshold);
        double[] factors = FactorsOf(first, normal);
        double[] badFactors = FactorsOf(first, bad);
        var models = new List<HoloEntropySnapshot> { first };
        var rates = new List<double> { 1 };
        int errors = CountAbove(factors, threshold);
        int caught = CountAbove(badFactors, threshold);
        while (errors > 0 && models.Count < maxModels)
        {
            double[] before = factors;
            HoloEntropySnapshot next = Learn(schema, options, normal, row => before[row] > threshold);
            double[] nextFactors = FactorsOf(next, normal);
            double[] nextBad = FactorsOf(next, bad);
            (int bestErrors, double rate) = BestRate(factors, nextFactors, badFactors, nextBad, threshold, caught, errors);
            if (bestErrors >= errors)
            {
                break;
            }

            factors = Boost(factors, nextFactors, rate);
            badFactors = Boost(badFactors, nextBad, rate);
            errors = bestErrors;
            models.Add(next);
            rates.Add(rate);
        }

        return new HoloEntropyEnsemble([.. models], [.. rates], threshold, errors * (double)columns / normal.Length);
    }

    /// <summary>The learning rate of a model: 1 for the first.</summary>
    public double RateOf(int model) => _rates[model];

    /// <summary>The ensemble's factor of a complete row: at most 0, larger for stranger rows.</summary>
    public double FactorOf(ReadOnlySpan<ushort> row)
    {
        double factor = 0;
        for (int i = 0; i < _models.Length; i++)
        {
            factor += _rates[i] * Share(_models[i], _models[i].Score(row).OutlierFactor);
        }

        return factor;
    }

    /// <summary>True if a row is abnormal.</summary>
    public bool IsOutlier(ReadOnlySpan<ushort> row) => FactorOf(row) > Threshold;

    private static (int Errors, double Rate) BestRate(
        double[] factors, double[] next, double[] bad, double[] nextBad, double threshold, int caught, int errors)
    {
        double bestRate = 0;
        for (int step = 1; step <= Rates; step++)
        {
            double rate = (double)step / Rates;
            int candidate = CountAbove(Boost(factors, next, rate), threshold);
            if (candidate < errors && CountAbove(Boost(bad, nextBad, rate), threshold) >= caught)
            {
                errors = candidate;
                bestRate = rate;
            }
        }

        return (errors, bestRate);
    }

    private static HoloEntropySnapshot Learn(HoloEntropySchema schema, HoloEntropyOptions options, ReadOnlySpan<ushort> rows, Predicate<int> isWanted)
    {
        var model = new HoloEntropyModel(schema);
        int columns = schema.ColumnCount;
        var members = new List<ushort>();
        for (int row = 0; row < rows.Length / columns; row++)
        {
            if (isWanted(row))
            {
                ReadOnlySpan<ushort> member = rows.Slice(row * columns, columns);
                if (!model.Add(member))
                {
                    throw new ArgumentException($"row {row} of the training rows has a code that its column never gave out.");
                }

                members.AddRange(member);
            }
        }

        return model.Publish(options with { Calibration = CalibrationKind.LeaveOneOut }, members.ToArray());
    }

    private static double[] FactorsOf(HoloEntropySnapshot model, ReadOnlySpan<ushort> rows)
    {
        double[] factors = new double[rows.Length / model.Schema.ColumnCount];
        model.ScoreBatch(rows, factors);
        for (int i = 0; i < factors.Length; i++)
        {
            factors[i] = Share(model, factors[i]);
        }

        return factors;
    }

    private static double Share(HoloEntropySnapshot model, double factor) => model.SmallestFactor < 0 ? factor / -model.SmallestFactor : 0;

    private static double[] Boost(double[] factors, double[] next, double rate)
    {
        double[] boosted = new double[factors.Length];
        for (int i = 0; i < boosted.Length; i++)
        {
            boosted[i] = factors[i] + rate * next[i];
        }

        return boosted;
    }

    private static int CountAbove(double[] factors, double threshold) => factors.Count(factor => factor > threshold);
}
