using Weft.Host.Config;
using Weft.Host.Config.Comparison;

namespace Weft.Host.Datapath;

/// <content>What a reload would do.</content>
public sealed partial class SwitchHost
{
    /// <summary>What <see cref="ReloadAsync"/> would change. Nothing changes now.</summary>
    /// <param name="candidate">The new configuration, read from a text as the present one was.</param>
    /// <exception cref="ArgumentException">One of the two was not read from a text.</exception>
    /// <exception cref="InvalidOperationException">The switch has ended.</exception>
    public async Task<ConfigurationDiff> CompareAsync(SwitchPlan candidate)
    {
        ArgumentNullException.ThrowIfNull(candidate);
        (SwitchPlan plan, (string Name, bool IsMoving)[] forgotten) = await Ask(() => (_switch.Plan, _switch.MachinesThatBeginAnew(candidate))).ConfigureAwait(false);
        bool needsRestart = _cluster is null ? candidate.Cluster is not null : !_cluster.IsOf(candidate.Cluster);
        return new ConfigurationDiff
        {
            Changes = plan.ChangesTo(candidate),
            Effects = [.. ReloadEffects.Of(plan, candidate), .. forgotten.Select(machine => $"machine {machine.Name} begins anew: its flows are forgotten")],
            Refusal = needsRestart ? "cluster: a change here needs a restart"
                : forgotten.FirstOrDefault(machine => machine.IsMoving) is { Name: string moving } ? $"the machine {moving} is moving; its services can be changed when it has moved"
                : null,
        };
    }
}
