namespace Weft.Ids;

/// <summary>Writes the buffers that rules have for the head of an HTTP message.</summary>
internal static class HttpBuffers
{
    private const int Missing = -1;

    /// <summary>Writes a buffer.</summary>
    /// <param name="kind">Which.</param>
    /// <param name="head">The head.</param>
    /// <param name="instance">Which of several.</param>
    /// <param name="output">Receives it; what does not fit is left off.</param>
    /// <returns>Bytes written, or -1 if the message has no such buffer.</returns>
    public static int Write(BufferKind kind, HttpHead head, int instance, Span<byte> output)
    {
        ReadOnlySpan<byte> line = head.Line;
        switch (kind)
        {
            case BufferKind.HttpMethod:
                return Copy(line[head.Method], output);
            case BufferKind.HttpRawUri:
                return Copy(line[head.Target], output);
            case BufferKind.HttpUri:
                return HttpTarget.Normalize(line[head.Target], output);
            case BufferKind.HttpRequestLine or BufferKind.HttpResponseLine:
                return Copy(line, output);
            case BufferKind.HttpProtocol:
                return CopyUnlessEmpty(line[head.Protocol], output);
            case BufferKind.HttpStatCode:
                return Copy(line[head.Status], output);
            case BufferKind.HttpStatMessage:
                return Copy(line[head.Reason], output);
            case BufferKind.HttpHost:
                return HttpTarget.Host(head, output);
            case BufferKind.HttpRawHost:
                return CopyUnlessEmpty(HttpTarget.RawHost(head), output);
            case BufferKind.HttpHeader:
                return Headers(head, output);
            case BufferKind.HttpRawHeader:
                return Copy(head.All[head.FieldsStart..], output);
            case BufferKind.HttpHeaderNames:
                return Names(head, output);
            case BufferKind.HttpStart:
                return Start(head, output);
            case BufferKind.HttpRequestHeader or BufferKind.HttpResponseHeader:
                return instance < head.FieldCount ? Field(head, instance, output, 0, ": "u8) : Missing;
            default:
                ReadOnlySpan<byte> name = NameOf(kind, head.IsRequest);
                return name.IsEmpty ? Missing : Values(head, name, output);
        }
    }

    private static ReadOnlySpan<byte> NameOf(BufferKind kind, bool isRequest) => kind switch
    {
        BufferKind.HttpUserAgent => "user-agent"u8,
        BufferKind.HttpReferer => "referer"u8,
        BufferKind.HttpAccept => "accept"u8,
        BufferKind.HttpAcceptEncoding => "accept-encoding"u8,
        BufferKind.HttpAcceptLanguage => "accept-language"u8,
        BufferKind.HttpConnection => "connection"u8,
        BufferKind.HttpContentType => "content-type"u8,
        BufferKind.HttpContentLength => "content-length"u8,
        BufferKind.HttpLocation => "location"u8,
        BufferKind.HttpServer => "server"u8,
        BufferKind.HttpCookie => isRequest ? "cookie"u8 : "set-cookie"u8,
        _ => [],
    };

    private static int Copy(ReadOnlySpan<byte> bytes, Span<byte> output)
    {
        int length = Math.Min(bytes.Length, output.Length);
        bytes[..length].CopyTo(output);
        return length;
    }

    private static int CopyUnlessEmpty(ReadOnlySpan<byte> bytes, Span<byte> output) => bytes.IsEmpty ? Missing : Copy(bytes, output);

    // Headers of one name are one value, separated by commas (RFC 9110 section 5.2).
    private static int Values(HttpHead head, ReadOnlySpan<byte> name, Span<byte> output)
    {
        int length = Missing;
        for (int i = 0; i < head.FieldCount; i++)
        {
            if (!HttpWords.EqualsAnyCase(head.NameOf(i), name))
            {
                continue;
            }

            length = length < 0 ? 0 : length + Copy(", "u8, output[length..]);
            length += Unfold(head.ValueOf(i), output[length..]);
        }

        return length;
    }

    // All but cookies, which have a buffer of their own.
    private static int Headers(HttpHead head, Span<byte> output)
    {
        int length = 0;
        for (int i = 0; i < head.FieldCount; i++)
        {
            ReadOnlySpan<byte> cookie = head.IsRequest ? "cookie"u8 : "set-cookie"u8;
            if (!HttpWords.EqualsAnyCase(head.NameOf(i), cookie) && !IsRepeated(head, i))
            {
                length = Field(head, i, output, length, ": "u8);
                length += Copy("\r\n"u8, output[length..]);
            }
        }

        return head.FieldCount == 0 ? Missing : length;
    }

    private static int Field(HttpHead head, int field, Span<byte> output, int length, ReadOnlySpan<byte> separator)
    {
        length += Copy(head.NameOf(field), output[length..]);
        length += Copy(separator, output[length..]);
        length += Unfold(head.ValueOf(field), output[length..]);
        for (int i = field + 1; i < head.FieldCount; i++)
        {
            if (HttpWords.EqualsAnyCase(head.NameOf(i), head.NameOf(field)))
            {
                length += Copy(", "u8, output[length..]);
                length += Unfold(head.ValueOf(i), output[length..]);
            }
        }

        return length;
    }

    private static bool IsRepeated(HttpHead head, int field) => head.Find(head.NameOf(field)) < field;

    // A line end inside a value, which continues it, stands for a blank.
    private static int Unfold(ReadOnlySpan<byte> value, Span<byte> output)
    {
        int length = 0;
        for (int i = 0; i < value.Length && length < output.Length; i++)
        {
            if (value[i] is (byte)'\r' or (byte)'\n')
            {
                while (i + 1 < value.Length && value[i + 1] is (byte)'\r' or (byte)'\n' or (byte)' ' or (byte)'\t')
                {
                    i++;
                }

                output[length++] = (byte)' ';
            }
            else
            {
                output[length++] = value[i];
            }
        }

        return length;
    }

    private static int Names(HttpHead head, Span<byte> output)
    {
        int length = Copy("\r\n"u8, output);
        for (int i = 0; i < head.FieldCount; i++)
        {
            if (!IsRepeated(head, i))
            {
                length += Copy(head.NameOf(i), output[length..]);
                length += Copy("\r\n"u8, output[length..]);
            }
        }

        return length + Copy("\r\n"u8, output[length..]);
    }

    private static int Start(HttpHead head, Span<byte> output)
    {
        int length = Copy(head.Line, output);
        length += Copy("\r\n"u8, output[length..]);
        ReadOnlySpan<byte> fields = head.All[head.FieldsStart..];
        length += Copy(fields, output[length..]);
        return length + (fields.IsEmpty ? Copy("\r\n"u8, output[length..]) : 0);
    }
}
