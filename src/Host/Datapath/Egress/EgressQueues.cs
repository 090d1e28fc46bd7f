using Weft.Host.Config;
using Weft.Packets;
using Weft.Ports;

namespace Weft.Host.Datapath.Egress;

/// <summary>The queues of all ports that one worker sends by.</summary>
internal sealed class EgressQueues
{
    private readonly EgressBacklog?[] _backlogs;
    private readonly int _most;

    private EgressQueues(EgressBacklog?[] backlogs, int most) => (_backlogs, _most) = (backlogs, most);

    /// <summary>When a packet may leave, or a port is to be asked again; the greatest timestamp if none waits.</summary>
    public Timestamp NextDue
    {
        get
        {
            Timestamp next = Timestamp.MaxValue;
            foreach (EgressBacklog? backlog in _backlogs)
            {
                next = backlog is not null && backlog.NextDue < next ? backlog.NextDue : next;
            }

            return next;
        }
    }

    /// <summary>Packets that wait.</summary>
    public int Waiting { get; private set; }

    /// <summary>Whether the packets that wait leave buffers for others: half of the worker's at least.</summary>
    public bool HasRoom => Waiting < _most;

    /// <summary>Null if none of the worker's ports has queues.</summary>
    /// <param name="plan">The configuration.</param>
    /// <param name="handles">The ports that the worker sends by; null for those of another worker.</param>
    /// <param name="buffers">The worker's packet buffers.</param>
    /// <param name="start">The time.</param>
    public static EgressQueues? Create(SwitchPlan plan, IPort?[] handles, int buffers, Timestamp start)
    {
        EgressBacklog?[] backlogs = [.. plan.Ports.Select((port, index) => port.Scheduler >= 0 && handles[index] is not null ? new EgressBacklog(plan.Schedulers[port.Scheduler], port.MtuBytes, start) : null)];
        return backlogs.Any(backlog => backlog is not null) ? new EgressQueues(backlogs, buffers / 2) : null;
    }

    /// <summary>The queues of a port; null if it has none.</summary>
    public EgressBacklog? Of(int port) => _backlogs[port];

    /// <summary>Goes on with what waits for ports that are still there. The rest stays with the old ones, which drop it.</summary>
    /// <param name="old">The queues of the configuration before.</param>
    /// <param name="ports">By number of a port there, the number here; -1 for one that is gone.</param>
    /// <param name="keepsPackets">Whether both have the same buffers.</param>
    /// <param name="vector">The vector of the configuration before.</param>
    public void CarryOver(EgressQueues old, ReadOnlySpan<int> ports, bool keepsPackets, PacketVector vector)
    {
        for (int port = 0; port < ports.Length; port++)
        {
            if (old._backlogs[port] is EgressBacklog from && ports[port] >= 0 && _backlogs[ports[port]] is EgressBacklog to)
            {
                to.Scheduler.CarryOver(from.Scheduler);
                if (keepsPackets)
                {
                    (int taken, int dropped) = to.TakeOver(from, ports, vector);
                    // Those that were taken are in the books that go on.
                    Waiting += taken;
                    old.Waiting -= taken;
                    old.Note(vector, -dropped);
                }
            }
        }
    }

    /// <summary>Drops all that waits: the switch stops, or gets another configuration.</summary>
    public void Stop(PacketVector vector)
    {
        foreach (EgressBacklog? backlog in _backlogs)
        {
            if (backlog is not null)
            {
                Drop(vector, backlog, DropReason.Stopping);
            }
        }
    }

    /// <summary>Enters in the books that so many more packets wait.</summary>
    public void Note(PacketVector vector, int packets)
    {
        Waiting += packets;
        vector.Ledger.Held += packets;
    }

    /// <summary>Drops all that waits for a port.</summary>
    public void Drop(PacketVector vector, EgressBacklog backlog, DropReason reason)
    {
        while (backlog.TryAbandon(out HeldPacket packet, out _))
        {
            Note(vector, -1);
            vector.DropDetached(packet.Packet, packet.Ingress, reason);
        }
    }
}
