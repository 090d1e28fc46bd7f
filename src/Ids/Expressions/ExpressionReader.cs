namespace Weft.Ids;

/// <summary>Reads an expression in PCRE's syntax, by bytes.</summary>
internal sealed class ExpressionReader
{
    /// <summary>Parts within parts.</summary>
    public const int MaxDepth = 64;

    private readonly ExpressionText _text;
    private readonly ByteSetCache _sets;
    private readonly Dictionary<string, int> _names = new(StringComparer.Ordinal);
    private ExpressionModes _modes;
    private bool _isQuoted;
    private int _depth;

    public ExpressionReader(byte[] text, ExpressionModes modes, ByteSetCache sets)
    {
        _text = new ExpressionText(text);
        _modes = modes;
        _sets = sets;
    }

    /// <summary>Parts that are remembered.</summary>
    public int Captures { get; private set; }

    /// <summary>True if one of them is asked for again.</summary>
    public bool HasBackReferences { get; private set; }

    public ExpressionNode Read()
    {
        ExpressionNode node = ReadChoice();
        return _text.IsAtEnd ? node : throw ExpressionException.Wrong("a parenthesis closes nothing");
    }

    /// <summary>Number of a capture by its name, wherever it stands in the expression.</summary>
    public int NumberOf(string name) => _names.TryGetValue(name, out int number) ? number : throw ExpressionException.Wrong($"no part is called {name}");

    private bool Has(ExpressionModes mode) => (_modes & mode) != 0;

    private ExpressionNode ReadChoice()
    {
        if (++_depth > MaxDepth)
        {
            throw ExpressionException.Unsupported("nested too deeply");
        }

        var choices = new List<ExpressionNode>();
        var parts = new List<ExpressionNode>();
        ExpressionModes before = _modes;
        SkipIgnored();
        while (!_text.IsAtEnd && (_isQuoted || _text.Next != ')'))
        {
            if (!_isQuoted && _text.TryRead((byte)'|'))
            {
                choices.Add(Sequence(parts));
                parts = [];
            }
            else if (ReadPart() is ExpressionNode part)
            {
                parts.Add(_isQuoted ? part : ReadRepetition(part));
            }

            SkipIgnored();
        }

        // Modes that are set inside of a group end with it.
        _modes = before;
        _depth--;
        choices.Add(Sequence(parts));
        return choices.Count == 1 ? choices[0] : choices.TrueForAll(choice => choice is SetNode) ? Set(choices.Aggregate(default(ByteBits), (bits, choice) => bits | ((SetNode)choice).Set.Bits))
            : new ChoiceNode([.. choices]);
    }

    private static ExpressionNode Sequence(List<ExpressionNode> parts) => parts.Count == 1 ? parts[0] : new SequenceNode([.. parts]);

    /// <summary>Reads one part; null for one that is nothing: a comment, modes.</summary>
    private ExpressionNode? ReadPart()
    {
        byte value = _text.Read();
        if (_isQuoted)
        {
            _isQuoted = !_text.TryRead("\\E"u8);
            return Byte(value);
        }

        switch (value)
        {
            case (byte)'.':
                return Set(Has(ExpressionModes.DotAll) ? ByteBits.All : ByteClasses.NoLineFeed);
            case (byte)'[':
                return Set(EscapeReader.ReadClass(_text, Has(ExpressionModes.IgnoreCase)));
            case (byte)'(':
                return ReadGroup();
            case (byte)'^':
                return new PlaceNode(Has(ExpressionModes.Multiline) ? ExpressionPlace.LineStart : ExpressionPlace.Start);
            case (byte)'$':
                return new PlaceNode(Has(ExpressionModes.Multiline) ? ExpressionPlace.LineEnd : Has(ExpressionModes.DollarEndOnly) ? ExpressionPlace.End : ExpressionPlace.LastLineEnd);
            case (byte)'\\':
                return ReadEscape();
            case (byte)'*' or (byte)'+' or (byte)'?':
                throw ExpressionException.Wrong("nothing to repeat");
            default:
                return Byte(value);
        }
    }

    /// <summary>White space and comments between parts mean nothing in the extended mode.</summary>
    private void SkipIgnored()
    {
        while (Has(ExpressionModes.Extended) && !_isQuoted && !_text.IsAtEnd && (_text.Next == '#' || ByteClasses.Space.Contains(_text.Next)))
        {
            bool isComment = _text.Read() == '#';
            while (isComment && !_text.IsAtEnd && _text.Read() != '\n')
            {
            }
        }
    }

