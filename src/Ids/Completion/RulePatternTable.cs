namespace Weft.Ids;

/// <summary>Which rules use which patterns, in both directions.</summary>
internal sealed class RulePatternTable
{
    /// <summary>Identifiers of one rule that are kept, one bit each; further patterns of a rule are left to its evaluation.</summary>
    public const int MaxOrdinals = 64;

    private readonly int[] _identifierStarts;
    private readonly RulePatternId[] _identifiers;
    private readonly int[] _anchoredStarts;
    private readonly int[] _anchored;
    private readonly int[][] _patterns;

    /// <param name="patternCount">Patterns in the set.</param>
    /// <param name="rules">For each rule its distinct patterns; a rule without any is never complete here.</param>
    /// <param name="lengthOf">Bytes of a pattern: of equally rare ones the longest becomes the anchor.</param>
    public RulePatternTable(int patternCount, IReadOnlyList<int[]> rules, Func<int, int> lengthOf)
    {
        _patterns = [.. rules.Select(patterns => patterns.Length > MaxOrdinals ? patterns[..MaxOrdinals] : patterns)];
        _identifierStarts = new int[patternCount + 1];
        _anchoredStarts = new int[patternCount + 1];
        foreach (int pattern in _patterns.SelectMany(patterns => patterns))
        {
            _identifierStarts[pattern + 1]++;
        }

        int[] fanOut = _identifierStarts[1..];
        int[] anchors = [.. _patterns.Select(patterns => patterns.Length == 0 ? -1 : patterns.MinBy(pattern => (fanOut[pattern], -lengthOf(pattern))))];
        foreach (int anchor in anchors.Where(anchor => anchor >= 0))
        {
            _anchoredStarts[anchor + 1]++;
        }

        for (int i = 0; i < patternCount; i++)
        {
            _identifierStarts[i + 1] += _identifierStarts[i];
            _anchoredStarts[i + 1] += _anchoredStarts[i];
        }

        _identifiers = new RulePatternId[_identifierStarts[patternCount]];
        _anchored = new int[_anchoredStarts[patternCount]];
        int[] nextIdentifier = [.. _identifierStarts];
        int[] nextAnchored = [.. _anchoredStarts];
        for (int rule = 0; rule < _patterns.Length; rule++)
        {
            for (int ordinal = 0; ordinal < _patterns[rule].Length; ordinal++)
            {
                _identifiers[nextIdentifier[_patterns[rule][ordinal]]++] = new RulePatternId(rule, ordinal);
            }

            if (anchors[rule] >= 0)
            {
                _anchored[nextAnchored[anchors[rule]]++] = rule;
            }
        }
    }

    public int RuleCount => _patterns.Length;

    public ReadOnlySpan<RulePatternId> IdentifiersOf(int pattern) => _identifiers.AsSpan(_identifierStarts[pattern].._identifierStarts[pattern + 1]);

    /// <summary>Rules whose anchor the pattern is.</summary>
    public ReadOnlySpan<int> AnchoredBy(int pattern) => _anchored.AsSpan(_anchoredStarts[pattern].._anchoredStarts[pattern + 1]);

    public ReadOnlySpan<int> PatternsOf(int rule) => _patterns[rule];
}
