namespace Weft.Ids;

/// <summary>Reads the keywords that compare one field of a header.</summary>
internal static class HeaderOptions
{
    private const string FlagLetters = "FSRPAUEC";

    public static bool TryRead(string keyword, string value, Rule rule, out RuleError error)
    {
        error = RuleError.None;
        HeaderField? field = keyword switch
        {
            "dsize" => HeaderField.PayloadLength,
            "itype" => HeaderField.IcmpType,
            "icode" => HeaderField.IcmpCode,
            "icmp_id" => HeaderField.IcmpId,
            "icmp_seq" => HeaderField.IcmpSequence,
            "ttl" => HeaderField.TimeToLive,
            "id" => HeaderField.Identification,
            "tos" => HeaderField.TypeOfService,
            "ip_proto" => HeaderField.Protocol,
            "seq" => HeaderField.TcpSequence,
            "ack" => HeaderField.TcpAcknowledgment,
            "window" => HeaderField.TcpWindow,
            "flags" or "tcp.flags" => HeaderField.TcpFlags,
            "sameip" => HeaderField.SameAddress,
            _ => null,
        };
        if (field is null)
        {
            return false;
        }

        if (field == HeaderField.TcpFlags)
        {
            error = ReadFlags(value, rule);
            return true;
        }

        string text = field switch
        {
            HeaderField.SameAddress => "1",
            HeaderField.Protocol => ProtocolNumber(value),
            _ => value,
        };
        if (!NumberRange.TryParse(text, out NumberRange range))
        {
            error = RuleError.BadValue;
            return true;
        }

        rule.Headers.Add(new HeaderCheck(field.Value, range));
        return true;
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
    private static RuleError ReadFlags(string value, Rule rule)
    {
        string[] parts = value.Split(',', StringSplitOptions.TrimEntries);
        char mode = parts[0].FirstOrDefault(letter => letter is '!' or '*' or '+');
        if (parts.Length > 2 || !TryReadLetters(parts[0].Replace(mode.ToString(), "", StringComparison.Ordinal), out uint wanted)
            || !TryReadLetters(parts.Length == 2 ? parts[1] : "0", out uint ignored))
        {
            return RuleError.BadValue;
        }

        var range = new NumberRange(wanted, wanted, IsNegated: mode == '!');
        rule.Headers.Add(new HeaderCheck(HeaderField.TcpFlags, range, ~ignored, AnyBit: mode == '*', AllBits: mode == '+'));
        return RuleError.None;
    }

    private static bool TryReadLetters(string text, out uint bits)
    {
        bits = 0;
        foreach (char letter in text.Where(letter => letter != '0'))
        {
            int bit = letter switch { '2' => 6, '1' => 7, _ => FlagLetters.IndexOf(char.ToUpperInvariant(letter), StringComparison.Ordinal) };
            if (bit < 0)
            {
                return false;
            }

            bits |= 1u << bit;
        }

        return text.Length > 0;
    }
}
