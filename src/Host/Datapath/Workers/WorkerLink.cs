namespace Weft.Host.Datapath.Workers;

/// <summary>One worker's end of the <see cref="WorkerExchange"/>.</summary>
/// <param name="exchange">The rings.</param>
/// <param name="index">Number of the worker.</param>
internal sealed class WorkerLink(WorkerExchange exchange, int index)
{
    /// <summary>The worker that has what there is once: neighbours' questions, bridge nodes, engines whose state no flow owns.</summary>
    public const int Home = 0;

    private ulong _told;
    private HandedPacket _next;
    private bool _hasNext;

    /// <summary>Number of the worker.</summary>
    public int Index => index;

    /// <summary>Number of workers.</summary>
    public int Count => exchange.Workers;

    /// <summary>True if there is no other worker.</summary>
    public bool IsAlone => exchange.Workers == 1;

    /// <summary>True for the worker that has what there is once.</summary>
    public bool IsHome => index == Home;

    /// <summary>Whether this worker could not take everything in its last round.</summary>
    public bool IsBehind
    {
        set => exchange.SetBehind(index, value);
    }

    /// <summary>Whether any worker could not take everything that waited in its last round.</summary>
    public bool IsAnyBehind => exchange.IsAnyBehind;

    /// <summary>What wakes this worker.</summary>
    public WorkerBell Bell => exchange.Bells[index];

    /// <summary>A link without another end.</summary>
    public static WorkerLink Alone() => new(new WorkerExchange(workers: 1, poolBuffers: 0), index: Home);

    /// <summary>True if <see cref="Take"/> stopped at a packet that it has in hand.</summary>
    public bool HasNext => _hasNext;

    /// <summary>Packets that wait for this worker.</summary>
    public int Waiting
    {
        get
        {
            int waiting = 0;
            for (int from = 0; from < Count; from++)
            {
                waiting += from == index ? 0 : exchange.Packets(from, index).Count;
            }

            return waiting;
        }
    }

    /// <summary>Hands a packet to another worker.</summary>
    /// <returns>False if its ring is full; the packet is still the caller's.</returns>
    public bool TryHand(int to, in PacketContext context, StageId stage, int port)
    {
        if (!exchange.Packets(index, to).TryAdd(new HandedPacket { Context = context, Stage = stage, Port = (ushort)port }))
        {
            return false;
        }

        _told |= 1UL << to;
        return true;
    }

    /// <summary>
    /// Takes packets from another worker into the vector, as long as they came in through the same port: a vector has one
    /// port of ingress, which is what makes the books of each exact.
    /// </summary>
    /// <returns>Packets taken.</returns>
    public int Take(int from, PacketVector vector, int most)
    {
        int taken = 0;
        int ingress = -1;
        while (taken < most && (_hasNext || exchange.Packets(from, index).TryTake(out _next)))
        {
            _hasNext = ingress >= 0 && _next.Context.Ingress != ingress;
            if (_hasNext)
            {
                break;
            }

            ingress = _next.Context.Ingress;
            vector.Accept(_next, (ushort)taken++);
        }

        return taken;
    }

    /// <summary>Tells another worker of an address.</summary>
    /// <returns>False if its ring is full.</returns>
    public bool TryTell(int to, in SharedMac mac) => exchange.Macs(index, to).TryAdd(mac);

    /// <summary>Takes what another worker tells.</summary>
    /// <returns>False if there is nothing.</returns>
    public bool TryHear(int from, out SharedMac mac) => exchange.Macs(from, index).TryTake(out mac);

    /// <summary>Wakes the workers that got packets since the last call. Who only learned something is not woken for it.</summary>
    public void Flush()
    {
        if (_told == 0)
        {
            return;
        }

        Interlocked.MemoryBarrier();
        for (int to = 0; to < Count; to++)
        {
            if ((_told >> to & 1) != 0)
            {
                exchange.Bells[to].Ring();
            }
        }

        _told = 0;
    }
}
