namespace Weft.Ids;

/// <summary>A buffer that holds a number (most significant byte first) instead of text.</summary>
internal sealed class NumberCheck(NumberRange range) : PayloadCheck
{
    public override bool IsRelative => false;

    public override void Write(RuleWriter to) => to.Number(range);

    public override void Apply(ref Evaluation evaluation)
    {
        long value = 0;
        foreach (byte one in evaluation.Data)
        {
            value = value << 8 | one;
        }

        if (!range.Contains(value))
        {
            evaluation.Fail();
        }
    }
}

/// <summary>A buffer of events, of which one is asked for.</summary>
/// <param name="name">The event as the rule names it.</param>
/// <param name="bit">Its bit.</param>
internal sealed class EventCheck(string name, uint bit) : PayloadCheck
{
    public override bool IsRelative => false;

    public override void Write(RuleWriter to) => to.Option("app-layer-event", name);

    public override void Apply(ref Evaluation evaluation)
    {
        if ((System.Buffers.Binary.BinaryPrimitives.ReadUInt32BigEndian(evaluation.Data) & bit) == 0)
        {
            evaluation.Fail();
        }
    }
}

/// <summary><c>base64_decode</c>, with the checks of the <c>base64_data</c> behind it.</summary>
internal sealed class Base64Decode(int bytes, int offset, bool relative) : PayloadCheck
{
    // Places that decoding is tried from.
    private const int MaxStarts = 16;

    public override bool IsRelative => relative;

    /// <summary>Checks of what was decoded; empty if decoding is all that is asked.</summary>
    public List<PayloadCheck> Inner { get; } = [];

    public override void Write(RuleWriter to) => to.Option("base64_decode", FormattableString.Invariant($"bytes {bytes},offset {offset}{(relative ? ",relative" : "")}"));

    public override void Apply(ref Evaluation evaluation)
    {
        ReadOnlySpan<int> cursors = evaluation.Cursors;
        evaluation.IsCutShort |= relative && cursors.Length > MaxStarts;
        cursors = cursors[..Math.Min(cursors.Length, relative ? MaxStarts : 1)];
        evaluation.Begin();
        foreach (int cursor in cursors)
        {
            evaluation.Steps++;
            int start = (relative ? cursor : 0) + offset;
            if (start >= evaluation.Data.Length)
            {
                continue;
            }

            ReadOnlySpan<byte> text = evaluation.Data[start..];
            text = bytes > 0 && bytes < text.Length ? text[..bytes] : text;
            if (evaluation.Nested is NestedEvaluator nested && nested.Matches(text, Inner, ref evaluation))
            {
                evaluation.Add(cursor);
            }
        }

        evaluation.Commit();
    }
}
