namespace Weft.Flows.Classification;

/// <summary>From a 16-bit number to the row of rules that it suits: one load.</summary>
internal sealed class NumberRows
{
    private const int Numbers = 1 << 16;

    private readonly int[]? _offsets;

    /// <param name="ranges">What each rule wants; none for all numbers.</param>
    /// <param name="rows">Where rows are kept.</param>
    public NumberRows(IReadOnlyList<IReadOnlyList<PortRange>> ranges, RuleRows rows)
    {
        ulong[] row = rows.Where(rule => ranges[rule].Count == 0);
        Absent = rows.OffsetOf(row);
        (int At, int Rule, int Change)[] steps = [.. ranges.SelectMany((list, rule) => list.SelectMany<PortRange, (int, int, int)>(range => [(range.First, rule, 1), (range.Last + 1, rule, -1)])).Order()];
        if (steps.Length == 0)
        {
            return;
        }

        // Ranges of one rule may overlap.
        int[] open = new int[ranges.Count];
        _offsets = new int[Numbers];
        int next = 0;
        for (int number = 0; number < Numbers;)
        {
            for (; next < steps.Length && steps[next].At == number; next++)
            {
                int rule = steps[next].Rule;
                open[rule] += steps[next].Change;
                RuleRows.Set(row, rule, open[rule] > 0);
            }

            int until = next < steps.Length ? Math.Min(steps[next].At, Numbers) : Numbers;
            _offsets.AsSpan(number, until - number).Fill(rows.OffsetOf(row));
            number = until;
        }
    }

    /// <summary>The row of packets that have no such number.</summary>
    public int Absent { get; }

    public int Of(ushort number) => _offsets is null ? Absent : _offsets[number];
}
