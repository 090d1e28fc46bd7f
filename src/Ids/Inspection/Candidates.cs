namespace Weft.Ids;

/// <summary>Rules that are to be compared, gathered from several groups and then put in order, each once.</summary>
internal sealed class Candidates(int ruleCount)
{
    private readonly int[] _rules = new int[2 * ruleCount + 1];
    private int _count;

    public bool IsEmpty => _count == 0;

    public void Clear() => _count = 0;

    public void Add(ReadOnlySpan<int> rules)
    {
        if (_count + rules.Length > _rules.Length)
        {
            _ = InOrder();
        }

        rules.CopyTo(_rules.AsSpan(_count));
        _count += rules.Length;
    }

    public void Add(RuleGroup group, ReadOnlySpan<int> numbers)
    {
        if (_count + numbers.Length > _rules.Length)
        {
            _ = InOrder();
        }

        foreach (int number in numbers)
        {
            _rules[_count++] = group.Rules[number];
        }
    }

    /// <summary>The rules in the order in which they apply.</summary>
    public ReadOnlySpan<int> InOrder()
    {
        Span<int> all = _rules.AsSpan(0, _count);
        all.Sort();
        int kept = 0;
        foreach (int rule in all)
        {
            if (kept == 0 || all[kept - 1] != rule)
            {
                all[kept++] = rule;
            }
        }

        _count = kept;
        return all[..kept];
    }
}
