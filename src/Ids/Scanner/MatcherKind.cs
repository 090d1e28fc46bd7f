namespace Weft.Ids;

/// <summary>The mechanisms that find patterns. One set may use several, each for the patterns that suit it.</summary>
[Flags]
public enum MatcherKind : byte
{
    /// <summary>Nothing to look for; as an option: choose by the patterns.</summary>
    None = 0,

    /// <summary>Nibble tables over four bytes, 32 or 64 positions at a time: small sets, and the shortest strings of large ones.</summary>
    Nibbles = 1,

    /// <summary>A bitmap of hashed four-byte windows at every second position: large sets.</summary>
    Windows = 2,

    /// <summary>Runs of one byte, all lengths at once, reported as intervals.</summary>
    Runs = 4,

    /// <summary>A bitmap of hashed three-byte windows: strings of two to four bytes in sets that have many of them.</summary>
    Triples = 8,

    /// <summary>Aho-Corasick with failure links: strings that would make the others slow, in time that no input can stretch.</summary>
    Automaton = 16,

    /// <summary>
    /// Tables over hashed pairs of bytes, 64 positions at a time: sets of up to a few thousand strings on processors that permute
    /// bytes across 512 bits (AVX-512 VBMI) and transform them linearly (GFNI).
    /// </summary>
    Pairs = 32,
}
