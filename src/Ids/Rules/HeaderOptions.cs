namespace Weft.Ids;

/// <summary>Reads the keywords that compare one field of a header.</summary>
internal static class HeaderOptions
{
    private const string FlagLetters = "FSRPAUEC";

    // Bits 13 to 15 of the word with the offset: more fragments, don't fragment, reserved (RFC 791 section 3.1).
    private const string FragmentLetters = "MDR";

    // Of several keywords of one field the first is the one that is written.
    private static readonly (string Keyword, HeaderField Field)[] Known =
    [
        ("dsize", HeaderField.PayloadLength),
        ("itype", HeaderField.IcmpType),
        ("icode", HeaderField.IcmpCode),
        ("icmp_id", HeaderField.IcmpId),
        ("icmp_seq", HeaderField.IcmpSequence),
        ("icmpv6.mtu", HeaderField.IcmpV6Mtu),
        ("ttl", HeaderField.TimeToLive),
        ("id", HeaderField.Identification),
        ("tos", HeaderField.TypeOfService),
        ("ip_proto", HeaderField.Protocol),
        ("seq", HeaderField.TcpSequence),
        ("tcp.seq", HeaderField.TcpSequence),
        ("ack", HeaderField.TcpAcknowledgment),
        ("tcp.ack", HeaderField.TcpAcknowledgment),
        ("window", HeaderField.TcpWindow),
        ("tcp.window", HeaderField.TcpWindow),
        ("tcp.mss", HeaderField.TcpMaxSegmentSize),
        ("flags", HeaderField.TcpFlags),
        ("tcp.flags", HeaderField.TcpFlags),
        ("sameip", HeaderField.SameAddress),
        ("fragbits", HeaderField.FragmentBits),
        ("fragoffset", HeaderField.FragmentOffset),
        ("ipopts", HeaderField.IpOption),
        ("decode-event", HeaderField.DecodeEvent),
        ("stream-event", HeaderField.StreamEvent),
        ("stream_size", HeaderField.StreamSizeBoth),
    ];

    // Options are told apart by the bit of their number (the low five bits of the type, RFC 791 section 3.1).
    private static readonly (string Name, int Number)[] IpOptions =
    [
        ("eol", 0),
        ("nop", 1),
        ("sec", 2),
        ("lsrr", 3),
        ("ts", 4),
        ("esec", 5),
        ("cipso", 6),
        ("rr", 7),
        ("satid", 8),
        ("ssrr", 9),
        ("qs", 25),
        ("any", -1),
    ];

    public static string KeywordOf(HeaderField field) => Array.Find(Known, one => one.Field == field).Keyword;

    /// <summary>Name of an IP option by its number, -1 for any.</summary>
    public static string OptionName(int number) => Array.Find(IpOptions, one => one.Number == number).Name;

    /// <summary>The letters of bits of a field.</summary>
    public static string LettersOf(HeaderField field, uint bits) =>
        string.Concat((field == HeaderField.TcpFlags ? FlagLetters : FragmentLetters).Where((_, bit) => (bits >> bit & 1) != 0));

    public static bool TryRead(string keyword, string value, Rule rule, out RuleError error)
    {
        error = RuleError.None;
        HeaderField? field = Array.Exists(Known, one => one.Keyword == keyword) ? Array.Find(Known, one => one.Keyword == keyword).Field : null;
        if (field is null)
        {
            return false;
        }

        error = field switch
        {
            HeaderField.TcpFlags => ReadFlags(value, rule, HeaderField.TcpFlags, FlagLetters),
            HeaderField.FragmentBits => ReadFlags(value, rule, HeaderField.FragmentBits, FragmentLetters),
            HeaderField.IpOption => ReadOption(value, rule),
            HeaderField.DecodeEvent => ReadEvent(rule, HeaderField.DecodeEvent, DecodeEventNames.TryParse(value, out DecodeEvents decode), (long)decode),
            HeaderField.StreamEvent => ReadEvent(rule, HeaderField.StreamEvent, StreamEventNames.TryParse(value, out StreamEvents stream), (long)stream),
            HeaderField.StreamSizeBoth => ReadStreamSize(value, rule),
            _ => ReadRange(field.Value, value, rule),
        };
        return true;
    }

