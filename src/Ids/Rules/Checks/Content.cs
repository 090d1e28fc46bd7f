namespace Weft.Ids;

/// <summary>One string of a rule, with where it may be.</summary>
internal sealed class Content : PayloadCheck
{
    /// <summary>The string; folded once it matches without case.</summary>
    public required byte[] Bytes { get; init; }

    public bool IsNegated { get; init; }

    public bool NoCase { get; private set; }

    public Operand? Offset { get; set; }

    public Operand? Depth { get; set; }

    public Operand? Distance { get; set; }

    public Operand? Within { get; set; }

    public bool StartsWith { get; set; }

    public bool EndsWith { get; set; }

    public bool IsFastPattern { get; set; }

    public override bool IsRelative => Distance is not null || Within is not null;

    /// <summary>True if the string may be anywhere, so that finding it is all there is to check.</summary>
    public bool IsAnywhere => !IsNegated && Offset is null && Depth is null && !IsRelative && !StartsWith && !EndsWith;

    /// <summary>True if it depends on where the payload begins.</summary>
    public bool IsAtPlace => Offset is not null || Depth is not null || StartsWith;

    public void IgnoreCase()
    {
        AsciiCase.Fold(Bytes, Bytes);
        NoCase = true;
    }

    public override void Write(RuleWriter to)
    {
        to.Option("content", (IsNegated ? "!" : "") + RuleWriter.Quoted(Bytes));
        to.Flag("nocase", NoCase);
        to.Number("offset", Offset);
        to.Number("depth", Depth);
        to.Number("distance", Distance);
        to.Number("within", Within);
        to.Flag("startswith", StartsWith);
        to.Flag("endswith", EndsWith);
        to.Flag("fast_pattern", IsFastPattern);
    }

    public override void Apply(ref Evaluation evaluation)
    {
        if (IsNegated)
        {
            ApplyNegated(ref evaluation);
        }
        else if (IsRelative)
        {
            ApplyRelative(ref evaluation);
        }
        else
        {
            ApplyAbsolute(ref evaluation);
        }
    }

    private void ApplyAbsolute(ref Evaluation evaluation)
    {
        (long from, long to) = AbsoluteWindow(ref evaluation);
        evaluation.Begin();
        for (int start = FindFrom(ref evaluation, from); start >= 0 && start + Bytes.Length <= to; start = FindFrom(ref evaluation, start + 1L))
        {
            if (!EndsWith || start + Bytes.Length == evaluation.Data.Length)
            {
                evaluation.Add(start + Bytes.Length);
            }
        }

        evaluation.Commit();
    }

    // Occurrences and cursors are both in order, so that one walk over both finds every occurrence some cursor allows: the
    // last cursor that is not too late for it is the one whose window reaches furthest.
    private void ApplyRelative(ref Evaluation evaluation)
    {
        long distance = Distance?.Read(evaluation.Variables) ?? 0;
        long within = Within?.Read(evaluation.Variables) ?? long.MaxValue / 4;
        ReadOnlySpan<int> cursors = evaluation.Cursors;
        int cursor = 0;
        evaluation.Begin();
        for (int start = FindFrom(ref evaluation, cursors[0] + distance); start >= 0; start = FindFrom(ref evaluation, start + 1L))
        {
            while (cursor + 1 < cursors.Length && Math.Max(0, cursors[cursor + 1] + distance) <= start)
            {
                cursor++;
            }

            int end = start + Bytes.Length;
            if (end <= cursors[cursor] + distance + within && (!EndsWith || end == evaluation.Data.Length))
            {
                evaluation.Add(end);
            }
        }

        evaluation.Commit();
    }

    private void ApplyNegated(ref Evaluation evaluation)
    {
        if (!IsRelative)
        {
            (long from, long to) = AbsoluteWindow(ref evaluation);
            if (IsFound(ref evaluation, from, to))
            {
                evaluation.Fail();
            }

            return;
        }

        long distance = Distance?.Read(evaluation.Variables) ?? 0;
        long within = Within?.Read(evaluation.Variables) ?? long.MaxValue / 4;
        ReadOnlySpan<int> cursors = evaluation.Cursors;
        evaluation.Begin();
        int next = -1;
        foreach (int cursor in cursors)
        {
            // The occurrence found for the cursor before serves as long as it is not behind this one's window.
            long from = Math.Max(0, cursor + distance);
            next = next >= from || next == int.MaxValue ? next : Next(ref evaluation, from);
            bool found = EndsWith ? IsFound(ref evaluation, from, cursor + distance + within) : next != int.MaxValue && next + Bytes.Length <= cursor + distance + within;
            if (!found)
            {
                evaluation.Add(cursor);
            }
        }

        evaluation.Commit();
    }

    private int Next(ref Evaluation evaluation, long from)
    {
        int found = FindFrom(ref evaluation, from);
        return found < 0 ? int.MaxValue : found;
    }

    private bool IsFound(ref Evaluation evaluation, long from, long to)
    {
        if (EndsWith)
        {
            from = Math.Max(from, evaluation.Data.Length - Bytes.Length);
        }

        int start = FindFrom(ref evaluation, from);
        return start >= 0 && start + Bytes.Length <= to;
    }

    private int FindFrom(ref Evaluation evaluation, long from)
    {
        evaluation.Steps++;
        int start = (int)Math.Clamp(from, 0, evaluation.Data.Length);
        ReadOnlySpan<byte> rest = evaluation.Data[start..];
        int found = NoCase ? AsciiCase.IndexOfFolded(rest, Bytes) : rest.IndexOf(Bytes);
        return found < 0 ? -1 : start + found;
    }

    private (long From, long To) AbsoluteWindow(ref Evaluation evaluation)
    {
        long offset = StartsWith ? 0 : Offset?.Read(evaluation.Variables) ?? 0;
        long depth = StartsWith ? Bytes.Length : Depth?.Read(evaluation.Variables) ?? long.MaxValue / 4;
        return (offset, offset + depth);
    }
}