    private SetNode Set(ByteBits bits) => new(_sets.Of(bits));

    private SetNode Byte(byte value)
    {
        var bits = ByteBits.Of(value);
        if (Has(ExpressionModes.IgnoreCase))
        {
            bits.Fold();
        }

        return Set(bits);
    }

    private ExpressionNode? ReadEscape()
    {
        byte letter = _text.Read();
        if (ByteClasses.TryEscape(letter, out ByteBits bits))
        {
            return Set(bits);
        }

        switch (letter)
        {
            case (byte)'b':
                return new PlaceNode(ExpressionPlace.WordEdge);
            case (byte)'B':
                return new PlaceNode(ExpressionPlace.NoWordEdge);
            case (byte)'A' or (byte)'G':
                return new PlaceNode(ExpressionPlace.Start);
            case (byte)'Z':
                return new PlaceNode(ExpressionPlace.LastLineEnd);
            case (byte)'z':
                return new PlaceNode(ExpressionPlace.End);
            case (byte)'N':
                return Set(ByteClasses.NoLineFeed);
            case (byte)'C':
                return Set(ByteBits.All);
            case (byte)'R':
                return LineBreak();
            case (byte)'K':
                // It moves where a match begins; rules ask where it ends.
                return new SequenceNode([]);
            case (byte)'Q':
                _isQuoted = !_text.TryRead("\\E"u8);
                return null;
            case (byte)'E':
                return null;
            case (byte)'k':
                return Named(_text.Read() switch { (byte)'{' => (byte)'}', (byte)'<' => (byte)'>', (byte)'\'' => (byte)'\'', _ => throw ExpressionException.Wrong("\\k without a name") });
            case (byte)'g':
                return ReadNumbered();
            case >= (byte)'1' and <= (byte)'9':
                return ReadDigitReference();
            case (byte)'p' or (byte)'P' or (byte)'X':
                throw ExpressionException.Unsupported("Unicode properties");
            default:
                return Byte(EscapeReader.ReadByte(_text, letter));
        }
    }

    private AtomicNode LineBreak()
    {
        var pair = new SequenceNode([Set(ByteBits.Of((byte)'\r')), Set(ByteBits.Of((byte)'\n'))]);
        return new AtomicNode(new ChoiceNode([pair, Set(ByteClasses.Vertical)]));
    }

    // \1 to \9 are back-references; of more digits those that name no part are octal.
    private ExpressionNode ReadDigitReference()
    {
        int at = --_text.At;
        int digits = _text.ReadDigits(10, int.MaxValue, out int number);
        if (digits == 1 || number <= Captures)
        {
            return Reference(number);
        }

        _text.At = at;
        if (_text.Next >= '8')
        {
            throw ExpressionException.Wrong($"there is no part {number}");
        }

        return Byte(EscapeReader.ReadByte(_text, _text.Read()));
    }

    // \g{name}, \g{2}, \g{-1}, \g2, \g-1.
    private BackReferenceNode ReadNumbered()
    {
        if (_text.Next is (byte)'<' or (byte)'\'')
        {
            throw ExpressionException.Unsupported("calls of other parts");
        }

        bool isBraced = _text.TryRead((byte)'{');
        bool isRelative = _text.TryRead((byte)'-');
        if (isBraced && !isRelative && !char.IsAsciiDigit((char)_text.Next))
        {
            return Named((byte)'}');
        }

        if (_text.ReadDigits(10, int.MaxValue, out int number) == 0 || (isBraced && !_text.TryRead((byte)'}')))
        {
            throw ExpressionException.Wrong("\\g without a number");
        }

        return Reference(isRelative ? Captures + 1 - number : number);
    }

    private BackReferenceNode Reference(int number)
    {
        HasBackReferences = true;
        return number > 0 ? new BackReferenceNode(number, Has(ExpressionModes.IgnoreCase)) : throw ExpressionException.Wrong("a back-reference to nothing");
    }

    private BackReferenceNode Named(byte close) => Reference(NumberOf(_text.ReadUntil(close)));