    private static RuleError ReadRange(HeaderField field, string value, Rule rule)
    {
        string text = field switch
        {
            HeaderField.SameAddress => "1",
            HeaderField.Protocol => ProtocolNumber(value),
            _ => value.Trim('"'),
        };
        if (!NumberRange.TryParse(text, out NumberRange range))
        {
            return RuleError.BadValue;
        }

        rule.Headers.Add(new HeaderCheck(field, range));

        // A size that is not the given one is the size of something.
        if (field == HeaderField.PayloadLength && range.IsNegated)
        {
            rule.Headers.Add(new HeaderCheck(field, new NumberRange(1, long.MaxValue, false)));
        }

        return RuleError.None;
    }

    private static RuleError ReadEvent(Rule rule, HeaderField field, bool isKnown, long bit)
    {
        rule.Headers.Add(new HeaderCheck(field, new NumberRange(bit, bit, false), AnyBit: true));
        return isKnown ? RuleError.None : RuleError.UnsupportedValue;
    }

    private static RuleError ReadOption(string value, Rule rule)
    {
        int? number = Array.Exists(IpOptions, one => one.Name == value) ? Array.Find(IpOptions, one => one.Name == value).Number : null;
        if (number is not int option)
        {
            return RuleError.BadValue;
        }

        long bits = option < 0 ? uint.MaxValue : 1L << option;
        rule.Headers.Add(new HeaderCheck(HeaderField.IpOption, new NumberRange(bits, bits, false), AnyBit: true));
        return RuleError.None;
    }

    // `stream_size:server,<,1111`.
    private static RuleError ReadStreamSize(string value, Rule rule)
    {
        string[] words = value.Split(',', StringSplitOptions.TrimEntries);
        HeaderField? field = words[0] switch
        {
            "client" => HeaderField.StreamSizeClient,
            "server" => HeaderField.StreamSizeServer,
            "both" => HeaderField.StreamSizeBoth,
            "either" => HeaderField.StreamSizeEither,
            _ => null,
        };
        if (field is null || words.Length != 3 || !NumberRange.TryParse(words[1].Replace("!=", "!", StringComparison.Ordinal) + words[2], out NumberRange range))
        {
            return RuleError.BadValue;
        }

        rule.Headers.Add(new HeaderCheck(field.Value, range));
        return RuleError.None;
    }

    private static string ProtocolNumber(string value) => value.TrimStart('!') switch
    {
        "icmp" or "ICMP" => value.Replace("icmp", "1", StringComparison.OrdinalIgnoreCase),
        "igmp" or "IGMP" => value.Replace("igmp", "2", StringComparison.OrdinalIgnoreCase),
        "tcp" or "TCP" => value.Replace("tcp", "6", StringComparison.OrdinalIgnoreCase),
        "udp" or "UDP" => value.Replace("udp", "17", StringComparison.OrdinalIgnoreCase),
        "gre" or "GRE" => value.Replace("gre", "47", StringComparison.OrdinalIgnoreCase),
        "esp" or "ESP" => value.Replace("esp", "50", StringComparison.OrdinalIgnoreCase),
        _ => value,
    };

    // `flags:[!*+]LETTERS[,IGNORED]`: exactly these, not these, one of these, at least these.
    private static RuleError ReadFlags(string value, Rule rule, HeaderField field, string alphabet)
    {
        string[] parts = value.Split(',', StringSplitOptions.TrimEntries);
        char mode = parts[0].FirstOrDefault(letter => letter is '!' or '*' or '+');
        string letters = mode == default ? parts[0] : parts[0].Replace(mode.ToString(), "", StringComparison.Ordinal);

        // More letters may be separated by commas; those behind the last one are ignored bits.
        string ignoredLetters = parts.Length > 1 ? parts[^1] : "0";
        if (!TryReadLetters(letters.Trim(), alphabet, out uint wanted) || !TryReadLetters(ignoredLetters, alphabet, out uint ignored) || parts.Length > 2)
        {
            return RuleError.BadValue;
        }

        var range = new NumberRange(wanted, wanted, IsNegated: mode == '!');
        rule.Headers.Add(new HeaderCheck(field, range, ~ignored, AnyBit: mode == '*', AllBits: mode == '+'));
        return RuleError.None;
    }

    private static bool TryReadLetters(string text, string alphabet, out uint bits)
    {
        bits = 0;
        foreach (char letter in text.Where(letter => letter != '0'))
        {
            int bit = letter switch { '2' => 6, '1' => 7, _ => alphabet.IndexOf(char.ToUpperInvariant(letter), StringComparison.Ordinal) };
            if (bit < 0 || bit >= alphabet.Length)
            {
                return false;
            }

            bits |= 1u << bit;
        }

        return text.Length > 0;
    }
}
