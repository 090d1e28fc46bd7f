using System.Globalization;

namespace Weft.Ids;

/// <summary>Reads <c>byte_test</c>, <c>byte_jump</c>, <c>byte_extract</c> and <c>byte_math</c>, and knows the variables they define.</summary>
internal sealed class ByteOptionReader
{
    /// <summary>Variables a rule may define.</summary>
    public const int MaxVariables = 8;

    private const int MaxAlign = 8;

    private readonly List<string> _variables = [];

    private Flags _flags;

    public bool TryReadOperand(string text, out Operand operand)
    {
        text = text.Trim();
        int variable = _variables.IndexOf(text);
        operand = new Operand(0, variable);
        if (variable >= 0)
        {
            return true;
        }

        bool negative = text.StartsWith('-');
        string digits = negative ? text[1..] : text;
        bool isRead = digits.StartsWith("0x", StringComparison.OrdinalIgnoreCase)
            ? long.TryParse(digits.AsSpan(2), NumberStyles.AllowHexSpecifier, null, out long value)
            : long.TryParse(digits, NumberStyles.None, null, out value);
        operand = Operand.Constant(negative ? -value : value);
        return isRead;
    }

    public RuleError ReadTest(string text, out PayloadCheck? check)
    {
        check = null;
        string[] words = Split(text);
        if (words.Length < 4 || !TryReadOperand(words[0], out Operand count) || !TryReadOperand(words[2], out Operand value)
            || !TryReadOperand(words[3], out Operand offset) || !TryReadFlags(words.AsSpan(4)))
        {
            return RuleError.BadValue;
        }

        bool negated = words[1].StartsWith('!') && words[1].Length > 1;
        ByteComparison? comparison = (negated ? words[1][1..].Trim() : words[1]) switch
        {
            "=" => ByteComparison.Equal,
            "!" => ByteComparison.Equal,
            "<" => ByteComparison.Less,
            ">" => ByteComparison.Greater,
            "<=" => ByteComparison.LessOrEqual,
            ">=" => ByteComparison.GreaterOrEqual,
            "&" => ByteComparison.And,
            "^" => ByteComparison.Or,
            _ => null,
        };
        if (comparison is null || !TryMakeReader(count, offset, out ByteReader reader))
        {
            return RuleError.BadValue;
        }

        check = new ByteTest(reader, comparison.Value, negated || words[1] == "!", value);
        return RuleError.None;
    }

    public RuleError ReadJump(string text, out PayloadCheck? check)
    {
        check = null;
        string[] words = Split(text);
        if (words.Length < 2 || !TryReadOperand(words[0], out Operand count) || !TryReadOperand(words[1], out Operand offset)
            || !TryReadFlags(words.AsSpan(2)) || !TryMakeReader(count, offset, out ByteReader reader))
        {
            return RuleError.BadValue;
        }

        check = new ByteJump(reader, _flags.Multiplier, _flags.Align, _flags.FromBeginning, _flags.FromEnd, _flags.PostOffset);
        return RuleError.None;
    }

    public RuleError ReadExtract(string text, out PayloadCheck? check)
    {
        check = null;
        string[] words = Split(text);
        if (words.Length < 3 || !TryReadOperand(words[0], out Operand count) || !TryReadOperand(words[1], out Operand offset)
            || !TryReadFlags(words.AsSpan(3)) || !TryMakeReader(count, offset, out ByteReader reader) || !TryDefine(words[2], out int variable))
        {
            return RuleError.BadValue;
        }

        check = new ByteExtract(reader, variable, _flags.Multiplier, _flags.Align);
        return RuleError.None;
    }

