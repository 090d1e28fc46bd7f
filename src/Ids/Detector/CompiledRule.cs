namespace Weft.Ids;

/// <summary>A rule with its flow bits as numbers and with what is left to check once its strings were found.</summary>
internal sealed class CompiledRule
{
    private CompiledRule(Rule rule, (FlowBitAction, int[], bool)[] bits)
    {
        Rule = rule;
        FlowBits = bits;
        Checks = [.. rule.Checks];
        Headers = [.. rule.Headers];

        // A string of four bytes or more that may be anywhere is decided by its being found, if nothing is relative to it.
        bool isDecided = rule.Checks.All(check => check is Content { IsAnywhere: true, Bytes.Length: >= 4 }) && rule.PatternCount <= RulePatternTable.MaxOrdinals;
        NeedsEvaluation = rule.Checks.Count > 0 && !isDecided;
        NeedsText = rule.Checks.Any(check => check is Pcre);
        bool asks = bits.Any(bit => bit.Item1 is FlowBitAction.IsSet or FlowBitAction.IsNotSet);
        bool sets = bits.Any(bit => bit.Item1 is not (FlowBitAction.IsSet or FlowBitAction.IsNotSet));
        FlowBitOrder = sets ? (asks ? 1 : 0) : asks ? 2 : 3;
    }

    public Rule Rule { get; }

    public (FlowBitAction Action, int[] Bits, bool All)[] FlowBits { get; }

    public PayloadCheck[] Checks { get; }

    public HeaderCheck[] Headers { get; }

    public bool NeedsEvaluation { get; }

    public bool NeedsText { get; }

    public int FlowBitOrder { get; }

    /// <summary>Null if there are no numbers left for the rule's flow bits.</summary>
    public static CompiledRule? TryCompile(Rule rule, Dictionary<string, int> known)
    {
        int added = rule.FlowBits.SelectMany(bit => bit.Names).Distinct().Count(name => !known.ContainsKey(name));
        if (known.Count + added > RuleImage.MaxFlowBits)
        {
            return null;
        }

        return new CompiledRule(rule, [.. rule.FlowBits.Select(bit => (bit.Action, bit.Names.Select(name => NumberOf(name, known)).ToArray(), bit.All))]);
    }

    public bool FlowBitsMatch(in FlowBitSet set)
    {
        foreach ((FlowBitAction action, int[] bits, bool all) in FlowBits)
        {
            if (action > FlowBitAction.IsNotSet)
            {
                continue;
            }

            bool matches = all;
            foreach (int bit in bits)
            {
                bool one = set.Contains(bit) == (action == FlowBitAction.IsSet);
                matches = all ? matches && one : matches || one;
            }

            if (!matches)
            {
                return false;
            }
        }

        return true;
    }

    public void ChangeFlowBits(ref FlowBitSet set)
    {
        foreach ((FlowBitAction action, int[] bits, _) in FlowBits)
        {
            foreach (int bit in bits)
            {
                if (action > FlowBitAction.IsNotSet)
                {
                    set.Change(bit, action == FlowBitAction.Toggle ? !set.Contains(bit) : action == FlowBitAction.Set);
                }
            }
        }
    }

    private static int NumberOf(string name, Dictionary<string, int> known)
    {
        if (!known.TryGetValue(name, out int number))
        {
            known[name] = number = known.Count;
        }

        return number;
    }
}
