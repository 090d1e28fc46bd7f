namespace Weft.Ids;

/// <summary>Makes groups. A rule is found by the strings of one of its sections: the one with the best string.</summary>
internal sealed class RuleGroupBuilder
{
    // Strings of more bytes are looked for by this many of them: what a cut through a stream has to be scanned again for.
    private const int LongestScanned = 64;

    // Shorter strings occur nearly everywhere; they are looked for when their rule is evaluated, unless a rule has no others.
    private const int ShortestScanned = 4;
    private const int ShortestAlone = 2;

    private readonly CompiledRule[] _rules;

    public RuleGroupBuilder(CompiledRule[] rules) => _rules = rules;

    public static bool IsScannedWhole(Content content) => content.Bytes.Length is >= ShortestScanned and <= LongestScanned;

    /// <summary>The section by whose strings a rule is found, or null if it has none.</summary>
    public static CompiledSection? AnchorOf(CompiledSection[] sections, bool isForMessages)
    {
        CompiledSection? best = null;
        int bestScore = 0;
        foreach (CompiledSection section in sections)
        {
            // A rule for messages is found by one of their buffers, if it can be.
            bool isOther = isForMessages && BufferTraits.AppOf(section.Kind) == AppProtocol.Unknown;
            if (isOther || section.IsAbsent || section.AbsentOrElse)
            {
                continue;
            }

            foreach (PayloadCheck check in section.Checks)
            {
                int score = check is Content { IsNegated: false } content ? Score(content) : 0;
                if (score > bestScore)
                {
                    (best, bestScore) = (section, score);
                }
            }
        }

        return best;
    }

    /// <summary>Makes a group of rules that are found by a section of the given buffer.</summary>
    /// <param name="rules">Numbers of the rules.</param>
    /// <param name="buffer">Number of the buffer; rules found by another one count as without strings if <paramref name="keepOthers"/>.</param>
    /// <param name="keepOthers">False to leave them out.</param>
    public RuleGroup Build(IEnumerable<int> rules, int buffer, bool keepOthers)
    {
        var builder = new PatternSetBuilder();
        var anchored = new List<int>();
        var patterns = new List<int[]>();
        var unanchored = new List<int>();
        foreach (int rule in rules)
        {
            CompiledSection? anchor = _rules[rule].Anchor;
            if (anchor is not null && anchor.Buffer == buffer)
            {
                anchored.Add(rule);
                patterns.Add(PatternsOf(anchor, builder));
            }
            else if (keepOthers)
            {
                unanchored.Add(rule);
            }
        }

        PatternSet set = builder.Build();
        var table = new RulePatternTable(set.Count, patterns, pattern => set.BytesOf(pattern).Length);
        return new RuleGroup(set, table, [.. anchored], [.. unanchored]);
    }

    private static int Score(Content content) =>
        content.Bytes.Length < ShortestAlone ? 0 : Math.Min(content.Bytes.Length, LongestScanned) + (content.IsFastPattern && content.Bytes.Length >= ShortestScanned ? LongestScanned : 0);

    private static int[] PatternsOf(CompiledSection section, PatternSetBuilder builder)
    {
        Content[] positive = [.. section.Checks.OfType<Content>().Where(content => !content.IsNegated)];
        Content[] scanned = [.. positive.Where(content => content.Bytes.Length >= ShortestScanned)];
        if (scanned.Length == 0)
        {
            scanned = [positive.MaxBy(content => content.Bytes.Length)!];
        }

        return [.. scanned.Select(content => builder.Add(PartOf(content.Bytes), content.NoCase ? PatternFlags.NoCase : PatternFlags.None)).Distinct()];
    }

    private static ReadOnlySpan<byte> PartOf(byte[] bytes) => bytes.AsSpan(0, Math.Min(bytes.Length, LongestScanned));
}
