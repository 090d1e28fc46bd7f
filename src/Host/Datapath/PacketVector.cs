using Weft.Host.Datapath.Tapping;
using Weft.Host.Datapath.Workers;
using Weft.Host.Observe;
using Weft.Packets;
using Weft.Ports;

namespace Weft.Host.Datapath;

/// <summary>
/// A burst of packets under way through the graph, and the copies and answers that stem from it. Packets live in slots; each
/// stage has a queue of slots. Everything is allocated once.
/// </summary>
internal sealed class PacketVector
{
    /// <summary>Most packets of one burst.</summary>
    public const int MaxBurst = 256;

    /// <summary>Slots: a full burst and room for copies. When they run out, the graph sends what it has and goes on.</summary>
    public const int SlotCapacity = 4 * MaxBurst;

    private readonly PacketContext[] _contexts = new PacketContext[SlotCapacity];
    private readonly ushort[] _freeSlots = new ushort[SlotCapacity];
    private readonly StageQueue[] _stageQueues;
    private readonly StageQueue[] _sendQueues;
    private readonly Packet[] _cut = new Packet[PacketPool.MaxSuperframeFrames];
    private int _freeSlotCount;

    public PacketVector(PacketPool pool, SwitchLedger ledger, int ports)
    {
        (Pool, Ledger) = (pool, ledger);
        _stageQueues = [.. Enumerable.Range(0, StageNames.Count).Select(_ => new StageQueue(SlotCapacity))];
        _sendQueues = [.. Enumerable.Range(0, ports).Select(_ => new StageQueue(SlotCapacity))];
        for (int slot = SlotCapacity - 1; slot >= 0; slot--)
        {
            _freeSlots[_freeSlotCount++] = (ushort)slot;
        }
    }

    /// <summary>Where all buffers come from.</summary>
    public PacketPool Pool { get; }

    /// <summary>Where everything is counted.</summary>
    public SwitchLedger Ledger { get; }

    /// <summary>The moment at which the burst was received.</summary>
    public Timestamp Now { get; private set; }

    /// <summary>Takes notes if somebody traces; null otherwise, which is the only cost of tracing.</summary>
    public TraceRecorder? Trace { get; init; }

    /// <summary>Takes copies if somebody captures; null otherwise. It changes between two bursts only.</summary>
    public PacketTap? Tap { get; set; }

    /// <summary>The other workers.</summary>
    public WorkerLink Link { get; init; } = WorkerLink.Alone();

    /// <summary>The packet in a slot.</summary>
    public ref PacketContext this[int slot] => ref _contexts[slot];

    /// <summary>Starts with a burst whose buffers now belong to the vector.</summary>
    public void Begin(ReadOnlySpan<Packet> burst, int ingress, Timestamp now)
    {
        Now = now;
        for (int i = 0; i < burst.Length; i++)
        {
            ushort slot = TakeSlot(burst[i], (ushort)i, (ushort)ingress);
            Tap?.Received(this, slot);
            Forward(slot, StageId.Ingress);
        }

        Ledger.Received += burst.Length;
    }

    /// <summary>Slots that nobody uses.</summary>
    public int FreeSlots => _freeSlotCount;

    /// <summary>Packets that wait for ports; one that goes to several counts for each.</summary>
    public int WaitingToSend { get; private set; }

    /// <summary>Slots that wait for stages, and packets that wait for ports.</summary>
    public int AllWaiting { get; private set; }

    /// <summary>Slots that wait for a stage.</summary>
    public int Waiting(StageId stage) => _stageQueues[(int)stage].Count;

    /// <summary>Bytes of the packets that wait for a stage.</summary>
    public long WaitingBytes(StageId stage) => _stageQueues[(int)stage].Bytes(_contexts);

    /// <summary>Bytes of the packets that wait for ports.</summary>
    public long WaitingBytesToSend
    {
        get
        {
            long bytes = 0;
            foreach (StageQueue queue in _sendQueues)
            {
                bytes += queue.Bytes(_contexts);
            }

            return bytes;
        }
    }

    /// <summary>Takes all slots that wait for a stage.</summary>
    public ReadOnlySpan<ushort> TakeAll(StageId stage)
    {
        ReadOnlySpan<ushort> slots = _stageQueues[(int)stage].TakeAll();
        AllWaiting -= slots.Length;
        return slots;
    }

    /// <summary>Leaves the rest of what a stage was handed for its next call, once others have made room.</summary>
    public void PutBack(StageId stage, ReadOnlySpan<ushort> rest)
    {
        _stageQueues[(int)stage].PutBack(rest);
        AllWaiting += rest.Length;
        if (Tap is not null)
        {
            foreach (ushort slot in rest)
            {
                _contexts[slot].WasPutBack = true;
            }
        }
    }