    private ExpressionNode? ReadGroup()
    {
        if (_text.TryRead((byte)'*'))
        {
            throw ExpressionException.Unsupported("verbs");
        }

        if (!_text.TryRead((byte)'?'))
        {
            return ReadCapture(null);
        }

        switch (_text.Read())
        {
            case (byte)':':
                return Close(ReadChoice());
            case (byte)'>':
                return new AtomicNode(Close(ReadChoice()));
            case (byte)'=':
                return new LookNode(Close(ReadChoice()), IsBehind: false, IsNegated: false);
            case (byte)'!':
                return new LookNode(Close(ReadChoice()), IsBehind: false, IsNegated: true);
            case (byte)'<' when _text.Next is (byte)'=' or (byte)'!':
                bool isNegated = _text.Read() == '!';
                return new LookNode(Close(ReadChoice()), IsBehind: true, isNegated);
            case (byte)'#':
                _text.ReadUntil((byte)')');
                return null;
            case (byte)'<':
                return ReadCapture(_text.ReadUntil((byte)'>'));
            case (byte)'\'':
                return ReadCapture(_text.ReadUntil((byte)'\''));
            case (byte)'P' when _text.TryRead((byte)'<'):
                return ReadCapture(_text.ReadUntil((byte)'>'));
            case (byte)'P' when _text.TryRead((byte)'='):
                return Named((byte)')');
            case (byte)'P' or (byte)'R' or (byte)'&' or (byte)'+' or (>= (byte)'0' and <= (byte)'9'):
                throw ExpressionException.Unsupported("calls of other parts");
            case (byte)'(':
                throw ExpressionException.Unsupported("conditions");
            case (byte)'|':
                throw ExpressionException.Unsupported("choices that number their parts alike");
            case (byte)'C':
                throw ExpressionException.Unsupported("callouts");
            default:
                _text.At--;
                return ReadModes();
        }
    }

    private CaptureNode ReadCapture(string? name)
    {
        int number = ++Captures;
        if (name is not null && (name.Length == 0 || char.IsAsciiDigit(name[0]) || !_names.TryAdd(name, number)))
        {
            throw ExpressionException.Wrong("a name is not good, or used twice");
        }

        return new CaptureNode(number, Close(ReadChoice()));
    }

    private ExpressionNode Close(ExpressionNode node) => _text.TryRead((byte)')') ? node : throw ExpressionException.Wrong("a parenthesis is not closed");

    // (?i) to the end of the group, (?i:…) for one group.
    private ExpressionNode? ReadModes()
    {
        ExpressionModes before = _modes;
        bool isOn = true;
        while (true)
        {
            byte letter = _text.Read();
            switch (letter)
            {
                case (byte)')':
                    return null;
                case (byte)':':
                    ExpressionNode node = Close(ReadChoice());
                    _modes = before;
                    return node;
                case (byte)'-' when isOn:
                    isOn = false;
                    break;
                case (byte)'^' when _modes == before:
                    _modes &= ~(ExpressionModes.IgnoreCase | ExpressionModes.Multiline | ExpressionModes.DotAll | ExpressionModes.Extended);
                    break;
                default:
                    ExpressionModes mode = ModeOf(letter);
                    _modes = isOn ? _modes | mode : _modes & ~mode;
                    break;
            }
        }
    }

    private static ExpressionModes ModeOf(byte letter) => letter switch
    {
        (byte)'i' => ExpressionModes.IgnoreCase,
        (byte)'m' => ExpressionModes.Multiline,
        (byte)'s' => ExpressionModes.DotAll,
        (byte)'x' => ExpressionModes.Extended,
        (byte)'U' => ExpressionModes.Ungreedy,
        (byte)'J' or (byte)'n' => throw ExpressionException.Unsupported($"the mode {(char)letter}"),
        _ => throw ExpressionException.Wrong("unknown characters behind a question mark"),
    };

    private ExpressionNode ReadRepetition(ExpressionNode part)
    {
        while (true)
        {
            SkipIgnored();
            if (!RepetitionReader.TryRead(_text, out int least, out int most))
            {
                return part;
            }

            RepeatMode mode = _text.TryRead((byte)'+') ? RepeatMode.Possessive
                : _text.TryRead((byte)'?') != Has(ExpressionModes.Ungreedy) ? RepeatMode.Lazy : RepeatMode.Greedy;
            part = new RepeatNode(part, least, most, mode);
        }
    }
}
