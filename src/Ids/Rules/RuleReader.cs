namespace Weft.Ids;

/// <summary>Reads one rule: the seven words of its header, then its options one by one.</summary>
internal sealed class RuleReader(string text, int line, ListReader lists, ByteSetCache sets)
{
    private const int HeaderWords = 7;

    public Rule Rule { get; } = new() { Line = line };

    /// <summary>Column, from 1, of the word that was read last.</summary>
    public int Column { get; private set; } = 1;

    /// <summary>The word that was read last.</summary>
    public string Word { get; private set; } = "";

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
        (Rule.Action, Rule.RejectTarget, RuleError error) = word switch
        {
            "alert" => (RuleAction.Alert, RejectTarget.Source, RuleError.None),
            "drop" => (RuleAction.Drop, RejectTarget.Source, RuleError.None),
            "reject" or "rejectsrc" => (RuleAction.Reject, RejectTarget.Source, RuleError.None),
            "rejectdst" => (RuleAction.Reject, RejectTarget.Destination, RuleError.None),
            "rejectboth" => (RuleAction.Reject, RejectTarget.Both, RuleError.None),
            "pass" => (RuleAction.Pass, RejectTarget.Source, RuleError.None),
            _ => (RuleAction.Alert, RejectTarget.Source, RuleError.UnknownAction),
        };
        return error;
    }

    private RuleError ReadProtocol(string word)
    {
        bool isKnown = RuleProtocol.TryParse(word, out RuleProtocol protocol);
        Rule.Protocol = protocol;
        return isKnown ? RuleError.None : RuleError.UnknownProtocol;
    }

    private RuleError ReadOptions(int from, int to)
    {
        var options = new OptionReader(Rule, sets);
        int at = from;
        while (true)
        {
            while (at < to && char.IsWhiteSpace(text[at]))
            {
                at++;
            }

            if (at >= to)
            {
                break;
            }

            int end = EndOfOption(at, to);
            Column = at + 1;
            Word = text[at..Math.Min(end, to)];
            if (end >= to)
            {
                return RuleError.UnclosedOptions;
            }

            int colon = Word.IndexOf(':', StringComparison.Ordinal);
            string value = colon < 0 ? "" : Word[(colon + 1)..].Trim();
            Word = (colon < 0 ? Word : Word[..colon]).Trim();
            RuleError error = options.Read(Word, value);
            if (error != RuleError.None)
            {
                return error;
            }

            at = end + 1;
        }

        Word = "sid";
        return Rule.Sid == 0 ? RuleError.MissingSid : RuleError.None;
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
