using Weft.Ids;

namespace Weft.Host.Datapath.Intrusion;

/// <summary>Where rules are read from, and what is made of them.</summary>
public sealed record IdsRuleFiles
{
    /// <summary>Absolute paths of rule files, read in this order.</summary>
    public required IReadOnlyList<string> Files { get; init; }

    /// <summary>Values of variables beside, or instead of, <see cref="RuleVariables.Default"/>.</summary>
    public IReadOnlyList<(string Name, string Value)> Variables { get; init; } = [];

    /// <summary>Absolute path of a classification.config; null if classes have neither text nor priority.</summary>
    public string? Classification { get; init; }

    /// <summary>What the action of a rule becomes; null if it stays.</summary>
    public Func<RuleAction, RuleAction>? ChangeAction { get; init; }
}
