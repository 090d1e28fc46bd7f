namespace Weft.Analytics;

/// <summary>
/// Finds the outliers inside a set of rows: ITB-SP and ITB-SS (Wu and Wang, IEEE TKDE 25(3), 2013). For looking back over stored
/// alarms; to judge a new one use a <see cref="HoloEntropySnapshot"/>.
/// </summary>
/// <remarks>Both allocate their working memory. With unit weights, step by step is the greedy algorithm of He et al. (2006).</remarks>
public static class OutlierSearch
{
    /// <summary>Computes the outlier factors of rows that are in the model, and how many can be outliers at all.</summary>
    /// <param name="model">The model that holds these rows.</param>
    /// <param name="rows">Complete rows one after another.</param>
    /// <param name="options">Weights and logarithm.</param>
    /// <param name="factors">One element a row.</param>
    /// <returns>Rows whose removal would lower the weighted holo-entropy: the upper bound on outliers.</returns>
    /// <exception cref="ArgumentException">The lengths do not fit, or a row was not added to the model.</exception>
    public static int Factors(HoloEntropyModel model, ReadOnlySpan<ushort> rows, HoloEntropyOptions options, Span<double> factors)
    {
        MemberFactors members = Check(model, rows, options, factors.Length);
        members.Compute(rows, factors);
        int bound = 0;
        foreach (double factor in factors)
        {
            bound += factor > members.Bound ? 1 : 0;
        }

        return bound;
    }

    /// <summary>Single pass (ITB-SP): the rows of largest factor among those that can be outliers. O(N m + N log N).</summary>
    /// <returns>Indices of rows, the most outlying first; equal ones in the order of the rows. At most <paramref name="count"/>.</returns>
    /// <exception cref="ArgumentException">As for <see cref="Factors"/>.</exception>
    public static int[] SinglePass(HoloEntropyModel model, ReadOnlySpan<ushort> rows, HoloEntropyOptions options, int count)
    {
        double[] factors = new double[rows.Length / Math.Max(1, model.Schema.ColumnCount)];
        int bound = Factors(model, rows, options, factors);
        int[] order = [.. Enumerable.Range(0, factors.Length).OrderByDescending(row => factors[row])];
        return order[..Math.Min(bound, count)];
    }

    /// <summary>
    /// Step by step (ITB-SS): takes the most outlying row out, and looks again at what is left, so that outliers do not hide one
    /// another. The model is not changed. O(count × UO × m).
    /// </summary>
    /// <returns>Indices of rows in the order they were taken; of equal ones the first row. At most <paramref name="count"/>.</returns>
    /// <exception cref="ArgumentException">As for <see cref="Factors"/>.</exception>
    public static int[] StepByStep(HoloEntropyModel model, ReadOnlySpan<ushort> rows, HoloEntropyOptions options, int count)
    {
        int columns = model.Schema.ColumnCount;
        double[] factors = new double[rows.Length / Math.Max(1, columns)];
        int bound = Factors(model, rows, options, factors);
        int[] candidates = [.. SinglePass(model, rows, options, bound).Order()];
        HoloEntropyModel rest = model.Copy();
        var members = new MemberFactors(rest, options);
        var taken = new List<int>();
        var isTaken = new bool[candidates.Length];
        while (taken.Count < Math.Min(bound, count))
        {
            int best = -1;
            double bestFactor = double.NegativeInfinity;
            for (int i = 0; i < candidates.Length; i++)
            {
                double factor = isTaken[i] ? double.NegativeInfinity : members.Of(rows.Slice(candidates[i] * columns, columns));
                if (factor > bestFactor)
                {
                    bestFactor = factor;
                    best = i;
                }
            }

            isTaken[best] = true;
            taken.Add(candidates[best]);
            _ = rest.TryRemove(rows.Slice(candidates[best] * columns, columns));
            members.Refresh();
        }

        return [.. taken];
    }

    private static MemberFactors Check(HoloEntropyModel model, ReadOnlySpan<ushort> rows, HoloEntropyOptions options, int count)
    {
        ArgumentNullException.ThrowIfNull(model);
        ArgumentNullException.ThrowIfNull(options);
        options.Validate();
        int columns = model.Schema.ColumnCount;
        if (rows.Length != (long)count * columns)
        {
            throw new ArgumentException($"{nameof(rows)} has {rows.Length} codes; {count} rows of {columns} columns have {(long)count * columns}.");
        }

        for (int i = 0; i < count; i++)
        {
            ReadOnlySpan<ushort> row = rows.Slice(i * columns, columns);
            if (!model.IsWellFormed(row))
            {
                throw new ArgumentException($"row {i} of {nameof(rows)} has a code that its column never gave out.");
            }
        }

        return new MemberFactors(model, options);
    }
}
