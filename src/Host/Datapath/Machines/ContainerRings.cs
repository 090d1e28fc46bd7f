using Weft.Host.Config;
using Weft.Packets;
using Weft.Services;

namespace Weft.Host.Datapath.Machines;

/// <summary>The instances of one service of one machine that are processes, and the memory shared with each.</summary>
internal sealed unsafe class ContainerRings(ContainerPlan plan, string machine, Timestamp start, bool isTwin) : IDisposable
{
    private readonly List<(SharedMemory Memory, ContainerRing Ring)> _all = [];

    /// <summary>Makes the way to an instance.</summary>
    public Container Create(int instance)
    {
        long bytes = ContainerRing.BytesFor(plan.Options);
        SharedMemory memory = isTwin ? SharedMemory.Private(bytes) : SharedMemory.Create(plan.PathOf(machine, instance), bytes);
        var ring = new ContainerRing(memory.Start, bytes, plan.Options, start);
        _all.Add((memory, ring));
        return new Container(ring);
    }

    /// <summary>Whether a process is there and has room.</summary>
    public bool IsReady(int instance) => _all[instance].Ring.IsAlive;

    /// <summary>The rings in the order of their instances.</summary>
    public IEnumerable<ContainerRing> All => _all.Select(one => one.Ring);

    /// <summary>Lets processes find the memory.</summary>
    public void Publish()
    {
        foreach ((SharedMemory memory, _) in _all)
        {
            memory.Publish();
        }
    }

    public void Dispose() => _all.ForEach(one => one.Memory.Dispose());
}
