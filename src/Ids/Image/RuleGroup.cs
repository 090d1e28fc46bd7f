namespace Weft.Ids;

/// <summary>
/// Rules that are looked for together: their strings, which of them have which, and those that have none to be found by. The
/// numbers of the rules are those in the image.
/// </summary>
internal sealed class RuleGroup(PatternSet patterns, RulePatternTable table, int[] rules, RulePhases[] phases)
{
    public PatternSet Patterns => patterns;

    public RulePatternTable Table => table;

    /// <summary>Numbers in the image of the table's rules.</summary>
    public ReadOnlySpan<int> Rules => rules;

    /// <summary>When they are compared.</summary>
    public ReadOnlySpan<RulePhases> Phases => phases;

    /// <summary>Rules that are found by a string near the beginning.</summary>
    public required PlacedRule[] Placed { get; init; }

    /// <summary>Rules to evaluate whatever is found: with segments.</summary>
    public required UnanchoredRules OfSegments { get; init; }

    /// <summary>With packets that belong to no stream.</summary>
    public required UnanchoredRules OfPackets { get; init; }

    /// <summary>With streams.</summary>
    public required UnanchoredRules OfStreams { get; init; }

    public bool IsEmpty => rules.Length == 0 && Placed.Length == 0 && OfSegments.IsEmpty && OfPackets.IsEmpty && OfStreams.IsEmpty;
}