    /// <summary>Hands a packet to a later stage.</summary>
    public void Forward(ushort slot, StageId stage)
    {
        _contexts[slot].InGraph = true;
        _stageQueues[(int)stage].Add(slot, _contexts);
        AllWaiting++;
    }

    /// <summary>Queues a packet at a port. The slot lives until the port has sent it, whoever else uses it meanwhile.</summary>
    public void Send(ushort slot, int port)
    {
        _contexts[slot].PendingSends++;
        _sendQueues[port].Add(slot, _contexts);
        WaitingToSend++;
        AllWaiting++;
    }

    /// <summary>Takes all slots that wait for a port.</summary>
    public ReadOnlySpan<ushort> TakeSends(int port)
    {
        ReadOnlySpan<ushort> slots = _sendQueues[port].TakeAll();
        WaitingToSend -= slots.Length;
        AllWaiting -= slots.Length;
        return slots;
    }

    /// <summary>Drops a packet.</summary>
    public void Drop(ushort slot, DropReason reason)
    {
        Ledger.Drop(reason, _contexts[slot].Ingress);
        Trace?.Dropped(reason);
        Tap?.Dropped(this, slot, reason);
        Release(slot);
    }

    /// <summary>Counts a packet that was dropped before it had a slot, or whose slot lives on for other copies.</summary>
    public void DropCopy(ushort slot, DropReason reason)
    {
        Ledger.Drop(reason, _contexts[slot].Ingress);
        Trace?.Dropped(reason);
        Tap?.Dropped(this, slot, reason);
    }

    /// <summary>Drops a packet that was detached earlier and waited, and returns its buffer.</summary>
    public void DropDetached(in Packet packet, int ingress, DropReason reason)
    {
        Ledger.Drop(reason, ingress);
        Tap?.Dropped(this, Pool.Bytes(packet), ingress, reason);
        Pool.Return(packet);
    }

    /// <summary>Ends a packet that was meant for the switch.</summary>
    public void Consume(ushort slot)
    {
        Ledger.Consumed++;
        Tap?.Consumed(_contexts[slot].Taps);
        Release(slot);
    }

    /// <summary>Takes a packet that waits for something out of the vector; the caller owns its buffer now.</summary>
    public Packet Detach(ushort slot)
    {
        Tap?.Held(_contexts[slot].Taps);
        return TakeOut(slot);
    }

    /// <summary>Hands a packet to the worker that it must be at for a stage, or drops it if that one is too busy to take it.</summary>
    public void HandOver(ushort slot, int worker, StageId stage, int port = 0)
    {
        Trace?.Note(StageId.Dispatch, $"worker {Link.Index} hands it to worker {worker}");
        if (Link.TryHand(worker, _contexts[slot], stage, port))
        {
            Ledger.HandedOut++;
            Tap?.HandedOver(_contexts[slot].Taps, worker);
            _ = TakeOut(slot);
        }
        else
        {
            Drop(slot, DropReason.WorkerRingFull);
        }
    }

    /// <summary>Takes a packet that another worker handed over.</summary>
    public void Accept(in HandedPacket handed, ushort order)
    {
        Ledger.HandedIn++;
        ushort slot = _freeSlots[--_freeSlotCount];
        ref PacketContext context = ref _contexts[slot];
        context = handed.Context;
        context.Order = order;
        context.PendingSends = 0;
        context.Taps = default;
        if (handed.Stage == StageId.Transmit)
        {
            context.IsJudged = true;
            Send(slot, handed.Port);
            MarkSendOnly(slot);
        }
        else
        {
            Forward(slot, handed.Stage);
        }
    }

    /// <summary>Hands every other worker a copy of a message that concerns what they know. Whoever gets none learns by asking.</summary>
    public void Replicate(ushort slot, StageId stage)
    {
        for (int worker = 0; worker < Link.Count; worker++)
        {
            if (worker != Link.Index && TryClone(slot, out ushort copy))
            {
                Ledger.Generated++;
                _contexts[copy].IsReplica = true;
                HandOver(copy, worker, stage);
            }
        }
    }

    /// <summary>Puts a packet that was detached earlier into the vector again.</summary>
    /// <returns>False if there is no slot.</returns>
    public bool TryAttach(in Packet packet, ushort order, ushort ingress, out ushort slot)
    {
        slot = 0;
        if (_freeSlotCount == 0)
        {
            return false;
        }

        slot = TakeSlot(packet, order, ingress);
        return true;
    }

    /// <summary>Makes a copy of a packet, bytes and context, in a slot of its own.</summary>
    /// <returns>False if there is no slot or no buffer.</returns>
    public bool TryClone(ushort original, out ushort copy)
    {
        copy = 0;
        if (_freeSlotCount == 0 || !Pool.TryCopy(_contexts[original].Packet, out Packet packet))
        {
            return false;
        }

        copy = _freeSlots[--_freeSlotCount];
        _contexts[copy] = _contexts[original];
        _contexts[copy].Packet = packet;
        _contexts[copy].PendingSends = 0;
        return true;
    }

