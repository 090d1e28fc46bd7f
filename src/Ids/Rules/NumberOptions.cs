namespace Weft.Ids;

/// <summary>Reads keywords that compare a number of an application's message.</summary>
internal static class NumberOptions
{
    public static bool TryRead(string keyword, string value, Rule rule, out RuleError error)
    {
        error = RuleError.None;
        switch (keyword)
        {
            case "dns.opcode":
                error = AddNumber(rule, BufferKind.DnsOpcode, value);
                return true;
            case "dns.rcode":
                error = AddNumber(rule, BufferKind.DnsResponseCode, value);
                return true;
            case "dns.rrtype":
                error = AddNumber(rule, BufferKind.DnsType, value);
                return true;
            case "tls.version" or "ssl_version":
                error = AddVersions(rule, value);
                return true;
            case "app-layer-protocol":
                error = ReadProtocol(rule, value);
                return true;
            case "app-layer-event":
                error = ReadEvent(rule, value);
                return true;
            default:
                return false;
        }
    }

    private static RuleError AddNumber(Rule rule, BufferKind kind, string value)
    {
        if (!NumberRange.TryParse(value, out NumberRange range))
        {
            return RuleError.BadValue;
        }

        rule.SectionOf(kind, BufferTraits.IsMultiple(kind)).Checks.Add(new NumberCheck(range));
        return RuleError.None;
    }

    /// <summary>A version of TLS or SSL as rules name it.</summary>
    public static string VersionName(long version) => version switch
    {
        0x0002 => "sslv2",
        0x0300 => "sslv3",
        0x0301 => "tls1.0",
        0x0302 => "tls1.1",
        0x0303 => "tls1.2",
        _ => "tls1.3",
    };

    private static RuleError AddVersions(Rule rule, string value)
    {
        bool negated = value.StartsWith('!');
        long? version = value.TrimStart('!').Trim().Trim('"').ToUpperInvariant() switch
        {
            "SSLV2" => 0x0002,
            "SSLV3" => 0x0300,
            "1.0" or "TLS1.0" => 0x0301,
            "1.1" or "TLS1.1" => 0x0302,
            "1.2" or "TLS1.2" => 0x0303,
            "1.3" or "TLS1.3" => 0x0304,
            _ => null,
        };
        if (version is not long number)
        {
            return RuleError.BadValue;
        }

        rule.SectionOf(BufferKind.TlsVersion).Checks.Add(new NumberCheck(new NumberRange(number, number, negated)));
        return RuleError.None;
    }

    // `app-layer-event:http.missing_host_header`.
    private static RuleError ReadEvent(Rule rule, string value)
    {
        (BufferKind Kind, uint Bit)? found = value.Split('.', 2) switch
        {
            ["http", string name] when HttpEvents.TryParse(name, out HttpEvent http) => (BufferKind.HttpEvents, (uint)http),
            ["dns", string name] when DnsEvents.TryParse(name, out DnsEvent dns) => (BufferKind.DnsEvents, (uint)dns),
            _ => null,
        };
        if (found is not (BufferKind kind, uint bit))
        {
            return RuleError.UnsupportedValue;
        }

        rule.SectionOf(kind).Checks.Add(new EventCheck(value, bit));
        return RuleError.None;
    }

    private static RuleError ReadProtocol(Rule rule, string value)
    {
        string[] words = value.Split(',', StringSplitOptions.TrimEntries);
        bool negated = words[0].StartsWith('!');
        byte? direction = words is [_] ? (byte)0 : words is [_, string mode] ? mode switch
        {
            "to_server" => 1,
            "to_client" => 2,
            "either" => 3,
            "both" => 0,
            "final" => 4,
            "exact" => 0,
            _ => null,
        } : null;
        string[] names = words[0].TrimStart('!').Split('|', StringSplitOptions.TrimEntries);
        var apps = new List<AppProtocol>();
        bool failed = false;
        foreach (string name in names)
        {
            failed |= name is "failed" or "unknown";
            if (name is not ("failed" or "unknown"))
            {
                if (!AppNames.TryParse(name, out AppProtocol app))
                {
                    return RuleError.UnsupportedValue;
                }

                apps.Add(app);
            }
        }

        if (direction is null)
        {
            return RuleError.BadValue;
        }

        rule.AppChecks.Add(new AppCheck([.. apps], failed, negated, direction.Value));
        return RuleError.None;
    }
}
