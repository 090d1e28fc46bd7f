namespace Weft.Ids;

/// <summary>How a <see cref="PatternSet"/> is built. The defaults are right outside of tests and measurements.</summary>
public sealed record PatternSetOptions
{
    /// <summary>
    /// Mechanism for strings of four bytes and more: <see cref="MatcherKind.None"/> (default, chosen by the set),
    /// <see cref="MatcherKind.Pairs"/>, <see cref="MatcherKind.Nibbles"/> or <see cref="MatcherKind.Windows"/>;
    /// <see cref="MatcherKind.Automaton"/> takes every string, of all lengths.
    /// </summary>
    public MatcherKind Prefer { get; init; }

    /// <summary>
    /// Widest vectors that are used where the processor has them: 512 (default), 256, or 0 for code without vector
    /// instructions. The results are the same.
    /// </summary>
    public int MaxVectorBits { get; init; } = 512;
}
