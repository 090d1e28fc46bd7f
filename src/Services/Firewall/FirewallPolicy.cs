using Weft.Packets;

namespace Weft.Services;

/// <summary>The rules of a firewall in order: the first that matches decides, and the default where none does. Immutable; a change is a new policy.</summary>
public sealed class FirewallPolicy
{
    /// <summary>Most rules.</summary>
    public const int MaxRules = 65_534;

    /// <summary>Not secret: hosts compare what it gives.</summary>
    private static readonly KeyedHash Digests = new(new HashSeed(1, 2));

    private readonly FirewallRule[] _rules;

    /// <summary>Creates a policy.</summary>
    /// <param name="rules">The rules.</param>
    /// <param name="otherwise">What becomes of flows that no rule matches.</param>
    /// <param name="generation">Its number, unlike that of the policies before it: living flows are judged anew when it changes. Not 0.</param>
    /// <exception cref="ArgumentException">There are too many rules, or a rule's ports are upside down.</exception>
    /// <exception cref="ArgumentOutOfRangeException"><paramref name="generation"/> is 0.</exception>
    public FirewallPolicy(IReadOnlyList<FirewallRule> rules, FirewallAction otherwise, uint generation)
    {
        ArgumentNullException.ThrowIfNull(rules);
        ArgumentOutOfRangeException.ThrowIfZero(generation);
        if (rules.Count > MaxRules)
        {
            throw new ArgumentException($"There are {rules.Count} rules; at most {MaxRules} are allowed.", nameof(rules));
        }

        if (rules.FirstOrDefault(rule => rule.FirstPort > rule.LastPort) is FirewallRule wrong)
        {
            throw new ArgumentException($"The ports {wrong.FirstPort} to {wrong.LastPort} of rule '{wrong.Name}' are upside down.", nameof(rules));
        }

        (_rules, Default, Generation) = ([.. rules], otherwise, generation);
    }

    /// <summary>
    /// Creates a policy whose number is a digest of what it decides, so that flows are judged anew exactly where policies differ, on this
    /// host and on one that a machine moves to.
    /// </summary>
    /// <param name="rules">The rules.</param>
    /// <param name="otherwise">What becomes of flows that no rule matches.</param>
    /// <exception cref="ArgumentException">There are too many rules, or a rule's ports are upside down.</exception>
    public FirewallPolicy(IReadOnlyList<FirewallRule> rules, FirewallAction otherwise)
        : this(rules, otherwise, Digest(rules, otherwise))
    {
    }

    /// <summary>The rules in order.</summary>
    public IReadOnlyList<FirewallRule> Rules => _rules;

    /// <summary>What becomes of flows that no rule matches.</summary>
    public FirewallAction Default { get; }

    /// <summary>Its number.</summary>
    public uint Generation { get; }

    /// <summary>Judges a flow.</summary>
    /// <param name="flow">The flow as its first packet shows it.</param>
    /// <param name="rule">Gets the place of the rule that decided; the number of rules if the default did.</param>
    public FirewallAction Judge(in ServiceFlow flow, out int rule)
    {
        for (rule = 0; rule < _rules.Length; rule++)
        {
            if (_rules[rule].Matches(flow))
            {
                return _rules[rule].Action;
            }
        }

        return Default;
    }

    private static uint Digest(IReadOnlyList<FirewallRule> rules, FirewallAction otherwise)
    {
        ArgumentNullException.ThrowIfNull(rules);
        ulong digest = Digests.Hash((ulong)otherwise);
        foreach (FirewallRule rule in rules)
        {
            digest = Digests.Hash(digest ^ ((ulong)rule.Action << 48 | (ulong)(byte)(rule.OpenedFrom ?? (ServiceDirection)byte.MaxValue) << 40 | (ulong)(rule.Protocol is IpProtocol protocol ? (int)protocol : 256) << 32 | (ulong)rule.FirstPort << 16 | rule.LastPort));
            digest = rule.Local.Digest(Digests, rule.Remote.Digest(Digests, digest));
        }

        return (uint)digest == 0 ? 1 : (uint)digest;
    }
}
