namespace Weft.Ids;

/// <summary>What is odd about the head of an HTTP/1 message, as <c>app-layer-event</c> names it.</summary>
[Flags]
internal enum HttpEvent : uint
{
    None = 0,
    RequestFieldTooLong = 1 << 0,
    ResponseFieldTooLong = 1 << 1,
    AuthorizationUnrecognized = 1 << 2,
    DoubleEncodedUri = 1 << 3,
    DuplicateRequestLength = 1 << 4,
    DuplicateResponseLength = 1 << 5,
    InvalidRequestLength = 1 << 6,
    InvalidResponseLength = 1 << 7,
    InvalidRequestCoding = 1 << 8,
    InvalidResponseCoding = 1 << 9,
    MissingHost = 1 << 10,
    MissingProtocol = 1 << 11,
    TooManyCodings = 1 << 12,
}

/// <summary>Looks for them.</summary>
internal static class HttpEvents
{
    // Content codings that are taken off; a body with more is not looked into.
    private const int MaxCodings = 2;

    public static bool TryParse(string name, out HttpEvent found)
    {
        found = name switch
        {
            "request_field_too_long" or "request_header_too_long" => HttpEvent.RequestFieldTooLong,
            "response_field_too_long" or "response_header_too_long" => HttpEvent.ResponseFieldTooLong,
            "request_auth_unrecognized" => HttpEvent.AuthorizationUnrecognized,
            "double_encoded_uri" => HttpEvent.DoubleEncodedUri,
            "duplicate_content_length_field_in_request" => HttpEvent.DuplicateRequestLength,
            "duplicate_content_length_field_in_response" => HttpEvent.DuplicateResponseLength,
            "invalid_content_length_field_in_request" => HttpEvent.InvalidRequestLength,
            "invalid_content_length_field_in_response" => HttpEvent.InvalidResponseLength,
            "invalid_transfer_encoding_value_in_request" => HttpEvent.InvalidRequestCoding,
            "invalid_transfer_encoding_value_in_response" => HttpEvent.InvalidResponseCoding,
            "missing_host_header" => HttpEvent.MissingHost,
            "request_line_missing_protocol" => HttpEvent.MissingProtocol,
            "too_many_encoding_layers" => HttpEvent.TooManyCodings,
            _ => HttpEvent.None,
        };
        return found != HttpEvent.None;
    }

    /// <summary>Finds what is odd about a head.</summary>
    /// <param name="head">The head.</param>
    /// <param name="isCut">True if it was longer than what is read.</param>
    /// <param name="room">Bytes to work in, as many as the target.</param>
    public static HttpEvent Of(HttpHead head, bool isCut, Span<byte> room)
    {
        HttpEvent found = head.IsRequest ? OfRequest(head, room) : HttpEvent.None;
        found |= !isCut ? HttpEvent.None : head.IsRequest ? HttpEvent.RequestFieldTooLong : HttpEvent.ResponseFieldTooLong;
        int lengths = 0;
        int codings = 0;
        for (int field = 0; field < head.FieldCount; field++)
        {
            ReadOnlySpan<byte> name = head.NameOf(field);
            ReadOnlySpan<byte> value = head.ValueOf(field);
            if (HttpWords.IsName(name, "content-length"u8))
            {
                lengths++;
                bool isNumber = !value.IsEmpty && value.IndexOfAnyExceptInRange((byte)'0', (byte)'9') < 0;
                found |= isNumber ? HttpEvent.None : head.IsRequest ? HttpEvent.InvalidRequestLength : HttpEvent.InvalidResponseLength;
            }
            else if (HttpWords.IsName(name, "transfer-encoding"u8) && !HttpWords.EqualsAnyCase(value, "chunked"u8))
            {
                found |= head.IsRequest ? HttpEvent.InvalidRequestCoding : HttpEvent.InvalidResponseCoding;
            }
            else if (HttpWords.IsName(name, "content-encoding"u8))
            {
                codings += 1 + value.Count((byte)',');
            }
        }

        found |= lengths < 2 ? HttpEvent.None : head.IsRequest ? HttpEvent.DuplicateRequestLength : HttpEvent.DuplicateResponseLength;
        return found | (codings > MaxCodings ? HttpEvent.TooManyCodings : HttpEvent.None);
    }

    private static HttpEvent OfRequest(HttpHead head, Span<byte> room)
    {
        HttpEvent found = HttpEvent.None;
        ReadOnlySpan<byte> target = head.Line[head.Target];
        ReadOnlySpan<byte> protocol = head.Line[head.Protocol];
        int decoded = HttpTarget.Decode(target, room);
        found |= IsEncoded(room[..decoded]) && IsEncoded(target) ? HttpEvent.DoubleEncodedUri : HttpEvent.None;
        found |= protocol.IsEmpty && head.FieldCount > 0 ? HttpEvent.MissingProtocol : HttpEvent.None;
        int authorization = head.Find("authorization"u8);
        if (authorization >= 0)
        {
            ReadOnlySpan<byte> scheme = head.ValueOf(authorization);
            int blank = scheme.IndexOf((byte)' ');
            scheme = blank < 0 ? scheme : scheme[..blank];
            bool isKnown = HttpWords.EqualsAnyCase(scheme, "basic"u8) || HttpWords.EqualsAnyCase(scheme, "digest"u8) || HttpWords.EqualsAnyCase(scheme, "bearer"u8);
            found |= isKnown ? HttpEvent.None : HttpEvent.AuthorizationUnrecognized;
        }

        // RFC 9112 section 3.2.
        bool isMissing = protocol.EndsWith("1.1"u8) && head.Find("host"u8) < 0;
        return found | (isMissing ? HttpEvent.MissingHost : HttpEvent.None);
    }

    private static bool IsEncoded(ReadOnlySpan<byte> text)
    {
        for (int at = 0; at + 2 < text.Length; at++)
        {
            if (text[at] == '%' && char.IsAsciiHexDigit((char)text[at + 1]) && char.IsAsciiHexDigit((char)text[at + 2]))
            {
                return true;
            }
        }

        return false;
    }
}
