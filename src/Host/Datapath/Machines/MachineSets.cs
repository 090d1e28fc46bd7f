using Weft.Host.Config;
using Weft.Host.Observe;
using Weft.Packets;

namespace Weft.Host.Datapath.Machines;

/// <summary>The machines of a worker, in the order of the configuration.</summary>
internal sealed class MachineSets(SwitchPlan plan, HashSeed seed, Timestamp start, EventLog events) : IDisposable
{
    /// <summary>All of them; an array, because an enumerator for every vector would be garbage.</summary>
    public Machine[] All { get; } = [.. plan.Machines.Select((_, index) => new Machine(index, plan, seed, start, events))];

    /// <summary>Machines of the same name go on.</summary>
    public void CarryOver(MachineSets old, Timestamp now)
    {
        foreach (Machine machine in All)
        {
            if (Array.Find(old.All, known => known.Plan.Name == machine.Plan.Name) is Machine before)
            {
                machine.CarryOver(before, now);
            }
        }
    }

    public void Dispose() => Array.ForEach(All, machine => machine.Dispose());
}
