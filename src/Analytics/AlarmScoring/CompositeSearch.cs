namespace Weft.Analytics;

/// <summary>Finds the attributes worth combining: those that know most about one another.</summary>
public static class CompositeSearch
{
    /// <summary>Ranks all pairs of attributes by their mutual information in the given rows.</summary>
    /// <param name="rows">Rows one after another, of plain attributes.</param>
    /// <param name="attributes">Attributes of a row, at least 2.</param>
    /// <param name="count">Most pairs returned, at least 0.</param>
    /// <returns>The pairs of largest mutual information, largest first. Costs a pass over the rows a pair, and allocates.</returns>
    /// <exception cref="ArgumentException">The rows' length is no multiple of the attributes.</exception>
    public static AttributePair[] ByMutualInformation(ReadOnlySpan<ushort> rows, int attributes, int count)
    {
        ArgumentOutOfRangeException.ThrowIfLessThan(attributes, 2);
        ArgumentOutOfRangeException.ThrowIfNegative(count);
        if (rows.Length % attributes != 0)
        {
            throw new ArgumentException($"{nameof(rows)} has {rows.Length} codes, which is no multiple of {attributes} attributes.");
        }

        double[] entropies = new double[attributes];
        for (int i = 0; i < attributes; i++)
        {
            entropies[i] = JointEntropy(rows, attributes, i, i);
        }

        var pairs = new List<AttributePair>();
        for (int i = 0; i < attributes; i++)
        {
            for (int j = i + 1; j < attributes; j++)
            {
                double information = Math.Max(0, entropies[i] + entropies[j] - JointEntropy(rows, attributes, i, j));
                pairs.Add(new AttributePair(new AttributeId(i), new AttributeId(j), information));
            }
        }

        return [.. pairs.OrderByDescending(pair => pair.MutualInformation).Take(count)];
    }

    private static double JointEntropy(ReadOnlySpan<ushort> rows, int attributes, int first, int second)
    {
        var counts = new Dictionary<(ushort, ushort), long>();
        int total = rows.Length / attributes;
        for (int row = 0; row < total; row++)
        {
            (ushort, ushort) key = (rows[row * attributes + first], rows[row * attributes + second]);
            counts[key] = counts.GetValueOrDefault(key) + 1;
        }

        Int128 sum = 0;
        foreach (long count in counts.Values)
        {
            sum += Entropy.FixedCountLog(count);
        }

        return Entropy.OfColumn(total, Entropy.FromFixed(sum));
    }
}
