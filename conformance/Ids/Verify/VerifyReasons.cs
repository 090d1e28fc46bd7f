namespace Weft.Conformance.IdsTests;

/// <summary>Why cases fail, for people.</summary>
public static class VerifyReasons
{
    private static readonly Dictionary<string, string> Named = new()
    {
        ["detect-bytetest-02"] = "A rule that matched a packet does not alert again for the same bytes of its stream.",
        ["detect-engine-proto"] = "The protocol is known one packet earlier.",
        ["bug-7199"] = "An inline rejection ends the conversation with its first packet.",
        ["bug-2511"] = "An event of a response is told with the response; the case asks for it towards the server.",
        ["bug-5929-02"] = "HTTP/2 is told by its preface, and not looked into.",
        ["dns/dns-truncated-rname"] = "DNS over TCP is known at port 53; the case is at port 1053.",
        ["bpf-command-line"] = "Filters of captures are not the detector's.",
        ["http-xff-eve-reverse-overwrite"] = "Addresses in X-Forwarded-For do not replace those of the packet.",
        ["http-post-file"] = "Files in multipart bodies are not taken out of them.",
        ["bug-6207-2"] = "Files of other protocols than HTTP are not taken out of them.",
        ["dns/dns-incomplete"] = "A message that is cut off is not read.",
        ["drop-protocol-change"] = "A conversation keeps its application after STARTTLS or CONNECT.",
    };

    private static readonly (string Part, string Why)[] Parts =
    [
        ("lzma", "LZMA is not decompressed."),
        ("http-evader/", "Header lines that receivers read differently; the case wants another reading."),
        ("decode-chdlc", "Cisco HDLC is not read."),
        ("app-layer-event", "Anomalies of applications are no events here."),
        ("stream-event", "This event is not told."),
        ("decode-event", "This event is not told."),
        ("app-layer-protocol-", "HTTP/2 is told by its preface, and not looked into."),
        ("UnknownKeyword", "The keyword is not supported."),
    ];

    public static string Of(string name, string reason)
    {
        if (Named.TryGetValue(name, out string? why))
        {
            return why;
        }

        foreach ((string part, string text) in Parts)
        {
            if (name.Contains(part, StringComparison.Ordinal) || reason.Contains(part, StringComparison.Ordinal))
            {
                return text;
            }
        }

        return "Not looked into yet.";
    }
}
