namespace Weft.Host.Config;

/// <summary>Machines that belong together.</summary>
/// <param name="Name">The application.</param>
/// <param name="Machines">Its machines.</param>
public sealed record QuotientApplicationPlan(string Name, IReadOnlyList<QuotientMachinePlan> Machines);
