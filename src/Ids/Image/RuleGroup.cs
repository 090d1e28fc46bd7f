namespace Weft.Ids;

/// <summary>
/// Rules that are looked for together: their strings, which of them have which, and those that have none to be found by. The
/// numbers of the rules are those in the image.
/// </summary>
internal sealed class RuleGroup(PatternSet patterns, RulePatternTable table, int[] rules, int[] unanchored)
{
    public PatternSet Patterns => patterns;

    public RulePatternTable Table => table;

    /// <summary>Numbers in the image of the table's rules.</summary>
    public ReadOnlySpan<int> Rules => rules;

    /// <summary>Rules to evaluate whatever is found.</summary>
    public ReadOnlySpan<int> Unanchored => unanchored;

    public bool IsEmpty => rules.Length == 0 && unanchored.Length == 0;

    /// <summary>Number of the group in the image.</summary>
    public int Number { get; set; }
}
