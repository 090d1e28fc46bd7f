namespace Weft.Ids;

/// <summary>The target of an HTTP request: as it stands there, and as a server understands it (RFC 3986 section 6.2.2).</summary>
internal static class HttpTarget
{
    /// <summary>The host that is meant, in lower case and without port.</summary>
    /// <returns>Bytes written, or -1 if none is named.</returns>
    public static int Host(HttpHead head, Span<byte> output)
    {
        ReadOnlySpan<byte> host = RawHost(head);
        if (host.IsEmpty)
        {
            return -1;
        }

        int colon = host[0] == '[' ? host.IndexOf((byte)']') + 1 : host.IndexOf((byte)':');
        host = colon > 0 ? host[..colon] : host;
        int length = Math.Min(host.Length, output.Length);
        _ = System.Text.Ascii.ToLower(host[..length], output, out int written);
        if (written < length)
        {
            AsciiCase.Fold(host[..length], output);
        }

        return length;
    }

    /// <summary>The host as it was written, with port.</summary>
    public static ReadOnlySpan<byte> RawHost(HttpHead head)
    {
        if (!head.IsRequest)
        {
            return [];
        }

        ReadOnlySpan<byte> target = head.Line[head.Target];
        int scheme = Authority(target);
        if (scheme > 0)
        {
            ReadOnlySpan<byte> rest = target[scheme..];
            int end = rest.IndexOfAny((byte)'/', (byte)'?', (byte)'#');
            return end < 0 ? rest : rest[..end];
        }

        int field = head.Find("host"u8);
        return field >= 0 ? head.ValueOf(field) : HttpWords.EqualsAnyCase(head.Line[head.Method], "CONNECT"u8) && !target.StartsWith("/"u8) ? target : [];
    }

    /// <summary>Path with escapes, repeated separators and dots resolved, then the query with escapes resolved.</summary>
    public static int Normalize(ReadOnlySpan<byte> target, Span<byte> output)
    {
        int scheme = Authority(target);
        if (scheme > 0)
        {
            ReadOnlySpan<byte> rest = target[scheme..];
            int path = rest.IndexOfAny((byte)'/', (byte)'?', (byte)'#');
            target = path < 0 ? [] : rest[path..];
        }

        int query = target.IndexOfAny((byte)'?', (byte)'#');
        ReadOnlySpan<byte> pathBytes = query < 0 ? target : target[..query];
        int length = Decode(pathBytes, output);
        length = CompressSlashes(output[..length]);
        length = RemoveDots(output[..length]);
        if (query >= 0)
        {
            length += Decode(target[query..], output[length..]);
        }

        return length;
    }

    private static int Authority(ReadOnlySpan<byte> target)
    {
        int colon = target.IndexOf("://"u8);
        return colon > 0 && target[..colon].IndexOfAnyExceptInRange((byte)'+', (byte)'z') < 0 && !target[..colon].Contains((byte)'/') ? colon + 3 : 0;
    }

    /// <summary>Resolves <c>%XX</c>; what is no such escape stays.</summary>
    public static int Decode(ReadOnlySpan<byte> text, Span<byte> output)
    {
        int length = 0;
        for (int i = 0; i < text.Length && length < output.Length; i++)
        {
            bool isEscape = text[i] == '%' && i + 2 < text.Length && char.IsAsciiHexDigit((char)text[i + 1]) && char.IsAsciiHexDigit((char)text[i + 2]);
            output[length++] = isEscape ? (byte)(Digit(text[i + 1]) << 4 | Digit(text[i + 2])) : text[i];
            i += isEscape ? 2 : 0;
        }

        return length;
    }

    private static int Digit(byte character) => character <= '9' ? character - '0' : (character | 0x20) - 'a' + 10;

    private static int CompressSlashes(Span<byte> path)
    {
        int length = 0;
        foreach (byte value in path)
        {
            if (value != '/' || length == 0 || path[length - 1] != '/')
            {
                path[length++] = value;
            }
        }

        return length;
    }

    // RFC 3986 section 5.2.4, in place: a segment `.` is left out, `..` takes the one before with it.
    private static int RemoveDots(Span<byte> path)
    {
        int length = 0;
        for (int at = 0; at < path.Length;)
        {
            int end = path[at..].IndexOf((byte)'/');
            end = end < 0 ? path.Length : at + end;
            ReadOnlySpan<byte> segment = path[at..end];
            bool hasSlash = end < path.Length;
            if (segment.SequenceEqual("."u8) && length > 0)
            {
                at = end + 1;
                continue;
            }

            if (segment.SequenceEqual(".."u8) && length > 0)
            {
                int before = length > 1 ? path[..(length - 1)].LastIndexOf((byte)'/') : -1;
                length = before < 0 ? Math.Min(1, length) : before + 1;
                at = end + 1;
                continue;
            }

            segment.CopyTo(path[length..]);
            length += segment.Length;
            if (hasSlash)
            {
                path[length++] = (byte)'/';
            }

            at = end + 1;
        }

        return length;
    }
}
