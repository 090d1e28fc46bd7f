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

    public static bool IsScannedWhole(Content content) => content.Bytes.Length <= LongestScanned && IsTelling(content);

    /// <summary>True for a rule whose only strings make a scan slow: each takes a pass of its own, or is found often.</summary>
    public static bool IsCostly(CompiledRule rule) => rule.Anchor is CompiledSection anchor && IsCommon(anchor) && PlacedOf(anchor) is null;

    // Short strings, and one byte again and again: all traffic has them.
    private static bool IsCommon(CompiledSection anchor) => !Array.Exists(anchor.Checks, check => check is Content { IsNegated: false } content && IsTelling(content));

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

    /// <summary>Makes a group of rules.</summary>
    /// <param name="rules">Numbers of the rules.</param>
    /// <param name="isScanned">True for sections whose buffer is scanned with the group; rules found by others count as without strings.</param>
    /// <param name="isTcp">True if some of the rules are for streams.</param>
    /// <param name="toServer">True if the server is the receiver.</param>
    public RuleGroup Build(IEnumerable<int> rules, Func<CompiledSection, bool> isScanned, bool isTcp, bool toServer)
    {
        var builder = new PatternSetBuilder();
        var anchored = new List<int>();
        var patterns = new List<int[]>();
        var unanchored = new List<int>();
        var placed = new List<PlacedRule>();
        foreach (int rule in rules)
        {
            CompiledSection? anchor = _rules[rule].Anchor;
            if (anchor is not null && isScanned(anchor) && IsCommon(anchor) && PlacedOf(anchor) is Content content)
            {
                placed.Add(new PlacedRule(rule, content, PhasesOf(_rules[rule], isTcp)));
            }
            else if (anchor is not null && isScanned(anchor))
            {
                anchored.Add(rule);
                patterns.Add(PatternsOf(anchor, builder));
            }
            else
            {
                unanchored.Add(rule);
            }
        }

        PatternSet set = builder.Build();
        var table = new RulePatternTable(set.Count, patterns, pattern => set.BytesOf(pattern).Length);
        return new RuleGroup(set, table, [.. anchored], [.. anchored.Select(rule => PhasesOf(_rules[rule], isTcp))])
        {
            Placed = [.. placed],
            OfSegments = Unanchored(RulePhases.Segment),
            OfPackets = Unanchored(RulePhases.Packet),
            OfStreams = Unanchored(RulePhases.Stream),
        };

        UnanchoredRules Unanchored(RulePhases phase) => new(_rules, [.. unanchored.Where(rule => (PhasesOf(_rules[rule], isTcp) & phase) != 0)], toServer);
    }

    // Where there are no streams, rules for them are rules for packets.
    private static RulePhases PhasesOf(CompiledRule rule, bool isTcp)
    {
        bool isForPackets = !isTcp || !rule.IsForStreamsOnly;
        return (isForPackets ? RulePhases.Packet : RulePhases.None)
            | (isForPackets && (rule.Targets & RuleTargets.Packet) != 0 ? RulePhases.Segment : RulePhases.None)
            | (isTcp && (rule.Targets & RuleTargets.Stream) != 0 ? RulePhases.Stream : RulePhases.None);
    }

    private static int Score(Content content) =>
        content.Bytes.Length < ShortestAlone ? 0 : Math.Min(content.Bytes.Length, LongestScanned) + (content.IsFastPattern && content.Bytes.Length >= ShortestScanned ? LongestScanned : 0);

    private static int[] PatternsOf(CompiledSection section, PatternSetBuilder builder)
    {
        Content[] positive = [.. section.Checks.OfType<Content>().Where(content => !content.IsNegated)];
        Content[] scanned = [.. positive.Where(IsTelling)];
        if (scanned.Length == 0)
        {
            scanned = [positive.MaxBy(content => content.Bytes.Length)!];
        }

        return [.. scanned.Select(content => builder.Add(PartOf(content.Bytes), content.NoCase ? PatternFlags.NoCase : PatternFlags.None)).Distinct()];
    }

    private static bool IsTelling(Content content) => content.Bytes.Length >= ShortestScanned && content.Bytes.AsSpan().ContainsAnyExcept(content.Bytes[0]);

    /// <summary>A string that can only be near the beginning, so that looking there is cheaper than a scan.</summary>
    private static Content? PlacedOf(CompiledSection section) =>
        (Content?)Array.Find(section.Checks, check => check is Content { IsNegated: false } content && PlacedRule.IsPossible(content));

    private static ReadOnlySpan<byte> PartOf(byte[] bytes) => bytes.AsSpan(0, Math.Min(bytes.Length, LongestScanned));
}
