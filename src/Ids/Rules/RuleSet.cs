namespace Weft.Ids;

/// <summary>The rules of one text, in its order.</summary>
public sealed class RuleSet
{
    internal RuleSet(IReadOnlyList<Rule> rules) => Rules = rules;

    /// <summary>The rules that were taken.</summary>
    public IReadOnlyList<Rule> Rules { get; }
}
