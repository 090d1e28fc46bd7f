namespace Weft.Ids;

/// <summary>Comparisons of <c>byte_test</c>.</summary>
internal enum ByteComparison
{
    Equal,
    Less,
    Greater,
    LessOrEqual,
    GreaterOrEqual,
    And,
    Or,
}

/// <summary><c>byte_test</c>: keeps the cursors from which a number compares as asked.</summary>
internal sealed class ByteTest(ByteReader reader, ByteComparison comparison, bool negated, Operand operand) : PayloadCheck
{
    public override bool IsRelative => reader.IsRelative;

    public override void Write(RuleWriter to)
    {
        string sign = comparison switch
        {
            ByteComparison.Equal => "=",
            ByteComparison.Less => "<",
            ByteComparison.Greater => ">",
            ByteComparison.LessOrEqual => "<=",
            ByteComparison.GreaterOrEqual => ">=",
            ByteComparison.And => "&",
            _ => "^",
        };
        to.Option("byte_test", $"{to.Of(reader.Count)},{(negated ? "!" : "")}{sign},{to.Of(operand)},{to.Of(reader.Offset)}{reader.Flags()}");
    }

    public override void Apply(ref Evaluation evaluation)
    {
        ReadOnlySpan<int> cursors = evaluation.Cursors;
        evaluation.Begin();
        foreach (int cursor in cursors)
        {
            evaluation.Steps++;
            if (reader.TryRead(evaluation.Data, cursor, evaluation.Variables, out ulong value, out _)
                && Compare(value, (ulong)operand.Read(evaluation.Variables)) != negated)
            {
                evaluation.Add(cursor);
            }
        }

        evaluation.Commit();
    }

    private bool Compare(ulong value, ulong other) => comparison switch
    {
        ByteComparison.Equal => value == other,
        ByteComparison.Less => value < other,
        ByteComparison.Greater => value > other,
        ByteComparison.LessOrEqual => value <= other,
        ByteComparison.GreaterOrEqual => value >= other,
        ByteComparison.And => (value & other) != 0,
        _ => (value ^ other) != 0,
    };
}

/// <summary><c>byte_jump</c>: moves each cursor by a number in the payload.</summary>
internal sealed class ByteJump(ByteReader reader, long multiplier, int align, bool fromBeginning, bool fromEnd, Operand postOffset) : PayloadCheck
{
    public override bool IsRelative => reader.IsRelative;

    public override void Write(RuleWriter to)
    {
        string from = fromBeginning ? ",from_beginning" : fromEnd ? ",from_end" : "";
        string rounded = align == 0 ? "" : FormattableString.Invariant($",align {align}");
        to.Option("byte_jump", FormattableString.Invariant($"{to.Of(reader.Count)},{to.Of(reader.Offset)}{reader.Flags()},multiplier {multiplier}{rounded}{from},post_offset {to.Of(postOffset)}"));
    }

    public override void Apply(ref Evaluation evaluation)
    {
        ReadOnlySpan<int> cursors = evaluation.Cursors;
        evaluation.Begin();
        foreach (int cursor in cursors)
        {
            evaluation.Steps++;
            if (!reader.TryRead(evaluation.Data, cursor, evaluation.Variables, out ulong value, out int end) || value > int.MaxValue)
            {
                continue;
            }

            long jump = (long)value * multiplier;
            jump = align == 0 ? jump : (jump + align - 1) / align * align;
            long target = (fromBeginning ? 0 : fromEnd ? evaluation.Data.Length : end) + jump + postOffset.Read(evaluation.Variables);
            if (target >= 0 && target <= evaluation.Data.Length)
            {
                evaluation.Add((int)target);
            }
        }

        evaluation.Commit();
    }
}

/// <summary><c>byte_extract</c>: keeps a number for the keywords that follow.</summary>
internal sealed class ByteExtract(ByteReader reader, int variable, long multiplier, int align) : PayloadCheck
{
    public override bool IsRelative => reader.IsRelative;

    public override int Sets => variable;

