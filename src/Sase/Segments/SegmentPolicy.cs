using Weft.Packets;

namespace Weft.Sase;

/// <summary>A tenant's rules in order: the first that matches decides. What none matches may not be (MEF 117: a session exists only once policy allowed it). Immutable.</summary>
public sealed class SegmentPolicy
{
    /// <summary>Most rules: as many as a new flow may be compared with.</summary>
    public const int MaxRules = 4096;

    private readonly PolicyRule[] _rules;

    /// <summary>Creates a policy.</summary>
    /// <param name="rules">The rules.</param>
    /// <exception cref="ArgumentException">There are too many rules, or a rule's ports are upside down.</exception>
    public SegmentPolicy(IReadOnlyList<PolicyRule> rules)
    {
        ArgumentNullException.ThrowIfNull(rules);
        if (rules.Count > MaxRules)
        {
            throw new ArgumentException($"There are {rules.Count} rules; at most {MaxRules} are allowed.", nameof(rules));
        }

        if (rules.FirstOrDefault(rule => rule.FirstPort > rule.LastPort) is PolicyRule wrong)
        {
            throw new ArgumentException($"The ports {wrong.FirstPort} to {wrong.LastPort} of rule '{wrong.Name}' are upside down.", nameof(rules));
        }

        _rules = [.. rules];
    }

    /// <summary>A policy that allows everything that sites open.</summary>
    public static SegmentPolicy AllowSites { get; } = new([new PolicyRule { Name = "sites", Allow = true, FromUplink = false }]);

    /// <summary>The rules in order.</summary>
    public IReadOnlyList<PolicyRule> Rules => _rules;

    /// <summary>Judges a flow. Costs a comparison a rule, once a flow.</summary>
    /// <param name="key">The flow as its first packet shows it.</param>
    /// <param name="fromUplink">True if the Internet opens it.</param>
    /// <param name="rule">Gets the place of the rule that decided; the number of rules if none did.</param>
    public bool Allows(in FlowKey4 key, bool fromUplink, out int rule)
    {
        for (rule = 0; rule < _rules.Length; rule++)
        {
            if (_rules[rule].Matches(key, fromUplink))
            {
                return _rules[rule].Allow;
            }
        }

        return false;
    }
}
