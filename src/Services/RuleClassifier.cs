namespace Weft.Services;

/// <summary>Classifies by a list of rules: the first that matches decides, and a flow that none matches visits what the default says.</summary>
/// <remarks>The cost of a flow's first packet grows with the rules before the one that matches; later packets cost nothing.</remarks>
public sealed class RuleClassifier : IServiceClassifier
{
    /// <summary>Most rules.</summary>
    public const int MaxRules = 4096;

    private readonly ServiceRule[] _rules;
    private readonly ServiceSelection _otherwise;

    /// <summary>Creates a classifier.</summary>
    /// <param name="rules">The rules in order.</param>
    /// <param name="otherwise">Services of flows that no rule matches.</param>
    /// <exception cref="ArgumentException">There are more than <see cref="MaxRules"/>, or a port range is upside down.</exception>
    public RuleClassifier(IReadOnlyList<ServiceRule> rules, ServiceSelection otherwise)
    {
        ArgumentNullException.ThrowIfNull(rules);
        if (rules.Count > MaxRules)
        {
            throw new ArgumentException($"There are {rules.Count} rules; at most {MaxRules} are allowed.", nameof(rules));
        }

        if (rules.FirstOrDefault(rule => rule.FirstPort > rule.LastPort) is ServiceRule wrong)
        {
            throw new ArgumentException($"The ports {wrong.FirstPort} to {wrong.LastPort} are upside down.", nameof(rules));
        }

        (_rules, _otherwise) = ([.. rules], otherwise);
    }

    /// <summary>All flows visit all of the first <paramref name="services"/> services, in both directions.</summary>
    public static RuleClassifier Everything(int services) => new([], new ServiceSelection(ServiceMask.First(services), ServiceMask.First(services)));

    /// <inheritdoc/>
    public ServiceSelection Classify(in ServiceFlow flow)
    {
        foreach (ServiceRule rule in _rules)
        {
            if (rule.Matches(flow))
            {
                return rule.Selection;
            }
        }

        return _otherwise;
    }
}
