namespace Weft.Ids;

/// <summary>The state of one rule over one payload: the cursors that are reachable so far, in order and each once.</summary>
internal ref struct Evaluation(ReadOnlySpan<byte> data, ExpressionMatcher expressions, Span<int> current, Span<int> next, Span<long> variables)
{
    public readonly ReadOnlySpan<byte> Data = data;

    /// <summary>Runs regular expressions.</summary>
    public readonly ExpressionMatcher Expressions = expressions;

    public readonly Span<long> Variables = variables;

    /// <summary>Evaluates what is decoded inside this payload; null where that cannot be.</summary>
    public NestedEvaluator? Nested;

    /// <summary>True if a step behind the one that is applied depends on where its matches end.</summary>
    public bool EndsMatter = true;

    /// <summary>Searches and comparisons made, for the counters.</summary>
    public long Steps;

    /// <summary>True if a regular expression used up its steps.</summary>
    public bool IsOutOfBudget;

    /// <summary>True if a bound cut the evaluation short.</summary>
    public bool IsCutShort;

    private Span<int> _current = current;
    private Span<int> _next = next;
    private int _count = 0;
    private int _added = 0;
    private bool _sorted = true;

    public readonly ReadOnlySpan<int> Cursors => _current[.._count];

    public readonly bool HasFailed => _count == 0;

    public void Start(int cursor)
    {
        _current[0] = cursor;
        _count = 1;
    }

    public void Start(ReadOnlySpan<int> cursors)
    {
        cursors.CopyTo(_current);
        _count = cursors.Length;
    }

    public void Fail() => _count = 0;

    public void Begin()
    {
        _added = 0;
        _sorted = true;
    }

    public void Add(int cursor)
    {
        if (_added > 0 && _next[_added - 1] == cursor)
        {
            return;
        }

        // More than the buffer holds can only be repetitions, out of order.
        if (_added == _next.Length)
        {
            Compact();
        }

        _sorted &= _added == 0 || _next[_added - 1] < cursor;
        _next[_added++] = cursor;
    }

    public void Commit()
    {
        if (!_sorted)
        {
            Compact();
        }

        Span<int> old = _current;
        _current = _next;
        _next = old;
        _count = _added;
    }

    private void Compact()
    {
        Span<int> added = _next[.._added];
        added.Sort();
        int kept = 0;
        foreach (int cursor in added)
        {
            if (kept == 0 || added[kept - 1] != cursor)
            {
                added[kept++] = cursor;
            }
        }

        _added = kept;
        _sorted = true;
    }
}
