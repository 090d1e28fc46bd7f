namespace Weft.Ids;

/// <summary>What may be done to a buffer's bytes before they are looked at.</summary>
internal enum TransformKind : byte
{
    DotPrefix,
    ToLower,
    ToUpper,
    StripWhitespace,
    CompressWhitespace,
    UrlDecode,
    Md5,
    Sha1,
    Sha256,
    Xor,
    XorExtracted,
    StripPseudoHeaders,
    HeaderLowercase,
    DomainName,
}

/// <summary>One step of it.</summary>
/// <param name="Kind">What is done.</param>
/// <param name="Key">Bytes that are combined with the buffer's, for <see cref="TransformKind.Xor"/>.</param>
/// <param name="KeyLength">Bytes of the key that stands in the buffer, for <see cref="TransformKind.XorExtracted"/>.</param>
/// <param name="KeyOffset">Where it stands.</param>
/// <param name="DataOffset">Where the bytes begin that are combined with it.</param>
internal sealed record Transform(TransformKind Kind, string Key = "", int KeyLength = 0, int KeyOffset = 0, int DataOffset = 0)
{
    /// <summary><see cref="Key"/> as bytes.</summary>
    public byte[] KeyBytes { get; } = Convert.FromHexString(Key);

    private static readonly (string Keyword, TransformKind Kind)[] Known =
    [
        ("dotprefix", TransformKind.DotPrefix),
        ("to_lowercase", TransformKind.ToLower),
        ("to_uppercase", TransformKind.ToUpper),
        ("strip_whitespace", TransformKind.StripWhitespace),
        ("compress_whitespace", TransformKind.CompressWhitespace),
        ("url_decode", TransformKind.UrlDecode),
        ("to_md5", TransformKind.Md5),
        ("to_sha1", TransformKind.Sha1),
        ("to_sha256", TransformKind.Sha256),
        ("strip_pseudo_headers", TransformKind.StripPseudoHeaders),
        ("header_lowercase", TransformKind.HeaderLowercase),
        ("domain", TransformKind.DomainName),
        ("xor", TransformKind.Xor),
    ];

    private const int MaxKey = 255;
    private const int MaxOffset = ushort.MaxValue;

    /// <summary>The transform as a rule has it.</summary>
    public string Word => Kind switch
    {
        TransformKind.Xor => $"xor:\"{Key}\"",
        TransformKind.XorExtracted => FormattableString.Invariant($"xor:offset {DataOffset},extract {KeyLength} {KeyOffset}"),
        _ => Array.Find(Known, one => one.Kind == Kind).Keyword,
    };

    /// <summary>Reads a keyword.</summary>
    /// <returns>False if it names no transform.</returns>
    public static bool TryRead(string keyword, string value, out Transform? transform)
    {
        TransformKind? kind = Array.Exists(Known, one => one.Keyword == keyword) ? Array.Find(Known, one => one.Keyword == keyword).Kind : null;
        transform = kind switch
        {
            null => null,
            TransformKind.Xor => ReadXor(value),
            _ => value.Length == 0 ? new Transform(kind.Value) : null,
        };
        return kind is not null;
    }

    // `xor:"0d0a"`, or with the key in the data: `xor:offset 4,extract 4 0`.
    private static Transform? ReadXor(string value)
    {
        if (value is ['"', .., '"'])
        {
            string key = value[1..^1].Replace(" ", "", StringComparison.Ordinal);
            return key.Length is > 0 and <= 2 * MaxKey && key.Length % 2 == 0 && key.All(char.IsAsciiHexDigit) ? new Transform(TransformKind.Xor, key) : null;
        }

        int offset = 0;
        (int Length, int Offset)? extracted = null;
        foreach (string part in value.Split(',', StringSplitOptions.TrimEntries))
        {
            string[] words = part.Split(' ', StringSplitOptions.RemoveEmptyEntries);
            bool isRead = words switch
            {
                ["offset", string text] => int.TryParse(text, System.Globalization.NumberStyles.None, null, out offset) && offset <= MaxOffset,
                ["extract", string length, string at] when extracted is null => TryReadKey(length, at, out extracted),
                _ => false,
            };
            if (!isRead)
            {
                return null;
            }
        }

        return extracted is (int keyLength, int keyOffset) ? new Transform(TransformKind.XorExtracted, "", keyLength, keyOffset, offset) : null;
    }

    private static bool TryReadKey(string length, string at, out (int, int)? key)
    {
        bool isRead = int.TryParse(length, System.Globalization.NumberStyles.None, null, out int bytes) & int.TryParse(at, System.Globalization.NumberStyles.None, null, out int offset);
        key = isRead && bytes is > 0 and <= MaxKey && offset <= MaxOffset ? (bytes, offset) : null;
        return key is not null;
    }
}
