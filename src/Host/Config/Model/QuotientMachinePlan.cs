namespace Weft.Host.Config;

/// <summary>A machine whose segmentation is judged.</summary>
/// <param name="Name">Its name; where <see cref="SwitchPlan.Machines"/> has one of that name, its firewalls are the policy.</param>
/// <param name="Addresses">Its addresses.</param>
public sealed record QuotientMachinePlan(string Name, IReadOnlyList<TunnelAddress> Addresses);
