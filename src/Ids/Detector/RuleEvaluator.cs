namespace Weft.Ids;

/// <summary>Runs the payload checks of one rule. It owns the buffers for that; one instance serves one thread.</summary>
internal sealed class RuleEvaluator
{
    /// <summary>Bytes of payload that are evaluated; an IP datagram has not more.</summary>
    public const int MaxPayload = 65_535;

    // A number may be extracted at several places; each is followed up alone, so many and no more.
    private const int MaxForks = 256;
    private const int MaxDepth = ByteOptionReader.MaxVariables;

    private static readonly int[] Beginning = [0];

    private readonly int[][] _cursors = new int[2 * (MaxDepth + 1)][];
    private readonly char[] _text = new char[MaxPayload];
    private readonly long[] _variables = new long[ByteOptionReader.MaxVariables];
    private int _forks;

    public RuleEvaluator()
    {
        for (int i = 0; i < _cursors.Length; i++)
        {
            _cursors[i] = new int[MaxPayload + 1];
        }
    }

    public bool Matches(CompiledRule rule, ReadOnlySpan<byte> payload, ref DetectorCounters counters)
    {
        ReadOnlySpan<byte> data = payload[..Math.Min(payload.Length, MaxPayload)];
        ReadOnlySpan<char> text = [];
        if (rule.NeedsText)
        {
            _ = System.Text.Encoding.Latin1.GetChars(data, _text);
            text = _text.AsSpan(0, data.Length);
        }

        _forks = 0;
        return Run(rule.Checks, 0, 0, data, text, Beginning, ref counters);
    }

    private bool Run(ReadOnlySpan<PayloadCheck> checks, int first, int depth, ReadOnlySpan<byte> data, ReadOnlySpan<char> text, ReadOnlySpan<int> from, ref DetectorCounters counters)
    {
        var evaluation = new Evaluation(data, text, _cursors[2 * depth], _cursors[2 * depth + 1], _variables);
        evaluation.Start(from);
        bool matches = true;
        for (int i = first; i < checks.Length && matches; i++)
        {
            if (checks[i].Sets >= 0 && checks[i].IsRelative && evaluation.Cursors.Length > 1 && depth < MaxDepth)
            {
                matches = Fork(checks, i, depth, data, text, evaluation.Cursors, ref counters);
                break;
            }

            checks[i].Apply(ref evaluation);
            matches = !evaluation.HasFailed;
        }

        counters.Steps += evaluation.Steps;
        counters.CutShort += evaluation.IsCutShort ? 1 : 0;
        return matches;
    }

    private bool Fork(ReadOnlySpan<PayloadCheck> checks, int at, int depth, ReadOnlySpan<byte> data, ReadOnlySpan<char> text, ReadOnlySpan<int> cursors, ref DetectorCounters counters)
    {
        for (int i = 0; i < cursors.Length; i++)
        {
            if (++_forks > MaxForks)
            {
                counters.CutShort++;
                return false;
            }

            if (Run(checks, at, depth + 1, data, text, cursors.Slice(i, 1), ref counters))
            {
                return true;
            }
        }

        return false;
    }
}
