namespace Weft.Ids;

/// <summary>Reads one rule: the seven words of its header, then its options one by one.</summary>
internal sealed class RuleReader(string text, int line, ListReader lists, ByteSetCache sets)
{
    private const int HeaderWords = 7;
    private const int ShortHeaderWords = 2;
    private static readonly string[] Anything = ["any", "any", "->", "any", "any"];

    public Rule Rule { get; } = new() { Line = line };

    /// <summary>Column, from 1, of the word that was read last.</summary>
    public int Column { get; private set; } = 1;

    /// <summary>The word that was read last.</summary>
    public string Word { get; private set; } = "";

    /// <summary>True for the word that a rule begins with.</summary>
    public static bool IsAction(string word) => ActionOf(word) is not null;

    public RuleError Read()
    {
        int open = text.IndexOf('(', StringComparison.Ordinal);
        if (open < 0 || !text.EndsWith(')'))
        {
            return open < 0 ? RuleError.BadHeader : RuleError.UnclosedOptions;
        }

        RuleError error = ReadHeader(open);
        return error != RuleError.None ? error : ReadOptions(open + 1, text.Length - 1);
    }

    private RuleError ReadHeader(int end)
    {
        var words = new List<(int Start, string Text)>();
        int nesting = 0;
        int start = -1;
        for (int i = 0; i <= end; i++)
        {
            bool isSpace = i == end || (char.IsWhiteSpace(text[i]) && nesting == 0);
            if (!isSpace)
            {
                nesting += text[i] == '[' ? 1 : text[i] == ']' ? -1 : 0;
                start = start < 0 ? i : start;
            }
            else if (start >= 0)
            {
                words.Add((start, text[start..i]));
                start = -1;
            }
        }

        // Snort 3 may leave addresses and ports out: any.
        if (words.Count == ShortHeaderWords)
        {
            words.AddRange(Anything.Select(word => (words[^1].Start, word)));
        }

        if (words.Count != HeaderWords)
        {
            return RuleError.BadHeader;
        }

        RuleError error = RuleError.None;
        for (int i = 0; i < HeaderWords && error == RuleError.None; i++)
        {
            (int at, Word) = words[i];
            Column = at + 1;
            error = ReadHeaderWord(i, Word);
        }

        return error;
    }

    private RuleError ReadHeaderWord(int index, string word)
    {
        RuleError error = RuleError.None;
        switch (index)
        {
            case 0:
                return ReadAction(word);
            case 1:
                return ReadProtocol(word);
            case 2:
                error = lists.ReadAddresses(word, out AddressSet source);
                Rule.Source = source;
                return error;
            case 3:
                error = lists.ReadPorts(word, out PortSet sourcePorts);
                Rule.SourcePorts = sourcePorts;
                return error;
            case 4:
                Rule.IsBidirectional = word == "<>";
                return word is "->" or "<>" ? RuleError.None : RuleError.BadHeader;
            case 5:
                error = lists.ReadAddresses(word, out AddressSet destination);
                Rule.Destination = destination;
                return error;
            default:
                error = lists.ReadPorts(word, out PortSet destinationPorts);
                Rule.DestinationPorts = destinationPorts;
                return error;
        }
    }

    private RuleError ReadAction(string word)
    {
        (Rule.Action, Rule.RejectTarget) = ActionOf(word) ?? (RuleAction.Alert, RejectTarget.Source);
        return IsAction(word) ? RuleError.None : RuleError.UnknownAction;
    }

    private static (RuleAction Action, RejectTarget Target)? ActionOf(string word) => word switch
    {
        "alert" => (RuleAction.Alert, RejectTarget.Source),
        "drop" or "block" => (RuleAction.Drop, RejectTarget.Source),
        "reject" or "rejectsrc" => (RuleAction.Reject, RejectTarget.Source),
        "rejectdst" => (RuleAction.Reject, RejectTarget.Destination),
        "rejectboth" => (RuleAction.Reject, RejectTarget.Both),
        "pass" => (RuleAction.Pass, RejectTarget.Source),
        _ => null,
    };

    private RuleError ReadProtocol(string word)
    {
        bool isKnown = RuleProtocol.TryParse(word, out RuleProtocol protocol);
        Rule.Protocol = protocol;
        return isKnown ? RuleError.None : RuleError.UnknownProtocol;
    }

    private RuleError ReadOptions(int from, int to)
    {
        var options = new OptionReader(Rule, sets);
        bool isSnort3 = Snort3Options.Are(Options(from, to).Select(option => Divide(text[option.At..option.End])));
        foreach ((int at, int end) in Options(from, to))
        {
            Column = at + 1;
            Word = text[at..end];
            if (end >= to)
            {
                return RuleError.UnclosedOptions;
            }

            (Word, string value) = Divide(Word);
            (string keyword, value) = isSnort3 ? Snort3Options.Translate(Word, value) : (Word, value);
            RuleError error = options.Read(keyword, value);
            if (error != RuleError.None)
            {
                return error;
            }
        }

        Word = "sid";
        return Rule.Sid == 0 ? RuleError.MissingSid : RuleError.None;
    }

    private static (string Keyword, string Value) Divide(string option)
    {
        int colon = option.IndexOf(':', StringComparison.Ordinal);
        return colon < 0 ? (option.Trim(), "") : (option[..colon].Trim(), option[(colon + 1)..].Trim());
    }

    // The end of each is its semicolon, or the end of all where that is missing.
    private IEnumerable<(int At, int End)> Options(int from, int to)
    {
        int end;
        for (int at = from; at < to; at = end + 1)
        {
            while (at < to && char.IsWhiteSpace(text[at]))
            {
                at++;
            }

            if (at >= to)
            {
                break;
            }

            end = Math.Min(EndOfOption(at, to), to);
            yield return (at, end);
        }
    }

    // A semicolon inside a value is escaped, in strings too.
    private int EndOfOption(int at, int to)
    {
        while (at < to && text[at] != ';')
        {
            at += text[at] == '\\' ? 2 : 1;
        }

        return at;
    }
}
