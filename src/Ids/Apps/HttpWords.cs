namespace Weft.Ids;

/// <summary>Words of HTTP.</summary>
internal static class HttpWords
{
    /// <summary>The methods that a request may begin with (IANA's registry).</summary>
    public static bool IsMethod(ReadOnlySpan<byte> word) => word.Length switch
    {
        3 => word.SequenceEqual("GET"u8) || word.SequenceEqual("PUT"u8) || word.SequenceEqual("ACL"u8),
        4 => word.SequenceEqual("POST"u8) || word.SequenceEqual("HEAD"u8) || word.SequenceEqual("LOCK"u8) || word.SequenceEqual("MOVE"u8) || word.SequenceEqual("COPY"u8) || word.SequenceEqual("BIND"u8),
        5 => word.SequenceEqual("TRACE"u8) || word.SequenceEqual("PATCH"u8) || word.SequenceEqual("MERGE"u8) || word.SequenceEqual("MKCOL"u8) || word.SequenceEqual("LABEL"u8),
        6 => word.SequenceEqual("DELETE"u8) || word.SequenceEqual("UNLOCK"u8) || word.SequenceEqual("SEARCH"u8) || word.SequenceEqual("UPDATE"u8) || word.SequenceEqual("REPORT"u8),
        7 => word.SequenceEqual("OPTIONS"u8) || word.SequenceEqual("CONNECT"u8) || word.SequenceEqual("CHECKIN"u8),
        8 => word.SequenceEqual("PROPFIND"u8) || word.SequenceEqual("CHECKOUT"u8),
        9 => word.SequenceEqual("PROPPATCH"u8),
        10 => word.SequenceEqual("UNCHECKOUT"u8) || word.SequenceEqual("MKACTIVITY"u8),
        11 => word.SequenceEqual("MKWORKSPACE"u8) || word.SequenceEqual("MKCALENDAR"u8),
        15 => word.SequenceEqual("VERSION-CONTROL"u8),
        _ => false,
    };

    /// <summary>True if a header has that name; NULs in it are nothing to some receivers.</summary>
    public static bool IsName(ReadOnlySpan<byte> text, ReadOnlySpan<byte> name)
    {
        if (!text.Contains((byte)0))
        {
            return EqualsAnyCase(text, name);
        }

        int at = 0;
        foreach (byte value in text)
        {
            if (value != 0 && (at == name.Length || (value | 0x20) != (name[at++] | 0x20)))
            {
                return false;
            }
        }

        return at == name.Length;
    }

    /// <summary>True if a word is in a text, NULs in the text left aside.</summary>
    public static bool ContainsAnyCase(ReadOnlySpan<byte> text, ReadOnlySpan<byte> word)
    {
        for (int start = 0; start < text.Length; start++)
        {
            int at = 0;
            for (int i = start; i < text.Length && at < word.Length && (text[i] == 0 || (text[i] | 0x20) == word[at]); i++)
            {
                at += text[i] == 0 ? 0 : 1;
            }

            if (at == word.Length)
            {
                return true;
            }
        }

        return false;
    }

    public static bool EqualsAnyCase(ReadOnlySpan<byte> text, ReadOnlySpan<byte> word) => System.Text.Ascii.EqualsIgnoreCase(text, word);
}
