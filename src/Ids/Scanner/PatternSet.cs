namespace Weft.Ids;

/// <summary>
/// Many byte strings that are looked for at once: exact or without case, of one byte to 65,535, every occurrence reported,
/// overlapping ones too. Immutable; any number of threads may scan with one set, and to change the set means to build another
/// and exchange the reference.
/// </summary>
/// <remarks>
/// <para>Nothing is allocated by a scan. The work is linear in the data whatever the data is: a filter passes a position or
/// not, a position that passes costs at most sixteen comparisons of bounded length for each length of windows, however the
/// patterns were chosen, and those that would break these bounds go to an automaton that takes two steps a byte.</para>
/// <para>Matches come once each and in no promised order: kinds of pattern are looked for one after the other.</para>
/// </remarks>
public sealed class PatternSet
{
    private readonly PatternPool _pool;
    private readonly NibbleFilter? _nibbles;
    private readonly PairFilter? _pairs;
    private readonly WindowFilter? _windows;
    private readonly ShortFilter? _shorts;
    private readonly RunMatcher? _runs;
    private readonly Automaton? _exact;
    private readonly Automaton? _folded;

    internal PatternSet(PatternPool pool, PatternSetOptions options)
    {
        _pool = pool;
        var plan = new MatcherPlan(pool, options);
        long memory = pool.MemoryBytes;
        for (int pattern = 0; pattern < pool.Count; pattern++)
        {
            MaxPatternLength = Math.Max(MaxPatternLength, pool.Length(pattern));
        }

        bool useWide = options.MaxVectorBits >= 512;
        bool fewPairs = plan.Pairs.Count <= NibbleFilter.MaxPairs;
        if (plan.Filter == MatcherKind.Nibbles)
        {
            _nibbles = NibbleFilter.Create(pool, plan, plan.Windows, plan.EvenTriples, plan.Pairs, options.MaxVectorBits);
        }
        else
        {
            _pairs = plan.Filter == MatcherKind.Pairs ? PairFilter.Create(pool, plan, useWide) : null;
            _windows = plan.Filter == MatcherKind.Windows ? WindowFilter.Create(pool, plan, options.MaxVectorBits) : null;
            _nibbles = fewPairs ? NibbleFilter.Create(pool, plan, [], [], plan.Pairs, options.MaxVectorBits) : null;
            _shorts = ShortFilter.Create(pool, plan, fewPairs ? [] : plan.Pairs, options.MaxVectorBits);
        }

        memory += (_nibbles?.MemoryBytes ?? 0) + (_pairs?.MemoryBytes ?? 0) + (_windows?.MemoryBytes ?? 0) + (_shorts?.MemoryBytes ?? 0);
        Kinds |= _nibbles is null ? MatcherKind.None : MatcherKind.Nibbles;
        Kinds |= _pairs is null ? MatcherKind.None : MatcherKind.Pairs;
        Kinds |= _windows is null ? MatcherKind.None : MatcherKind.Windows;
        Kinds |= _shorts is null ? MatcherKind.None : MatcherKind.Triples;
        if (plan.Runs.Count + plan.Edges.Count > 0)
        {
            _runs = new RunMatcher(plan.Runs, pool, plan.Edges, options.MaxVectorBits);
            memory += _runs.MemoryBytes;
            Kinds |= MatcherKind.Runs;
        }

        _exact = plan.Exact.Count > 0 ? new Automaton(pool, plan.Exact, folds: false) : null;
        _folded = plan.Folded.Count > 0 ? new Automaton(pool, plan.Folded, folds: true) : null;
        Kinds |= _exact is null && _folded is null ? MatcherKind.None : MatcherKind.Automaton;
        MemoryBytes = memory + (_exact?.MemoryBytes ?? 0) + (_folded?.MemoryBytes ?? 0);
    }

    /// <summary>Number of patterns, lazy ones included.</summary>
    public int Count => _pool.Count;

    /// <summary>Bytes of the longest pattern, 0 in an empty set.</summary>
    public int MaxPatternLength { get; }

    /// <summary>Bytes of memory that the set's tables take.</summary>
    public long MemoryBytes { get; }

    /// <summary>The mechanisms that were chosen.</summary>
    public MatcherKind Kinds { get; }

    /// <summary>Bytes of memory that the caller keeps for each stream that it scans: twice the longest pattern and eight.</summary>
    public int StreamStateBytes => StreamTail.StateBytes(MaxPatternLength);

    /// <summary>The bytes of a pattern; folded to lower case if it matches without case.</summary>
    /// <exception cref="IndexOutOfRangeException">There is no such pattern.</exception>
    public ReadOnlySpan<byte> BytesOf(int pattern) => _pool.Bytes(pattern);

    /// <summary>How a pattern is compared.</summary>
    /// <exception cref="IndexOutOfRangeException">There is no such pattern.</exception>
    public PatternFlags FlagsOf(int pattern) => _pool.Flags(pattern);

