using Weft.Ports;

namespace Weft.Host.Datapath.Workers;

/// <summary>The ports of one worker: those that it receives from, and those that it sends through.</summary>
internal sealed class WorkerPorts
{
    public WorkerPorts(IPort[] ports, WorkerLink link)
    {
        // In turn: each port has one worker, which alone uses it.
        Owners = [.. ports.Select((_, port) => port % link.Count)];
        Receivers = [.. ports.Select((port, index) => Owners[index] == link.Index ? port : null)];
        Senders = [.. Receivers];
    }

    /// <summary>The worker of each port, which receives from it and sends through it for those who cannot themselves.</summary>
    public int[] Owners { get; }

    /// <summary>By port: what this worker receives from, or null.</summary>
    public IPort?[] Receivers { get; }

    /// <summary>By port: what this worker sends through, or null if it hands frames to the port's owner.</summary>
    public IPort?[] Senders { get; }
}
