using Weft.Host.Datapath;

namespace Weft.Host.Observe;

/// <summary>Pictures of workers.</summary>
internal static class WorkerState
{
    public static WorkerSnapshot Capture(SwitchCore core)
    {
        SwitchLedger ledger = core.Ledger;
        int index = core.Link.Index;
        core.Vector.Pool.Collect();
        return new WorkerSnapshot
        {
            Index = index,
            Core = index < core.Plan.Cores.Count ? core.Plan.Cores[index] : null,
            Ports = [.. core.Plan.Ports.Where((_, port) => core.HandleOf(port) is not null).Select(port => port.Name)],
            Received = ledger.Received,
            HandedIn = ledger.HandedIn,
            HandedOut = ledger.HandedOut,
            Sent = ledger.Sent,
            Dropped = ledger.Drops(),
            RingFull = ledger.Drops(DropReason.WorkerRingFull),
            Waiting = core.Link.Waiting,
            BuffersFree = core.Vector.Pool.Available,
            Buffers = core.Vector.Pool.Capacity,
        };
    }
}