    /// <summary>Cuts a superframe into frames in slots of their own with the same context. The superframe itself stays the caller's, to be released.</summary>
    /// <param name="slot">The superframe.</param>
    /// <param name="frames">Room for the slots.</param>
    /// <returns>Slots; 0 if there are not enough slots or buffers.</returns>
    public int Cut(ushort slot, Span<ushort> frames)
    {
        int count = Pool.Cut(_contexts[slot].Packet, _cut.AsSpan(0, Math.Min(_cut.Length, Math.Min(frames.Length, _freeSlotCount))));
        Replace(slot, _cut.AsSpan(0, count), frames);
        return count;
    }

    /// <summary>Gives packets that were made of one slots of their own with the same context. The one itself stays the caller's, to be released.</summary>
    /// <param name="slot">The one.</param>
    /// <param name="packets">What was made of it, for which there are slots.</param>
    /// <param name="slots">Room for the slots.</param>
    public void Replace(ushort slot, ReadOnlySpan<Packet> packets, Span<ushort> slots)
    {
        for (int i = 0; i < packets.Length; i++)
        {
            slots[i] = _freeSlots[--_freeSlotCount];
            ref PacketContext context = ref _contexts[slots[i]];
            context = _contexts[slot];
            context.Packet = packets[i];
            context.PendingSends = 0;
            _ = PacketLayout.TryParse(Pool.Bytes(context.Packet), out context.Layout);
        }

        Ledger.Generated += Math.Max(0, packets.Length - 1);
    }

    /// <summary>Makes room for a copy of a packet that is not the same: the context is copied, the bytes are the caller's to write.</summary>
    /// <returns>False if there is no slot or no buffer, or no buffer is that long.</returns>
    public bool TryDerive(ushort original, int length, out ushort copy)
    {
        copy = 0;
        if (_freeSlotCount == 0 || length > Pool.MaxPacketBytes || !Pool.TryRent(out Packet packet))
        {
            return false;
        }

        _ = Pool.TrySetLength(ref packet, length);
        copy = _freeSlots[--_freeSlotCount];
        _contexts[copy] = _contexts[original];
        _contexts[copy].Packet = packet;
        _contexts[copy].PendingSends = 0;
        return true;
    }

    /// <summary>Rents a buffer for a packet that the switch makes.</summary>
    /// <param name="order">Place among the packets of the burst.</param>
    /// <param name="ingress">Port that its drop, if any, is booked under.</param>
    /// <param name="slot">The slot.</param>
    /// <returns>False if there is no slot or no buffer.</returns>
    public bool TryGenerate(ushort order, ushort ingress, out ushort slot)
    {
        slot = 0;
        if (_freeSlotCount == 0 || !Pool.TryRent(out Packet packet))
        {
            return false;
        }

        slot = TakeSlot(packet, order, ingress);
        Ledger.Generated++;
        return true;
    }

    /// <summary>The packet's bytes.</summary>
    public Span<byte> Bytes(ushort slot) => Pool.Bytes(_contexts[slot].Packet);

    /// <summary>Says that no stage needs the packet any more; it lives on until ports have sent it.</summary>
    public void Release(ushort slot)
    {
        ref PacketContext context = ref _contexts[slot];
        context.InGraph = false;
        if (context.PendingSends == 0)
        {
            Pool.Return(context.Packet);
            FreeSlot(slot);
        }
    }

    /// <summary>Says that only ports will need the packet: it ends with the last of its sends, the next of which follows at once.</summary>
    public void MarkSendOnly(ushort slot) => _contexts[slot].InGraph = false;

    /// <summary>Says that a port has sent, or failed to send, the packet once.</summary>
    public void SendDone(ushort slot)
    {
        ref PacketContext context = ref _contexts[slot];
        if (--context.PendingSends == 0 && !context.InGraph)
        {
            Pool.Return(context.Packet);
            FreeSlot(slot);
        }
    }

    private ushort TakeSlot(in Packet packet, ushort order, ushort ingress)
    {
        ushort slot = _freeSlots[--_freeSlotCount];
        ref PacketContext context = ref _contexts[slot];
        context = default;
        context.Packet = packet;
        context.Order = order;
        context.Ingress = ingress;
        context.Segment = context.Peer = context.Vtep = context.Interface = -1;
        return slot;
    }

    private Packet TakeOut(ushort slot)
    {
        Packet packet = _contexts[slot].Packet;
        FreeSlot(slot);
        return packet;
    }

    private void FreeSlot(ushort slot) => _freeSlots[_freeSlotCount++] = slot;
}
