namespace Weft.Ids;

/// <summary>Runs the checks of a rule over one of its buffers. It owns the buffers for that; one instance serves one thread.</summary>
internal sealed class RuleEvaluator
{
    /// <summary>Bytes of payload that are evaluated; neither datagram nor window has more.</summary>
    public const int MaxPayload = 65_536;

    // A number may be extracted at several places; each is followed up alone, so many and no more.
    private const int MaxForks = 256;
    private const int MaxDepth = ByteOptionReader.MaxVariables;

    private static readonly int[] Beginning = [0];

    private readonly int[][] _cursors = new int[2 * (MaxDepth + 1)][];
    private readonly NestedEvaluator _nested = new();
    private readonly ExpressionMatcher _expressions = new();
    private readonly long[] _variables = new long[ByteOptionReader.MaxVariables];
    private int _forks;

    public RuleEvaluator()
    {
        for (int i = 0; i < _cursors.Length; i++)
        {
            _cursors[i] = new int[MaxPayload + 1];
        }
    }

    /// <summary>Runs checks over one buffer. Numbers that checks before extracted are still known.</summary>
    public bool Matches(PayloadCheck[] checks, ReadOnlySpan<byte> buffer, ref DetectorCounters counters)
    {
        _forks = 0;
        return Run(checks, 0, 0, buffer[..Math.Min(buffer.Length, MaxPayload)], Beginning, ref counters);
    }

    private bool Run(ReadOnlySpan<PayloadCheck> checks, int first, int depth, ReadOnlySpan<byte> data, ReadOnlySpan<int> from, ref DetectorCounters counters)
    {
        var evaluation = new Evaluation(data, _expressions, _cursors[2 * depth], _cursors[2 * depth + 1], _variables) { Nested = _nested };
        evaluation.Start(from);
        bool matches = true;
        for (int i = first; i < checks.Length && matches; i++)
        {
            if (checks[i].Sets >= 0 && checks[i].IsRelative && evaluation.Cursors.Length > 1 && depth < MaxDepth)
            {
                matches = Fork(checks, i, depth, data, evaluation.Cursors, ref counters);
                break;
            }

            evaluation.EndsMatter = DoEndsMatter(checks[(i + 1)..]);
            checks[i].Apply(ref evaluation);
            matches = !evaluation.HasFailed;
        }

        counters.Steps += evaluation.Steps;
        counters.CutShort += evaluation.IsCutShort ? 1 : 0;
        counters.PcreBudget += evaluation.IsOutOfBudget ? 1 : 0;
        return matches;
    }

    private static bool DoEndsMatter(ReadOnlySpan<PayloadCheck> behind)
    {
        foreach (PayloadCheck check in behind)
        {
            if (check.IsRelative)
            {
                return true;
            }
        }

        return false;
    }

    private bool Fork(ReadOnlySpan<PayloadCheck> checks, int at, int depth, ReadOnlySpan<byte> data, ReadOnlySpan<int> cursors, ref DetectorCounters counters)
    {
        for (int i = 0; i < cursors.Length; i++)
        {
            if (++_forks > MaxForks)
            {
                counters.CutShort++;
                return false;
            }

            if (Run(checks, at, depth + 1, data, cursors.Slice(i, 1), ref counters))
            {
                return true;
            }
        }

        return false;
    }
}
