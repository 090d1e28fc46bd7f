namespace Weft.Ids;

/// <summary>Which pattern goes to which matcher, and under which window.</summary>
internal sealed class MatcherPlan
{
    /// <summary>Bytes of a window; shorter patterns, and in large sets those of just this length, are found by three or two.</summary>
    private const int Window = 4;
    private const int TripleLength = 3;
    private const int PairLength = 2;

    // Each stands in the bitmap of windows with all its neighbours; more would fill it.
    private const int MostShortBesideWindows = 400;

    // A pattern with a short period makes its own long comparisons succeed again and again; so does a very long one.
    private const int LongPattern = 256;
    private const int ShortPeriod = 64;
    private const int MaxCompared = 4096;

    private readonly PatternPool _pool;
    private readonly WindowChooser _chooser;
    private readonly List<int> _filtered = [];
    private readonly bool _hasManyTriples;

    public MatcherPlan(PatternPool pool, PatternSetOptions options)
    {
        _pool = pool;
        for (int pattern = 0; pattern < pool.Count; pattern++)
        {
            if ((pool.Flags(pattern) & PatternFlags.Lazy) == 0)
            {
                Assign(pattern, automatonOnly: options.Prefer == MatcherKind.Automaton);
            }
        }

        Filter = FilterFor(options, _filtered.Count);
        _hasManyTriples = !IsSmall && _filtered.Count(pattern => pool.Length(pattern) is TripleLength or Window) > MostShortBesideWindows;
        _chooser = new WindowChooser(pool, _filtered, IsSmall ? 1 : 2);
        foreach (int pattern in _filtered)
        {
            if (!TryAddEdge(pattern, pool.Bytes(pattern)) && !TryChoose(pattern))
            {
                AddToAutomaton(pattern);
            }
        }
    }

    /// <summary>What looks for most patterns: tables of pairs or nibbles, or a bitmap of windows.</summary>
    public MatcherKind Filter { get; }

    /// <summary>Bits of a hash that tell the buckets of a table apart.</summary>
    /// <param name="length">Bytes of its windows, 2 to 4.</param>
    public int BucketBits(int length) => _chooser.BucketBits(length);

    /// <summary>True if each pattern has one window at any place; false for a bitmap that is probed at even places only.</summary>
    public bool IsSmall => Filter != MatcherKind.Windows;

    /// <summary>Patterns under four-byte windows: one each in a small set, one for each parity in a large one.</summary>
    public List<WindowEntry> Windows { get; } = [];

    /// <summary>
    /// Patterns under three of their bytes. In a small set those that have no more. In a large set with few short ones those for
    /// which four are too common or too many, here for occurrences that have the three bytes at an even place.
    /// </summary>
    public List<WindowEntry> EvenTriples { get; } = [];

    /// <summary>The same in a large set, for occurrences that have the three bytes at an odd place.</summary>
    public List<WindowEntry> OddTriples { get; } = [];

    /// <summary>
    /// Patterns under three bytes of a large set that has too many short ones to be looked for beside windows: all of three and four
    /// bytes, and those for which four are too common.
    /// </summary>
    public List<WindowEntry> Triples { get; } = [];

    /// <summary>Patterns of two bytes.</summary>
    public List<WindowEntry> Pairs { get; } = [];

    public List<(byte Value, int Length, int Pattern)> Runs { get; } = [];

    /// <summary>Patterns that are found at the edges of runs.</summary>
    public List<RunEdge> Edges { get; } = [];

    public List<int> Exact { get; } = [];

    public List<int> Folded { get; } = [];

    private static MatcherKind FilterFor(PatternSetOptions options, int patterns) => options.Prefer switch
    {
        MatcherKind.Pairs or MatcherKind.Nibbles or MatcherKind.Windows => options.Prefer,
        _ when patterns <= PairFilter.MaxEntries && options.MaxVectorBits >= 512 && PairFilter.IsSupported => MatcherKind.Pairs,
        _ when patterns <= NibbleFilter.MaxEntries(options.MaxVectorBits) => MatcherKind.Nibbles,
        _ => MatcherKind.Windows,
    };

    private void Assign(int pattern, bool automatonOnly)
    {
        ReadOnlySpan<byte> bytes = _pool.Bytes(pattern);
        bool anyCase = _pool.IsNoCase(pattern) && AsciiCase.IsLetter(bytes[0]);
        if (automatonOnly || IsCostlyToCompare(bytes))
        {
            AddToAutomaton(pattern);
        }
        else if (bytes.Length == 1 && anyCase)
        {
            Runs.Add((bytes[0], 1, pattern));
            Runs.Add(((byte)(bytes[0] ^ 0x20), 1, pattern));
        }
        else if (!anyCase && !bytes.ContainsAnyExcept(bytes[0]))
        {
            Runs.Add((bytes[0], bytes.Length, pattern));
        }
        else
        {
            _filtered.Add(pattern);
        }
    }

