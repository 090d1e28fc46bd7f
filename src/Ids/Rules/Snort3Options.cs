namespace Weft.Ids;

/// <summary>
/// What Snort 3 says in other words than Snort 2 and Suricata: a buffer's keyword stands before what is looked for in it, modifiers
/// of a content stand behind its commas, and some keywords have other names. A rule does not say whose it is, but shows it.
/// </summary>
internal static class Snort3Options
{
    /// <summary>True if the options are those of a rule for Snort 3. What could be either is read as one of the others.</summary>
    public static bool Are(IEnumerable<(string Keyword, string Value)> options)
    {
        bool hasContent = false;
        foreach ((string keyword, string value) in options)
        {
            switch (keyword)
            {
                case "nocase" or "depth" or "offset" or "distance" or "within" or "fast_pattern" or "startswith" or "endswith":
                    return false;
                case "service" or "rem" or "bufferlen" or "raw_data":
                    return true;
                case "content":
                    bool hasModifiers = ContentText.Read(value, out _, out _, out string rest) == RuleError.None && rest.Length > 0;
                    if (hasModifiers)
                    {
                        return true;
                    }

                    hasContent = true;
                    break;
                case "uricontent":
                    return false;
                default:
                    // A modifier with nothing to modify, or with a field behind it.
                    if (BufferNames.TryModifier(keyword, out _) && (!hasContent || value.Length > 0))
                    {
                        return true;
                    }

                    break;
            }
        }

        return false;
    }

    /// <summary>The option as the others say it.</summary>
    public static (string Keyword, string Value) Translate(string keyword, string value) => keyword switch
    {
        // Ports of the header decide here, as they do in Snort where it does not know the service.
        "service" or "rem" => ("metadata", value),
        "raw_data" => ("pkt_data", value),
        "http_version" => ("http.protocol", value),
        "http_raw_request" => ("http.request_line", value),
        "http_raw_status" => ("http.response_line", value),
        "http_header" when value.StartsWith("field ", StringComparison.Ordinal) => (FieldOf(value["field ".Length..].Trim()), ""),
        "bufferlen" => ("bsize", value.Replace("<=>", "-", StringComparison.Ordinal)),
        "stream_size" => (keyword, StreamSize(value)),
        _ => BufferNames.TryModifier(keyword, out BufferKind kind) ? (BufferNames.StickyOf(kind) ?? keyword, value) : (keyword, value),
    };

    private static string FieldOf(string field) => field.ToUpperInvariant() switch
    {
        "USER-AGENT" => "http.user_agent",
        "HOST" => "http.host.raw",
        "COOKIE" or "SET-COOKIE" => "http.cookie",
        "CONTENT-TYPE" => "http.content_type",
        "CONTENT-LENGTH" => "http.content_len",
        "ACCEPT" => "http.accept",
        "ACCEPT-ENCODING" => "http.accept_enc",
        "ACCEPT-LANGUAGE" => "http.accept_lang",
        "REFERER" => "http.referer",
        "CONNECTION" => "http.connection",
        "LOCATION" => "http.location",
        "SERVER" => "http.server",
        _ => "http_header:field " + field,
    };

    // `stream_size:<100,to_client`: bytes on the way to the client are those that the server sent.
    private static string StreamSize(string value)
    {
        string[] words = value.Split(',', StringSplitOptions.TrimEntries);
        string? side = words is [_, string direction] ? direction switch
        {
            "to_client" => "server",
            "to_server" => "client",
            "both" or "either" => direction,
            _ => null,
        } : words is [_] ? "either" : null;
        return side is null ? value : $"{side},,{words[0].TrimStart('=')}";
    }
}
