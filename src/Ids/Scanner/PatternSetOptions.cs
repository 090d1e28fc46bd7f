namespace Weft.Ids;

/// <summary>How a <see cref="PatternSet"/> is built. The defaults are right outside of tests and measurements.</summary>
public sealed record PatternSetOptions
{
    /// <summary>
    /// Mechanism for strings of four bytes and more: <see cref="MatcherKind.None"/> (default, chosen by the set),
    /// <see cref="MatcherKind.Nibbles"/> or <see cref="MatcherKind.Windows"/>; <see cref="MatcherKind.Automaton"/> takes every
    /// string, of all lengths.
    /// </summary>
    public MatcherKind Prefer { get; init; }

    /// <summary>False keeps to code without vector instructions. The results are the same.</summary>
    public bool UseVectors { get; init; } = true;
}
