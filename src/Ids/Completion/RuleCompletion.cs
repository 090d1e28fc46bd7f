namespace Weft.Ids;

/// <summary>Finds the rules of a group all of whose patterns occur. One instance serves one thread, and one group at a time.</summary>
internal sealed class RuleCompletion
{
    private readonly CompletionDesign _design;
    private readonly FoundPatterns _found;
    private readonly int[] _complete;
    private readonly ulong[] _seen;
    private readonly uint[] _seenIn;
    private RuleGroup _group;
    private int _count;
    private uint _scan;

    public RuleCompletion(IReadOnlyList<RuleGroup> groups, CompletionDesign design)
    {
        _design = design;
        _group = groups[0];
        _found = new FoundPatterns(groups.Max(group => group.Patterns.Count));
        int rules = groups.Max(group => group.Table.RuleCount);
        _complete = new int[rules];
        _seen = new ulong[design == CompletionDesign.Push ? rules : 0];
        _seenIn = new uint[_seen.Length];
    }

    /// <summary>Patterns found so far, in the order in which they were.</summary>
    public ReadOnlySpan<int> Found => _found.List;

    /// <summary>Begins to look for the rules of a group.</summary>
    public void Begin(RuleGroup group)
    {
        _group = group;
        _count = 0;
        _found.Clear();

        // The number of the scan tells sets of this scan from those of scans before; when it comes around, all are forgotten.
        if (++_scan == 0)
        {
            Array.Clear(_seenIn);
            _scan = 1;
        }
    }

    /// <summary>Takes a pattern as found.</summary>
    public void Add(int pattern)
    {
        if (!_found.Add(pattern) || _design == CompletionDesign.Pull)
        {
            return;
        }

        foreach (RulePatternId identifier in _group.Table.IdentifiersOf(pattern))
        {
            Push(identifier);
        }
    }

    /// <summary>Scans bytes.</summary>
    /// <param name="data">The bytes.</param>
    /// <param name="known">Matches that end within so many bytes are known already and left out.</param>
    /// <param name="counters">What the scan did.</param>
    public void Scan(ReadOnlySpan<byte> data, int known, ref ScanCounters counters)
    {
        if (_group.Patterns.Count > 0)
        {
            var sink = new Sink(this, known);
            _group.Patterns.Scan(data, ref sink, ref counters);
        }
    }

    /// <summary>Scans bytes, and gives what lies within a packet to another one, which looks for the same group.</summary>
    /// <param name="packet">Takes patterns that begin in the packet.</param>
    /// <param name="data">The bytes; the packet's are the last.</param>
    /// <param name="known">Matches that end within so many bytes are known already and left out.</param>
    /// <param name="start">Where the packet's bytes begin.</param>
    /// <param name="counters">What the scan did.</param>
    public void Scan(RuleCompletion packet, ReadOnlySpan<byte> data, int known, int start, ref ScanCounters counters)
    {
        if (_group.Patterns.Count > 0)
        {
            var sink = new SegmentSink(this, packet, known, start);
            _group.Patterns.Scan(data, ref sink, ref counters);
        }
    }

    /// <summary>The complete rules as numbers in the group, in no promised order; good until the next <see cref="Begin"/>.</summary>
    public ReadOnlySpan<int> Complete()
    {
        if (_design == CompletionDesign.Pull)
        {
            _count = 0;
            Pull();
        }

        return _complete.AsSpan(0, _count);
    }

    private void Pull()
    {
        foreach (int pattern in _found.List)
        {
            foreach (int rule in _group.Table.AnchoredBy(pattern))
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
        foreach (int pattern in _group.Table.PatternsOf(rule))
        {
            if (!_found.Contains(pattern))
            {
                return false;
            }
        }

        return true;
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
        if (_seen[rule] == ulong.MaxValue >> (RulePatternTable.MaxOrdinals - _group.Table.PatternsOf(rule).Length))
        {
            _complete[_count++] = rule;
        }
    }

    private readonly struct Sink(RuleCompletion completion, int known) : IMatchSink
    {
        public bool OnMatch(int pattern, long end)
        {
            if (end > known)
            {
                completion.Add(pattern);
            }

            return true;
        }

        public bool OnRun(int pattern, long firstEnd, long lastEnd) => OnMatch(pattern, lastEnd);
    }

    private readonly struct SegmentSink(RuleCompletion stream, RuleCompletion packet, int known, int start) : IMatchSink
    {
        public bool OnMatch(int pattern, long end)
        {
            if (end > known)
            {
                stream.Add(pattern);
            }

            if (end - stream._group.Patterns.BytesOf(pattern).Length >= start)
            {
                packet.Add(pattern);
            }

            return true;
        }

        public bool OnRun(int pattern, long firstEnd, long lastEnd) => OnMatch(pattern, lastEnd);
    }
}
