namespace Weft.Ids;

/// <summary>Rules that are to be compared, gathered from several groups and then put in order, each once.</summary>
internal sealed class Candidates(int ruleCount)
{
    private readonly int[] _rules = new int[2 * ruleCount + 1];
    private int _count;

    public int Count => _count;

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

    public void Add(int rule)
    {
        if (_count == _rules.Length)
        {
            _ = InOrder();
        }

        _rules[_count++] = rule;
    }

    /// <summary>Adds rules of a group, by their numbers in it.</summary>
    /// <param name="group">The group.</param>
    /// <param name="numbers">The numbers.</param>
    /// <param name="phase">Rules that are not compared then are left out.</param>
    public void Add(RuleGroup group, ReadOnlySpan<int> numbers, RulePhases phase)
    {
        if (_count + numbers.Length > _rules.Length)
        {
            _ = InOrder();
        }

        foreach (int number in numbers)
        {
            _rules[_count] = group.Rules[number];
            _count += (group.Phases[number] & phase) != 0 ? 1 : 0;
        }
    }

    /// <summary>Adds those rules of a group whose string is near the beginning of the data.</summary>
    public void AddPlaced(RuleGroup group, ReadOnlySpan<byte> data, RulePhases phase)
    {
        foreach (ref readonly PlacedRule placed in group.Placed.AsSpan())
        {
            if ((placed.Phases & phase) != 0 && placed.IsIn(data))
            {
                Add(placed.Rule);
            }
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