    public override void Write(RuleWriter to)
    {
        string rounded = align == 0 ? "" : FormattableString.Invariant($",align {align}");
        to.Option("byte_extract", FormattableString.Invariant($"{to.Of(reader.Count)},{to.Of(reader.Offset)},{to.NameOf(variable)}{reader.Flags()},multiplier {multiplier}{rounded}"));
    }

    public override void Apply(ref Evaluation evaluation)
    {
        int cursor = evaluation.Cursors[0];
        evaluation.Steps++;
        evaluation.Begin();
        if (reader.TryRead(evaluation.Data, cursor, evaluation.Variables, out ulong value, out int end))
        {
            long result = unchecked((long)value * multiplier);
            evaluation.Variables[variable] = align == 0 ? result : (result + align - 1) / align * align;
            evaluation.Add(end);
        }

        evaluation.Commit();
    }
}

/// <summary><c>byte_math</c>: computes with a number in the payload and keeps the result.</summary>
internal sealed class ByteMath(ByteReader reader, string operation, Operand operand, int variable) : PayloadCheck
{
    public override bool IsRelative => reader.IsRelative;

    public override int Sets => variable;

    public override void Write(RuleWriter to)
    {
        string text = reader.TextBase == 0 ? "" : $",string {reader.TextBase switch { 8 => "oct", 10 => "dec", _ => "hex" }}";
        string mask = reader.Mask == 0 ? "" : FormattableString.Invariant($",bitmask 0x{reader.Mask:x}");
        string order = reader.IsLittleEndian ? ",endian little" : "";
        string relative = reader.IsRelative ? ",relative" : "";
        to.Option("byte_math", FormattableString.Invariant($"bytes {to.Of(reader.Count)},offset {to.Of(reader.Offset)},oper {operation},rvalue {to.Of(operand)},result {to.NameOf(variable)}{order}{text}{mask}{relative}"));
    }

    public override void Apply(ref Evaluation evaluation)
    {
        int cursor = evaluation.Cursors[0];
        long right = operand.Read(evaluation.Variables);
        evaluation.Steps++;
        evaluation.Begin();
        if (reader.TryRead(evaluation.Data, cursor, evaluation.Variables, out ulong value, out int end) && (operation != "/" || right != 0))
        {
            ulong other = (ulong)right;
            evaluation.Variables[variable] = unchecked((long)(operation switch
            {
                "+" => value + other,
                "-" => value - other,
                "*" => value * other,
                "/" => value / other,
                "<<" => right is >= 0 and < 64 ? value << (int)right : 0,
                _ => right is >= 0 and < 64 ? value >> (int)right : 0,
            }));
            evaluation.Add(end);
        }

        evaluation.Commit();
    }
}

/// <summary><c>isdataat</c>: keeps the cursors behind which there is enough data, or not.</summary>
internal sealed class IsDataAt(Operand position, bool negated, bool relative) : PayloadCheck
{
    public override bool IsRelative => relative;

    public bool IsNegated => negated;

    public override void Write(RuleWriter to) => to.Option("isdataat", $"{(negated ? "!" : "")}{to.Of(position)}{(relative ? ",relative" : "")}");

    public override void Apply(ref Evaluation evaluation)
    {
        ReadOnlySpan<int> cursors = evaluation.Cursors;
        long at = position.Read(evaluation.Variables);
        evaluation.Begin();
        foreach (int cursor in cursors)
        {
            evaluation.Steps++;

            // Suricata counts a relative position from one, an absolute one from zero.
            bool isThere = relative ? cursor + at <= evaluation.Data.Length : at < evaluation.Data.Length;
            if (isThere != negated)
            {
                evaluation.Add(cursor);
            }
        }

        evaluation.Commit();
    }
}

/// <summary><c>bsize</c> and <c>dsize</c> on a payload: a comparison of its length.</summary>
internal sealed class SizeCheck(NumberRange range) : PayloadCheck
{
    public override bool IsRelative => false;

    public override void Write(RuleWriter to) => to.Option("bsize", range.ToString());

    public override void Apply(ref Evaluation evaluation)
    {
        if (!range.Contains(evaluation.Data.Length))
        {
            evaluation.Fail();
        }
    }
}
