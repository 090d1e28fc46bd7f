using Weft.Ports;

namespace Weft.Host.Datapath.Workers;

/// <summary>The ports of one worker: its own, and handles of its own to those of others where the device allows that.</summary>
internal sealed class WorkerPorts
{
    public WorkerPorts(IPort[] ports, WorkerLink link, PortQueues queues)
    {
        // In turn: each handle has one worker, which alone uses it.
        Owners = [.. ports.Select((_, port) => port % link.Count)];
        Handles = [.. ports.Select((port, index) => Owners[index] == link.Index ? port : queues.Of(port, link.Index))];
    }

    /// <summary>The worker of each port, which sends through it for those who cannot themselves.</summary>
    public int[] Owners { get; }

    /// <summary>By port: what this worker receives from and sends through; null if it hands what it has for the port to the port's owner.</summary>
    public IPort?[] Handles { get; }
}
