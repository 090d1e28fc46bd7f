namespace Weft.Ids;

/// <summary>Rules compiled for detection: immutable, shared by all detectors, exchanged whole.</summary>
public sealed class RuleImage
{
    /// <summary>Flow bits that the rules of an image may use.</summary>
    public const int MaxFlowBits = FlowBitSet.Count;

    // Shorter strings occur nearly everywhere; they are looked for when their rule is evaluated.
    private const int ShortestScanned = 4;

    private readonly int[] _unanchored;

    private RuleImage(CompiledRule[] rules, PatternSet patterns, RulePatternTable table, int left)
    {
        CompiledRules = rules;
        Patterns = patterns;
        Table = table;
        RulesLeftOut = left;
        _unanchored = [.. Enumerable.Range(0, rules.Length).Where(rule => table.PatternsOf(rule).IsEmpty)];
    }

    /// <summary>The distinct strings of all rules that the scan looks for.</summary>
    public PatternSet Patterns { get; }

    /// <summary>Rules in the image.</summary>
    public int RuleCount => CompiledRules.Length;

    /// <summary>Rules that have no string of four bytes or more and are therefore evaluated on every packet their header matches.</summary>
    public int UnanchoredCount => _unanchored.Length;

    /// <summary>Rules that were left out because the image has no flow bits left for them.</summary>
    public int RulesLeftOut { get; }

    internal CompiledRule[] CompiledRules { get; }

    internal RulePatternTable Table { get; }

    internal ReadOnlySpan<int> Unanchored => _unanchored;

    /// <summary>A rule by its number in the image, which is the order in which rules are applied.</summary>
    /// <exception cref="IndexOutOfRangeException">There is no such rule.</exception>
    public Rule RuleAt(int index) => CompiledRules[index].Rule;

    /// <summary>The identifiers of a pattern: every rule that uses it.</summary>
    /// <exception cref="IndexOutOfRangeException">There is no such pattern.</exception>
    public ReadOnlySpan<RulePatternId> IdentifiersOf(int pattern) => Table.IdentifiersOf(pattern);

    /// <summary>Compiles rules.</summary>
    public static RuleImage Compile(RuleSet rules)
    {
        var bits = new Dictionary<string, int>(StringComparer.Ordinal);
        var compiled = new List<CompiledRule>();
        int left = 0;
        foreach (Rule rule in rules.Rules)
        {
            CompiledRule? one = CompiledRule.TryCompile(rule, bits);
            left += one is null ? 1 : 0;
            if (one is not null)
            {
                compiled.Add(one);
            }
        }

        // As in Suricata: by action, then those that set flow bits before those that ask for them, then by priority.
        CompiledRule[] ordered = [.. compiled.OrderBy(it => it.Rule.Action).ThenBy(it => it.FlowBitOrder).ThenBy(it => it.Rule.Priority)];
        var builder = new PatternSetBuilder();
        int[][] patterns = [.. ordered.Select(it => PatternsOf(it.Rule, builder))];
        PatternSet set = builder.Build();
        return new RuleImage(ordered, set, new RulePatternTable(set.Count, patterns, pattern => set.BytesOf(pattern).Length), left);
    }

    private static int[] PatternsOf(Rule rule, PatternSetBuilder builder) =>
        [.. rule.Contents.Where(content => !content.IsNegated && content.Bytes.Length >= ShortestScanned)
            .Select(content => builder.Add(content.Bytes, content.NoCase ? PatternFlags.NoCase : PatternFlags.None))
            .Distinct()];
}