    public RuleError ReadMath(string text, out PayloadCheck? check)
    {
        check = null;
        Operand? count = null;
        Operand? offset = null;
        Operand? value = null;
        string operation = "";
        string result = "";
        var flags = new List<string>();
        foreach (string word in Split(text))
        {
            string[] pair = word.Split(' ', 2, StringSplitOptions.RemoveEmptyEntries | StringSplitOptions.TrimEntries);
            Operand operand = default;
            bool isRead = pair switch
            {
                ["bytes", string number] => TryReadOperand(number, out operand) && (count = operand) is not null,
                ["offset", string number] => TryReadOperand(number, out operand) && (offset = operand) is not null,
                ["rvalue", string number] => TryReadOperand(number, out operand) && (value = operand) is not null,
                ["oper", "+" or "-" or "*" or "/" or "<<" or ">>"] => (operation = pair[1]).Length > 0,
                ["result", string name] => (result = name).Length > 0,
                ["endian", "big" or "little"] => Keep(flags, pair[1]),
                ["string", "hex" or "dec" or "oct"] => Keep(flags, "string") && Keep(flags, pair[1]),
                ["bitmask", _] => Keep(flags, word),
                ["relative"] => Keep(flags, word),
                _ => false,
            };
            if (!isRead)
            {
                return RuleError.BadValue;
            }
        }

        if (count is null || offset is null || value is null || operation.Length == 0 || !TryReadFlags([.. flags])
            || !TryMakeReader(count.Value, offset.Value, out ByteReader reader) || !TryDefine(result, out int variable))
        {
            return RuleError.BadValue;
        }

        check = new ByteMath(reader, operation, value.Value, variable);
        return RuleError.None;
    }

    private static string[] Split(string text) => text.Split(',', StringSplitOptions.TrimEntries);

    private static bool Keep(List<string> flags, string flag)
    {
        flags.Add(flag);
        return true;
    }

    // A name that a rule defines twice is the same variable with a new value.
    private bool TryDefine(string name, out int variable)
    {
        variable = _variables.IndexOf(name);
        if (variable >= 0)
        {
            return true;
        }

        variable = _variables.Count;
        if (name.Length == 0 || char.IsAsciiDigit(name[0]) || _variables.Count == MaxVariables)
        {
            return false;
        }

        _variables.Add(name);
        return true;
    }

    private bool TryMakeReader(Operand count, Operand offset, out ByteReader reader)
    {
        reader = new ByteReader(count, offset, _flags.IsRelative, _flags.IsLittleEndian, _flags.TextBase, _flags.Mask);
        int most = _flags.TextBase == 0 ? ByteReader.MaxBinary : ByteReader.MaxText;
        return count.Variable >= 0 || (count.Value >= 0 && count.Value <= most);
    }

    private bool TryReadFlags(ReadOnlySpan<string> words)
    {
        _flags = new Flags { Multiplier = 1, PostOffset = Operand.Constant(0) };
        bool isText = false;
        foreach (string word in words)
        {
            string[] pair = word.Split(' ', 2, StringSplitOptions.RemoveEmptyEntries | StringSplitOptions.TrimEntries);
            Operand number = default;
            if (pair.Length == 2 && !TryReadOperand(pair[0] == "bitmask" && !pair[1].StartsWith("0x", StringComparison.Ordinal) ? "0x" + pair[1] : pair[1], out number))
            {
                return false;
            }

            switch (pair)
            {
                case ["relative"]:
                    _flags.IsRelative = true;
                    break;
                case ["little"]:
                    _flags.IsLittleEndian = true;
                    break;
                case ["big"]:
                    break;
                case ["string"]:
                    isText = true;
                    break;
                case ["hex"]:
                    _flags.TextBase = 16;
                    break;
                case ["dec"]:
                    _flags.TextBase = 10;
                    break;
                case ["oct"]:
                    _flags.TextBase = 8;
                    break;
                case ["from_beginning"]:
                    _flags.FromBeginning = true;
                    break;
                case ["from_end"]:
                    _flags.FromEnd = true;
                    break;
                case ["align"]:
                    _flags.Align = 4;
                    break;
                case ["align", _] when number.Value is > 0 and <= MaxAlign:
                    _flags.Align = (int)number.Value;
                    break;
                case ["multiplier", _] when number.Value is > 0 and <= ushort.MaxValue:
                    _flags.Multiplier = number.Value;
                    break;
                case ["post_offset", _]:
                    _flags.PostOffset = number;
                    break;
                case ["bitmask", _]:
                    _flags.Mask = (ulong)number.Value;
                    break;
                default:
                    return false;
            }
        }

        _flags.TextBase = isText && _flags.TextBase == 0 ? 10 : _flags.TextBase;
        return isText || _flags.TextBase == 0;
    }

    private struct Flags
    {
        public bool IsRelative;
        public bool IsLittleEndian;
        public bool FromBeginning;
        public bool FromEnd;
        public int TextBase;
        public int Align;
        public long Multiplier;
        public ulong Mask;
        public Operand PostOffset;
    }
}
