using Weft.Bridge;
using Weft.Host.Config;
using Weft.Packets;

namespace Weft.Host.Datapath.Egress;

/// <summary>What waits for one port: queues, and the few packets that the port had no room for when it was their turn.</summary>
internal sealed class EgressBacklog
{
    /// <summary>Packets that are taken out of the queues at a time: as many overtake what comes later and matters more.</summary>
    public const int Burst = 16;

    private const int FramingBytes = 18;

    private static readonly TimeSpan Retry = TimeSpan.FromMicroseconds(100);

    private readonly EgressClassifier _classifier;
    private readonly HeldPacket[] _places;
    private readonly int[] _free;
    private readonly HeldPacket[] _pending = new HeldPacket[Burst];
    private int _freeCount;
    private int _pendingCount;
    private int _pendingTaken;

    public EgressBacklog(SchedulerPlan plan, int mtuBytes, Timestamp start)
    {
        _classifier = new EgressClassifier(plan);
        Scheduler = new EgressScheduler(new EgressSchedulerOptions
        {
            QueueOptions = plan.Queues,
            MaxFrameBytes = mtuBytes + FramingBytes,
            BytesPerSecond = plan.BytesPerSecond,
            BurstBytes = Math.Max(plan.BurstBytes, mtuBytes + FramingBytes),
            Start = start,
        });
        _places = new HeldPacket[plan.Queues.Sum(queue => queue.Frames)];
        _free = [.. Enumerable.Range(0, _places.Length)];
        _freeCount = _free.Length;
    }

    /// <summary>The queues.</summary>
    public EgressScheduler Scheduler { get; }

    /// <summary>Packets that wait.</summary>
    public int Count => Scheduler.Count + _pendingCount - _pendingTaken;

    /// <summary>When to look again; the greatest timestamp if nothing waits.</summary>
    public Timestamp NextDue { get; private set; } = Timestamp.MaxValue;

    /// <summary>The queue of a frame.</summary>
    public int QueueOf(ReadOnlySpan<byte> frame) => _classifier.QueueOf(frame);

    /// <summary>Finds a place for a packet in a queue.</summary>
    /// <returns>False if the queue is full.</returns>
    public bool TryReserve(int queue, int bytes, out int place)
    {
        // There are as many places as the queues hold, so only a queue can be full.
        place = _freeCount > 0 ? _free[_freeCount - 1] : 0;
        if (!Scheduler.TryAdd(queue, place, bytes))
        {
            return false;
        }

        _freeCount--;
        return true;
    }

    /// <summary>Puts a packet in its place.</summary>
    public void Fill(int place, in HeldPacket packet) => _places[place] = packet;

    /// <summary>Takes the packet that is next: those that the port had no room for, then as the scheduler says.</summary>
    public bool TryTake(Timestamp now, out HeldPacket packet)
    {
        if (_pendingTaken < _pendingCount)
        {
            packet = _pending[_pendingTaken++];
            return true;
        }

        (_pendingTaken, _pendingCount) = (0, 0);
        bool isTaken = Scheduler.TryTake(now, out int place, out _);
        packet = isTaken ? Free(place) : default;
        return isTaken;
    }

    /// <summary>Takes packets back that the port had no room for, in their order, and looks again soon.</summary>
    public void PutBack(ReadOnlySpan<HeldPacket> packets, Timestamp now)
    {
        // What is pending is taken first: either all of it was taken, or nothing of what waits behind it.
        int left = _pendingCount - _pendingTaken;
        _pending.AsSpan(_pendingTaken, left).CopyTo(_pending.AsSpan(packets.Length));
        packets.CopyTo(_pending);
        (_pendingTaken, _pendingCount) = (0, packets.Length + left);
        NextDue = now + Retry;
    }

    /// <summary>Says that all was taken that may go now.</summary>
    public void Rest(Timestamp now) => NextDue = _pendingTaken < _pendingCount ? now + Retry : Scheduler.NextDue(now);

    /// <summary>Takes any packet, for a port that will not send it.</summary>
    public bool TryAbandon(out HeldPacket packet, out int queue)
    {
        queue = -1;
        if (_pendingTaken < _pendingCount)
        {
            packet = _pending[_pendingTaken++];
            return true;
        }

        bool isTaken = Scheduler.TryAbandon(out int place, out queue);
        packet = isTaken ? Free(place) : default;
        NextDue = isTaken ? NextDue : Timestamp.MaxValue;
        return isTaken;
    }

    /// <summary>Goes on with what waits in another backlog, as far as there is room for it.</summary>
    /// <param name="old">The other one, which is empty afterwards.</param>
    /// <param name="ports">By number of a port there, the number here; -1 for one that is gone.</param>
    /// <param name="vector">The vector of the other one, whose books a packet that has no place here is dropped in.</param>
    /// <returns>Packets taken over, and packets dropped.</returns>
    public (int Taken, int Dropped) TakeOver(EgressBacklog old, ReadOnlySpan<int> ports, PacketVector vector)
    {
        (int taken, int dropped) = (0, 0);
        while (old.TryAbandon(out HeldPacket packet, out int queue))
        {
            HeldPacket moved = packet with { Ingress = (ushort)Math.Max(0, ports[packet.Ingress]) };
            bool isTaken = ports[packet.Ingress] >= 0;
            if (isTaken && queue < 0)
            {
                _pending[_pendingCount++] = moved;
            }
            else if (isTaken &= TryReserve(Math.Max(queue, 0), packet.Packet.Length, out int place))
            {
                Fill(place, moved);
            }

            if (!isTaken)
            {
                vector.DropDetached(packet.Packet, packet.Ingress, DropReason.Stopping);
            }

            (taken, dropped) = isTaken ? (taken + 1, dropped) : (taken, dropped + 1);
        }

        NextDue = taken > 0 ? Timestamp.Zero : NextDue;
        return (taken, dropped);
    }

    private HeldPacket Free(int place)
    {
        _free[_freeCount++] = place;
        return _places[place];
    }
}
