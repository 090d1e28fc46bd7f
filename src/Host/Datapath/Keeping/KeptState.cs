using Weft.Host.Config;
using Weft.Host.Datapath.Sharing;
using Weft.Host.Observe;

namespace Weft.Host.Datapath.Keeping;

/// <summary>What a start found of the switch that ran here before.</summary>
/// <param name="State">What to begin with; null for nothing.</param>
/// <param name="Age">How long ago it was written.</param>
/// <param name="Problem">Why a file that is there was not used; null if there is none or it was used.</param>
internal sealed record KeptState(SwitchSnapshot? State, TimeSpan Age, string? Problem)
{
    private static readonly KeptState Nothing = new(null, TimeSpan.Zero, null);

    /// <summary>Looks for it where the configuration says.</summary>
    public static KeptState Find(SwitchPlan plan)
    {
        if (plan.StateFile is not string path)
        {
            return Nothing;
        }

        SwitchSnapshot? state = StateFile.Take(path, DateTimeOffset.UtcNow, plan.StateMaxAge, out TimeSpan age, out string? problem);
        return new KeptState(state is null ? null : Fitting(state, plan), age, problem is null ? null : $"{path}: {problem}; the switch starts without it");
    }

    /// <summary>
    /// What of a state a new process may go on with. Not sequence numbers of associations: their files alone know which were used. Not who owns a machine if a
    /// cluster says so: it may have decided since, unless its store is this host's own file and the process follows the other one at once. Not flows through ports that the new process does not own: leased ones went back when the old process ended, and
    /// somebody else gets them when they have rested; unless it goes on with the leases themselves.
    /// </summary>
    /// <param name="state">What the other process knew.</param>
    /// <param name="plan">The configuration of the new one.</param>
    /// <param name="session">Leases that the new process goes on with; null for none.</param>
    internal static SwitchSnapshot Fitting(SwitchSnapshot state, SwitchPlan plan, ClusterSession? session = null) => state with
    {
        Associations = [],
        Nats = [.. state.Nats.Select(nat => plan.Nats.FirstOrDefault(known => known.Name == nat.Name) is NatPlan own && Owns(own, nat, session) ? nat : nat with { Export = null })],
        Machines = [.. state.Machines.Select(machine => (plan.Cluster is not null && (session is null || plan.Cluster.File is null)) || machine.State is not ("serving" or "standby" or "gone") ? machine with { State = "" } : machine)],
    };

    private static bool Owns(NatPlan plan, NatSnapshot before, ClusterSession? session)
    {
        if (plan.Shared is not NatSharedPlan shared)
        {
            return before.Blocks.All(block => plan.Blocks.Any(own => own.Address.ToString() == block.Address && own.First <= block.First && own.Last >= block.Last));
        }

        IReadOnlyList<SessionBlock> held = session?.Blocks.FirstOrDefault(blocks => blocks.Nat == ClusterMember.KeyOf(plan))?.Held ?? [];
        return before.Blocks.All(block => held.Any(own => own.Address == block.Address && own.Index << shared.Log2BlockPorts == block.First));
    }
}
