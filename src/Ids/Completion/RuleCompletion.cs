namespace Weft.Ids;

/// <summary>Finds the rules all of whose patterns occur in a payload. One instance serves one thread.</summary>
internal sealed class RuleCompletion
{
    private readonly PatternSet _patterns;
    private readonly RulePatternTable _table;
    private readonly CompletionDesign _design;
    private readonly FoundPatterns _found;
    private readonly int[] _complete;
    private readonly ulong[] _seen;
    private readonly uint[] _seenIn;
    private int _count;
    private uint _scan;

    public RuleCompletion(PatternSet patterns, RulePatternTable table, CompletionDesign design)
    {
        _patterns = patterns;
        _table = table;
        _design = design;
        _found = new FoundPatterns(patterns.Count);
        _complete = new int[table.RuleCount];
        _seen = new ulong[design == CompletionDesign.Push ? table.RuleCount : 0];
        _seenIn = new uint[_seen.Length];
    }

    /// <summary>Scans a payload.</summary>
    /// <returns>The complete rules, in no promised order; good until the next call.</returns>
    public ReadOnlySpan<int> Find(ReadOnlySpan<byte> payload, ref ScanCounters counters)
    {
        _count = 0;
        _found.Clear();
        BeginScan();
        var sink = new Sink(this);
        _patterns.Scan(payload, ref sink, ref counters);
        if (_design == CompletionDesign.Pull)
        {
            Pull();
        }

        return _complete.AsSpan(0, _count);
    }

    private void Pull()
    {
        foreach (int pattern in _found.List)
        {
            foreach (int rule in _table.AnchoredBy(pattern))
            {
                if (IsComplete(rule))
                {
                    _complete[_count++] = rule;
                }
            }
        }
    }

    private bool IsComplete(int rule)
    {
        foreach (int pattern in _table.PatternsOf(rule))
        {
            if (!_found.Contains(pattern))
            {
                return false;
            }
        }

        return true;
    }

    private void OnFound(int pattern)
    {
        if (!_found.Add(pattern) || _design == CompletionDesign.Pull)
        {
            return;
        }

        foreach (RulePatternId identifier in _table.IdentifiersOf(pattern))
        {
            Push(identifier);
        }
    }

    private void Push(RulePatternId identifier)
    {
        int rule = identifier.Rule;
        if (_seenIn[rule] != _scan)
        {
            _seenIn[rule] = _scan;
            _seen[rule] = 0;
        }

        _seen[rule] |= 1UL << identifier.Ordinal;
        if (_seen[rule] == ulong.MaxValue >> (RulePatternTable.MaxOrdinals - _table.PatternsOf(rule).Length))
        {
            _complete[_count++] = rule;
        }
    }

    // The number of the scan tells sets of this scan from those of scans before; when it comes around, all are forgotten.
    private void BeginScan()
    {
        if (++_scan == 0)
        {
            Array.Clear(_seenIn);
            _scan = 1;
        }
    }

    private readonly struct Sink(RuleCompletion completion) : IMatchSink
    {
        public bool OnMatch(int pattern, long end)
        {
            completion.OnFound(pattern);
            return true;
        }

        public bool OnRun(int pattern, long firstEnd, long lastEnd) => OnMatch(pattern, lastEnd);
    }
}
