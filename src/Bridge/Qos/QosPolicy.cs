using Weft.Flows;

namespace Weft.Bridge;

/// <summary>Which packets are marked how, and how fast they may come. The first rule that matches decides. Immutable; a change is a new policy.</summary>
public sealed class QosPolicy
{
    private readonly PacketClassifier _classifier;
    private readonly ushort[] _ruleOf;

    /// <summary>Creates a policy.</summary>
    /// <param name="name">Its name.</param>
    /// <param name="rules">The rules in order.</param>
    /// <param name="isTrusted">Whether packets that no rule matches, or whose rule says nothing of them, keep the code point and priority that they came with; they get 0 otherwise.</param>
    /// <exception cref="ArgumentException">As of <see cref="PacketClassifier"/>; or a rule matches nothing, or a code point or priority is out of range.</exception>
    public QosPolicy(string name, IReadOnlyList<QosRule> rules, bool isTrusted)
    {
        ArgumentNullException.ThrowIfNull(name);
        ArgumentNullException.ThrowIfNull(rules);
        foreach (QosRule rule in rules)
        {
            if (rule.Matches.Count == 0 || rule.Dscp > 63 || rule.Priority > 7 || rule.Meter?.YellowDscp > 63 || rule.Meter?.RedDscp > 63)
            {
                throw new ArgumentException($"The rule '{rule.Name}' matches nothing, or has a code point above 63 or a priority above 7.", nameof(rules));
            }
        }

        (Name, Rules, IsTrusted) = (name, rules, isTrusted);
        _ruleOf = [.. rules.SelectMany((rule, place) => rule.Matches.Select(_ => (ushort)place))];
        _classifier = new PacketClassifier([.. rules.SelectMany(rule => rule.Matches.Select(match => match with { MatchesWithoutPorts = true }))]);
    }

    /// <summary>Its name.</summary>
    public string Name { get; }

    /// <summary>The rules in order.</summary>
    public IReadOnlyList<QosRule> Rules { get; }

    /// <summary>Whether packets keep what no rule says.</summary>
    public bool IsTrusted { get; }

    /// <summary>The place of the first rule that matches; the number of rules if none does.</summary>
    public int Match(in PacketFields packet)
    {
        int found = _classifier.Match(packet);
        return found < 0 ? Rules.Count : _ruleOf[found];
    }
}
