using Weft.Flows;

namespace Weft.Bridge;

/// <summary>
/// Rules in order, the first that matches a packet decides. Immutable; a change is a new list. Fragments without ports pass where a rule about ports
/// would permit the first fragment, and are left to later rules where it would not (RFC 1858): without their first fragment nobody can use them.
/// </summary>
public sealed class AccessList
{
    private readonly PacketClassifier _classifier;
    private readonly ushort[] _ruleOf;

    /// <summary>Creates a list.</summary>
    /// <param name="name">Its name.</param>
    /// <param name="rules">The rules.</param>
    /// <param name="otherwise">What becomes of packets that no rule matches; ARP, neighbour solicitations and advertisements pass even so.</param>
    /// <param name="isStateful">Whether what belongs to a connection that was permitted passes without a rule, in both directions.</param>
    /// <exception cref="ArgumentException">As of <see cref="PacketClassifier"/>, whose limit counts <see cref="AclRule.Matches"/>; or a rule has none.</exception>
    public AccessList(string name, IReadOnlyList<AclRule> rules, AclAction otherwise, bool isStateful)
    {
        ArgumentNullException.ThrowIfNull(name);
        ArgumentNullException.ThrowIfNull(rules);
        if (rules.FirstOrDefault(rule => rule.Matches.Count == 0) is AclRule empty)
        {
            throw new ArgumentException($"The rule '{empty.Name}' matches nothing.", nameof(rules));
        }

        (Name, Rules, Default, IsStateful) = (name, rules, otherwise, isStateful);
        _ruleOf = [.. rules.SelectMany((rule, place) => rule.Matches.Select(_ => (ushort)place))];
        _classifier = new PacketClassifier([.. rules.SelectMany(rule => rule.Matches.Select(match => match with { MatchesWithoutPorts = rule.Action == AclAction.Permit }))]);
    }

    /// <summary>Its name.</summary>
    public string Name { get; }

    /// <summary>The rules in order.</summary>
    public IReadOnlyList<AclRule> Rules { get; }

    /// <summary>What becomes of packets that no rule matches.</summary>
    public AclAction Default { get; }

    /// <summary>Whether connections are remembered.</summary>
    public bool IsStateful { get; }

    /// <summary>The place of the first rule that matches; the number of rules if none does.</summary>
    public int Match(in PacketFields packet)
    {
        int found = _classifier.Match(packet);
        return found < 0 ? Rules.Count : _ruleOf[found];
    }
}