    /// <returns>False if every window of the pattern has as many patterns already as may share one.</returns>
    private bool TryChoose(int pattern)
    {
        ReadOnlySpan<byte> bytes = _pool.Bytes(pattern);
        if (bytes.Length == PairLength)
        {
            return TryAdd(Pairs, pattern, _chooser.Choose(bytes, PairLength, from: 0, step: 1));
        }

        if (bytes.Length <= Window && _hasManyTriples)
        {
            return TryAdd(Triples, pattern, _chooser.Choose(bytes, TripleLength, from: 0, step: 1));
        }

        if (IsSmall)
        {
            bool isTriple = bytes.Length == TripleLength;
            return TryAdd(isTriple ? EvenTriples : Windows, pattern, _chooser.Choose(bytes, isTriple ? TripleLength : Window, from: 0, step: 1));
        }

        return TryChooseBoth(pattern, bytes)
            || (_hasManyTriples && TryAdd(Triples, pattern, _chooser.Choose(bytes, TripleLength, from: 0, step: 1)));
    }

    /// <summary>Chooses what occurrences at even places are found by and what those at odd ones are: windows are looked up at even places.</summary>
    private bool TryChooseBoth(int pattern, ReadOnlySpan<byte> bytes)
    {
        List<WindowEntry>? even = TryChooseFor(0, bytes, pattern, out WindowChoice choice);
        if (even is null || TryChooseFor(1, bytes, pattern, out _) is not null)
        {
            return even is not null;
        }

        // Both or none: whoever looks for it instead would report some occurrences twice.
        _chooser.Return(choice);
        even.RemoveAt(even.Count - 1);
        return false;
    }

    /// <summary>Chooses for occurrences that begin at an even (0) or odd (1) place.</summary>
    /// <returns>Where the pattern was added; null if nowhere.</returns>
    private List<WindowEntry>? TryChooseFor(int parity, ReadOnlySpan<byte> bytes, int pattern, out WindowChoice choice)
    {
        choice = _chooser.Choose(bytes, Window, from: parity, step: 2);
        List<WindowEntry> list = Windows;
        if (choice.Cost > WindowChooser.LeastTriple + WindowChooser.FourthByte)
        {
            WindowChoice triple = _chooser.Choose(bytes, TripleLength, from: 0, step: 1);
            bool isBetter = triple.IsFound && choice.Cost - WindowChooser.FourthByte > triple.Cost;
            if (isBetter && _hasManyTriples)
            {
                return null;
            }

            list = !isBetter ? Windows : (triple.Offset + parity) % 2 == 0 ? EvenTriples : OddTriples;
            choice = isBetter ? triple : choice;
        }

        return TryAdd(list, pattern, choice) ? list : null;
    }

    /// <summary>True if the pattern is looked for at the edges of runs, because its windows are as common as the byte it repeats.</summary>
    private bool TryAddEdge(int pattern, ReadOnlySpan<byte> bytes)
    {
        if (_pool.IsNoCase(pattern) || !RunEdge.TryFind(bytes, out int before, out int run))
        {
            return false;
        }

        byte value = bytes[before];
        WindowChoice best = _chooser.Choose(bytes, TripleLength, from: 0, step: 1);
        if (best.Cost <= WindowChooser.TooCommon || Edges.Count(edge => edge.Value == value) == RunEdge.MaxShared)
        {
            return false;
        }

        Edges.Add(new RunEdge(value, before, run, _pool.Entry(0, pattern, 0)));
        return true;
    }

    private bool TryAdd(List<WindowEntry> to, int pattern, WindowChoice choice)
    {
        if (!choice.IsFound)
        {
            return false;
        }

        _chooser.Take(choice);
        to.Add(_pool.Entry(choice.Key, pattern, choice.Offset));
        return true;
    }

    private void AddToAutomaton(int pattern) => (_pool.IsNoCase(pattern) ? Folded : Exact).Add(pattern);

    private static bool IsCostlyToCompare(ReadOnlySpan<byte> bytes) =>
        bytes.ContainsAnyExcept(bytes[0]) && (bytes.Length > MaxCompared || (bytes.Length > LongPattern && PeriodOf(bytes[..LongPattern]) < ShortPeriod));

    /// <summary>Smallest distance by which the bytes can be shifted onto themselves (the border table of Knuth, Morris and Pratt).</summary>
    private static int PeriodOf(ReadOnlySpan<byte> bytes)
    {
        Span<int> border = stackalloc int[LongPattern + 1];
        border[0] = -1;
        for (int i = 0, length = -1; i < bytes.Length;)
        {
            while (length >= 0 && bytes[i] != bytes[length])
            {
                length = border[length];
            }

            border[++i] = ++length;
        }

        return bytes.Length - border[bytes.Length];
    }
}
