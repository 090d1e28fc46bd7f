using Weft.Host.Config;
using Weft.Host.Datapath.Security;
using Weft.Host.Observe;
using Weft.Packets;

namespace Weft.Host.Datapath.Machines;

/// <summary>The machines of a worker, in the order of the configuration.</summary>
internal sealed class MachineSets(SwitchPlan plan, SecurityAssociations security, HashSeed seed, Timestamp start, EventLog events, bool isTwin, bool isShared = false) : IDisposable
{
    /// <summary>All of them; an array, because an enumerator for every vector would be garbage.</summary>
    public Machine[] All { get; } = [.. plan.Machines.Select((_, index) => new Machine(index, plan, security, seed, start, events, isTwin, isShared))];

    /// <summary>The machine of a name.</summary>
    /// <exception cref="InvalidOperationException">There is none.</exception>
    public Machine Of(string name) => Array.Find(All, machine => machine.Plan.Name == name)
        ?? throw new InvalidOperationException($"There is no machine '{name}'; there are {string.Join(", ", All.Select(machine => machine.Plan.Name).DefaultIfEmpty("none"))}.");

    /// <summary>Whether packets of machines wait to go on.</summary>
    public bool HasPending => Array.Exists(All, machine => machine.HasPending);

    /// <summary>Ends what waits, so that every packet is accounted for.</summary>
    public void Stop(SwitchLedger ledger)
    {
        foreach (Machine machine in All)
        {
            while (machine.Departure is Departure departure && departure.Held.TryTake(out _, out _, out ushort port))
            {
                ledger.Held--;
                ledger.Drop(DropReason.Stopping, port);
            }
        }
    }

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
