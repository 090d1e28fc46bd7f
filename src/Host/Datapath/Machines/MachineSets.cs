using Weft.Host.Config;
using Weft.Host.Datapath.Security;
using Weft.Host.Observe;
using Weft.Packets;

namespace Weft.Host.Datapath.Machines;

/// <summary>The machines of a worker, in the order of the configuration.</summary>
internal sealed class MachineSets : IDisposable
{
    private readonly Machine?[] _byIndex;

    /// <param name="plan">The configuration.</param>
    /// <param name="security">Associations of services that encrypt.</param>
    /// <param name="seed">The switch's secret.</param>
    /// <param name="start">The time.</param>
    /// <param name="events">Who is told what happens.</param>
    /// <param name="isTwin">Whether it belongs to a twin, which speaks to nobody.</param>
    /// <param name="isShared">Whether a cluster says whose machines are.</param>
    /// <param name="isOwn">By place in the configuration, which machines are this worker's; null for all.</param>
    public MachineSets(SwitchPlan plan, SecurityAssociations security, HashSeed seed, Timestamp start, EventLog events, bool isTwin, bool isShared = false, Func<int, bool>? isOwn = null)
    {
        _byIndex = [.. plan.Machines.Select((_, index) => isOwn?.Invoke(index) == false ? null : new Machine(index, plan, security, seed, start, events, isTwin, isShared))];
        All = [.. _byIndex.OfType<Machine>()];
    }

    /// <summary>All of them; an array, because an enumerator for every vector would be garbage.</summary>
    public Machine[] All { get; }

    /// <summary>The machine at a place of the configuration, which is this worker's.</summary>
    public Machine this[int index] => _byIndex[index]!;

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

    /// <summary>Machines of the same name go on, whichever worker they were at.</summary>
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
