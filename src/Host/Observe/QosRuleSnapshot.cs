namespace Weft.Host.Observe;

/// <summary>What a rule of a policy of service did at a port.</summary>
/// <param name="Port">Name of the port.</param>
/// <param name="Policy">Name of the policy.</param>
/// <param name="Rule">Name of the rule; "other" for what no rule matched.</param>
/// <param name="Green">Packets within the committed rate; all without a meter.</param>
/// <param name="Yellow">Packets within the second rate.</param>
/// <param name="Red">Packets above it.</param>
/// <param name="Bytes">Bytes of all.</param>
public sealed record QosRuleSnapshot(string Port, string Policy, string Rule, long Green, long Yellow, long Red, long Bytes);
