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

    // As rules name them, in the order in which they came.
    private static readonly (string Name, string Short, int Number)[] Versions =
    [
        ("sslv2", "sslv2", 0x0002),
        ("sslv3", "sslv3", 0x0300),
        ("tls1.0", "1.0", 0x0301),
        ("tls1.1", "1.1", 0x0302),
        ("tls1.2", "1.2", 0x0303),
        ("tls1.3", "1.3", 0x0304),
    ];

    /// <summary>Versions of TLS or SSL as rules name them.</summary>
    public static string VersionNames(NumberRange range) =>
        string.Join(',', Versions.Where(version => version.Number >= range.First && version.Number <= range.Last).Select(version => version.Name));

    // `ssl_version:tls1.0,tls1.1`: one of these.
    private static RuleError AddVersions(Rule rule, string value)
    {
        bool negated = value.StartsWith('!');
        var listed = new SortedSet<int>();
        foreach (string word in value.TrimStart('!').Trim().Trim('"').Split(',', StringSplitOptions.TrimEntries))
        {
            int at = Array.FindIndex(Versions, version => version.Name.Equals(word, StringComparison.OrdinalIgnoreCase) || version.Short == word);
            if (at < 0)
            {
                return RuleError.BadValue;
            }

            _ = listed.Add(at);
        }

        // Nobody asks for versions with others between them.
        if (listed.Max - listed.Min >= listed.Count)
        {
            return RuleError.UnsupportedValue;
        }

        rule.SectionOf(BufferKind.TlsVersion).Checks.Add(new NumberCheck(new NumberRange(Versions[listed.Min].Number, Versions[listed.Max].Number, negated)));
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
