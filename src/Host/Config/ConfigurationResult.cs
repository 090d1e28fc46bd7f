namespace Weft.Host.Config;

/// <summary>What reading a configuration came to.</summary>
/// <param name="Plan">The plan, or null if there is at least one error.</param>
/// <param name="Problems">Every error and warning, in the order of the file.</param>
public sealed record ConfigurationResult(SwitchPlan? Plan, IReadOnlyList<ConfigurationProblem> Problems);
