namespace Weft.Ids;

/// <summary>The sets of bytes that have names in expressions; ASCII only, as PCRE has them in the C locale.</summary>
internal static class ByteClasses
{
    public static readonly ByteBits Digit = ByteBits.Range((byte)'0', (byte)'9');
    public static readonly ByteBits Upper = ByteBits.Range((byte)'A', (byte)'Z');
    public static readonly ByteBits Lower = ByteBits.Range((byte)'a', (byte)'z');
    public static readonly ByteBits Alpha = Upper | Lower;
    public static readonly ByteBits Word = Alpha | Digit | ByteBits.Of((byte)'_');
    public static readonly ByteBits Space = ByteBits.Range((byte)'\t', (byte)'\r') | ByteBits.Of((byte)' ');
    public static readonly ByteBits Horizontal = ByteBits.Of((byte)'\t') | ByteBits.Of((byte)' ') | ByteBits.Of(0xA0);
    public static readonly ByteBits Vertical = ByteBits.Range((byte)'\n', (byte)'\r') | ByteBits.Of(0x85);
    public static readonly ByteBits NoLineFeed = ~ByteBits.Of((byte)'\n');

    private static readonly ByteBits Graph = ByteBits.Range((byte)'!', (byte)'~');

    /// <summary>The set that a letter behind a backslash stands for.</summary>
    public static bool TryEscape(byte letter, out ByteBits bits)
    {
        ByteBits? found = letter switch
        {
            (byte)'d' => Digit,
            (byte)'D' => ~Digit,
            (byte)'w' => Word,
            (byte)'W' => ~Word,
            (byte)'s' => Space,
            (byte)'S' => ~Space,
            (byte)'h' => Horizontal,
            (byte)'H' => ~Horizontal,
            (byte)'v' => Vertical,
            (byte)'V' => ~Vertical,
            _ => null,
        };
        bits = found ?? default;
        return found is not null;
    }

    /// <summary>The set that a name in <c>[:name:]</c> stands for.</summary>
    public static bool TryName(string name, out ByteBits bits)
    {
        ByteBits? found = name switch
        {
            "alnum" => Alpha | Digit,
            "alpha" => Alpha,
            "ascii" => ByteBits.Range(0, 127),
            "blank" => ByteBits.Of((byte)'\t') | ByteBits.Of((byte)' '),
            "cntrl" => ByteBits.Range(0, 31) | ByteBits.Of(127),
            "digit" => Digit,
            "graph" => Graph,
            "lower" => Lower,
            "print" => Graph | ByteBits.Of((byte)' '),
            "punct" => Graph & ~(Alpha | Digit),
            "space" => Space,
            "upper" => Upper,
            "word" => Word,
            "xdigit" => Digit | ByteBits.Range((byte)'a', (byte)'f') | ByteBits.Range((byte)'A', (byte)'F'),
            _ => null,
        };
        bits = found ?? default;
        return found is not null;
    }
}
