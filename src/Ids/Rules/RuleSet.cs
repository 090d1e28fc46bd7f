namespace Weft.Ids;

/// <summary>The rules of one text, in its order.</summary>
public sealed class RuleSet
{
    internal RuleSet(IReadOnlyList<Rule> rules) => Rules = rules;

    /// <summary>The rules that were taken.</summary>
    public IReadOnlyList<Rule> Rules { get; }

    /// <summary>The same rules with other actions, for example every drop an alert. The rules of this set stay as they are.</summary>
    /// <param name="choose">Gives the action of a rule.</param>
    public RuleSet WithActions(Func<Rule, RuleAction> choose)
    {
        ArgumentNullException.ThrowIfNull(choose);
        return new RuleSet([.. Rules.Select(rule => rule.With(choose(rule)))]);
    }
}
