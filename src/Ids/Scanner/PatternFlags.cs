namespace Weft.Ids;

/// <summary>How a pattern is compared and whether a scan looks for it.</summary>
[Flags]
public enum PatternFlags : byte
{
    /// <summary>Byte for byte, found by every scan.</summary>
    None = 0,

    /// <summary>The 26 letters of ASCII match in either case; all other bytes, 0x80 and above included, match exactly.</summary>
    NoCase = 1,

    /// <summary>
    /// A scan does not report the pattern; <see cref="PatternSet.IndexOf"/> looks for it. For strings so short that they occur
    /// everywhere and decide nothing until the longer ones of their rule were found.
    /// </summary>
    Lazy = 2,
}