    /// <summary>Reports every occurrence of every pattern that is not lazy.</summary>
    /// <param name="data">Any bytes.</param>
    /// <param name="sink">Receives the matches, with offsets in <paramref name="data"/>.</param>
    /// <returns>False if the sink ended the scan.</returns>
    public bool Scan<TSink>(ReadOnlySpan<byte> data, ref TSink sink)
        where TSink : struct, IMatchSink
    {
        ScanCounters counters = default;
        return Scan(data, ref sink, ref counters);
    }

    /// <summary>As <see cref="Scan{TSink}(ReadOnlySpan{byte}, ref TSink)"/>, and adds up what it did.</summary>
    public bool Scan<TSink>(ReadOnlySpan<byte> data, ref TSink sink, ref ScanCounters counters)
        where TSink : struct, IMatchSink
    {
        counters.Bytes += data.Length;
        return Scan(data, 0, ref sink, ref counters);
    }

    /// <summary>Makes the memory of a stream ready for its first bytes.</summary>
    /// <param name="state">At least <see cref="StreamStateBytes"/>.</param>
    /// <exception cref="ArgumentException">The memory is too small.</exception>
    public void StartStream(Span<byte> state) => new StreamTail(state, MaxPatternLength).Reset();

    /// <summary>
    /// Scans the next bytes of a stream. All calls together report what one <see cref="Scan{TSink}(ReadOnlySpan{byte}, ref TSink)"/>
    /// over the joined bytes reports, wherever the stream was cut; only the interval of a run may come in pieces.
    /// </summary>
    /// <param name="state">The stream's memory, made ready by <see cref="StartStream"/> of this set and used for one stream only.</param>
    /// <param name="data">The next bytes; may be empty.</param>
    /// <param name="sink">Receives the matches that end in these bytes, with offsets from the stream's start.</param>
    /// <param name="counters">What was done is added; bytes before a cut that had to be looked at again are counted again.</param>
    /// <returns>False if the sink ended the scan of these bytes; the stream may go on behind them.</returns>
    /// <remarks>Cost: that of a block, and of at most two lengths of the longest pattern for the cut.</remarks>
    /// <exception cref="ArgumentException">The memory is too small.</exception>
    public bool ScanStream<TSink>(Span<byte> state, ReadOnlySpan<byte> data, ref TSink sink, ref ScanCounters counters)
        where TSink : struct, IMatchSink
    {
        var tail = new StreamTail(state, MaxPatternLength);
        bool goesOn = tail.Length == 0 || data.IsEmpty || ScanCut(tail, data, ref sink, ref counters);

        // Bytes that fit beside the tail were scanned with it; longer data has all but its front still before it.
        if (goesOn && (tail.Length == 0 || data.Length > tail.Capacity))
        {
            counters.Bytes += data.Length;
            goesOn = Scan(data, tail.Position, ref sink, ref counters);
        }

        tail.Append(data);
        return goesOn;
    }

    /// <summary>Looks for one pattern, lazy or not.</summary>
    /// <param name="pattern">Its number.</param>
    /// <param name="data">Any bytes.</param>
    /// <returns>Where it begins for the first time, or -1.</returns>
    /// <exception cref="IndexOutOfRangeException">There is no such pattern.</exception>
    public int IndexOf(int pattern, ReadOnlySpan<byte> data)
    {
        ReadOnlySpan<byte> bytes = _pool.Bytes(pattern);
        return _pool.IsNoCase(pattern) ? AsciiCase.IndexOfFolded(data, bytes) : data.IndexOf(bytes);
    }

    private bool ScanCut<TSink>(StreamTail tail, ReadOnlySpan<byte> data, ref TSink sink, ref ScanCounters counters)
        where TSink : struct, IMatchSink
    {
        ReadOnlySpan<byte> joined = tail.Join(data);
        counters.Bytes += joined.Length;
        var cut = new CutSink<TSink>(_pool, sink, tail.Position, onlyAcross: data.Length > tail.Capacity);
        bool goesOn = Scan(joined, tail.Position - tail.Length, ref cut, ref counters);
        sink = cut.Inner;
        return goesOn;
    }

    private bool Scan<TSink>(ReadOnlySpan<byte> data, long origin, ref TSink sink, ref ScanCounters counters)
        where TSink : struct, IMatchSink
    {
        var scan = new ScanState<TSink>(data, origin, ref sink, ref counters);
        return (_nibbles is null || _nibbles.Scan(ref scan))
            && (_pairs is null || _pairs.Scan(ref scan))
            && (_windows is null || _windows.Scan(ref scan))
            && (_shorts is null || _shorts.Scan(ref scan))
            && (_runs is null || _runs.Scan(ref scan))
            && (_exact is null || _exact.Scan(ref scan))
            && (_folded is null || _folded.Scan(ref scan));
    }
}
