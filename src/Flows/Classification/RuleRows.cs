namespace Weft.Flows.Classification;

/// <summary>
/// Sets of rules as rows of bits, each row once. In front of the bits of a row stands a word that says which of its words are not zero, so that
/// rows are compared 64 words at a time.
/// </summary>
internal sealed class RuleRows(int rules, long mostBytes)
{
    private readonly Dictionary<ulong[], int> _known = new(new SameBits());
    private readonly List<ulong[]> _rows = [];

    /// <summary>Words of bits in a row.</summary>
    public int Words { get; } = (rules + 63) / 64;

    /// <summary>Words of a row with the one in front.</summary>
    public int Stride => Words + 1;

    /// <summary>Words of all rows.</summary>
    public long Length => (long)_rows.Count * Stride;

    /// <summary>A row of no rules.</summary>
    public ulong[] Empty() => new ulong[Words];

    /// <summary>A row of the rules that a condition holds for.</summary>
    public ulong[] Where(Func<int, bool> condition)
    {
        ulong[] row = Empty();
        for (int rule = 0; rule < rules; rule++)
        {
            Set(row, rule, condition(rule));
        }

        return row;
    }

    /// <summary>Puts a rule into a row, or out of it.</summary>
    public static void Set(ulong[] row, int rule, bool isIn) => row[rule >> 6] = isIn ? row[rule >> 6] | 1UL << rule : row[rule >> 6] & ~(1UL << rule);

    /// <summary>Where a row is, or will be once it is there: an offset into <see cref="ToArray"/>.</summary>
    public int OffsetOf(ulong[] row)
    {
        if (!_known.TryGetValue(row, out int place))
        {
            if ((Length + Stride) * sizeof(ulong) > mostBytes)
            {
                throw new ArgumentException($"The {rules} rules need more than {mostBytes >> 20} MiB. Fewer different prefixes and port ranges need less.", nameof(rules));
            }

            ulong[] own = [.. row];
            _known[own] = place = _rows.Count;
            _rows.Add(own);
        }

        return place * Stride;
    }

    /// <summary>All rows behind each other.</summary>
    public ulong[] ToArray()
    {
        ulong[] all = new ulong[Length];
        for (int at = 0; at < _rows.Count; at++)
        {
            ulong[] row = _rows[at];
            row.CopyTo(all, (at * Stride) + 1);
            for (int word = 0; word < Words; word++)
            {
                all[at * Stride] |= row[word] != 0 ? 1UL << word : 0;
            }
        }

        return all;
    }

    private sealed class SameBits : IEqualityComparer<ulong[]>
    {
        public bool Equals(ulong[]? x, ulong[]? y) => x.AsSpan().SequenceEqual(y);

        public int GetHashCode(ulong[] row)
        {
            var hash = new HashCode();
            foreach (ulong word in row)
            {
                hash.Add(word);
            }

            return hash.ToHashCode();
        }
    }
}
