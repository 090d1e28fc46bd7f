namespace Weft.Host.Config.Yaml;

/// <summary>Finds what somebody who mistyped a name meant.</summary>
internal static class NearestName
{
    private const int MaxLength = 40;

    /// <summary><c>; did you mean 'learning'?</c>, or <c>; known are …</c> where nothing is near.</summary>
    public static string Hint(string written, IReadOnlyCollection<string> known)
    {
        string? nearest = Find(written, known);
        if (nearest is not null)
        {
            return $"; did you mean '{nearest}'?";
        }

        return known.Count == 0 ? "; there are none" : $"; known are {string.Join(", ", known.Take(12))}{(known.Count > 12 ? " …" : "")}";
    }

    /// <summary>The known name with the fewest edits from <paramref name="written"/>, null if more than a third of it would change.</summary>
    public static string? Find(string written, IEnumerable<string> known)
    {
        if (written.Length is 0 or > MaxLength)
        {
            return null;
        }

        int limit = Math.Max(1, (written.Length + 1) / 3);
        string? best = null;
        foreach (string name in known)
        {
            int distance = name.Equals(written, StringComparison.OrdinalIgnoreCase) ? 0 : Distance(written, name);
            if (distance <= limit && (best is null || distance < limit))
            {
                (best, limit) = (name, distance);
            }
        }

        return best;
    }

    /// <summary>Levenshtein's distance: insertions, deletions and replacements, each costing 1.</summary>
    private static int Distance(string from, string to)
    {
        int[] row = Enumerable.Range(0, to.Length + 1).ToArray();
        for (int i = 1; i <= from.Length; i++)
        {
            int diagonal = row[0];
            row[0] = i;
            for (int j = 1; j <= to.Length; j++)
            {
                int replaced = diagonal + (char.ToLowerInvariant(from[i - 1]) == char.ToLowerInvariant(to[j - 1]) ? 0 : 1);
                diagonal = row[j];
                row[j] = Math.Min(replaced, Math.Min(row[j], row[j - 1]) + 1);
            }
        }

        return row[^1];
    }
}
