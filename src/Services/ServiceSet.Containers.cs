using Weft.Flows;
using Weft.Packets;

namespace Weft.Services;

/// <summary>Packets that come back from services in other processes.</summary>
public sealed partial class ServiceSet
{
    private const int MaxReturned = 65_536;

    // Room for what comes back from containers, if there are any: a machine without them does without.
    private readonly byte[] _returned = [];
    private readonly PacketBatch _back;

    /// <summary>
    /// Takes packets back from containers, has them visit the services that are left for them, and puts them into <see cref="Outbox"/>.
    /// Packets that were with a container when it died are lost, and counted.
    /// </summary>
    /// <param name="now">The time.</param>
    /// <param name="budget">Most packets.</param>
    /// <returns>Packets that came back.</returns>
    public int Poll(Timestamp now, int budget = MaxBurst)
    {
        Outbox.Clear();
        if (!HasContainers)
        {
            return 0;
        }

        int taken = 0;
        long deadline = DeadlineOfBurst();
        foreach (ServiceSlot slot in _slots)
        {
            for (int i = 0; i < slot.Rings.Count; i++)
            {
                ContainerRing ring = slot.Rings[i];
                _ = ring.Check(now);
                while (taken < budget && ring.TryTake(_returned, out ContainerReply reply))
                {
                    taken++;
                    Return(slot, reply, now, deadline);
                }
            }
        }

        return taken;
    }

    /// <summary>Whether any service is in another process, so that <see cref="Poll"/> has something to do.</summary>
    public bool HasContainers => Array.Exists(_slots, slot => slot.Rings.Count > 0);

    /// <summary>Packets that are with services in other processes.</summary>
    public int InFlight
    {
        get
        {
            int packets = 0;
            foreach (ServiceSlot slot in _slots)
            {
                for (int i = 0; i < slot.Rings.Count; i++)
                {
                    packets += slot.Rings[i].InFlight;
                }
            }

            return packets;
        }
    }

    private void Return(ServiceSlot slot, in ContainerReply reply, Timestamp now, long deadline)
    {
        // It was counted as kept when it left; now it turns out what became of it.
        _counters.Consumed--;
        ref ServiceLane lane = ref _lanes[0];
        lane = new ServiceLane { Stopper = -1 };
        PacketBatch back = _back;
        back.Clear();
        bool isWhole = reply.Verdict == ServiceVerdict.Pass && back.TryAdd(_returned.AsSpan(0, reply.Length)) && back.Layout(0).Error == LayoutError.None;
        if (reply.Verdict == ServiceVerdict.Consume)
        {
            lane.Stop(ServiceAction.Consume, ServiceReason.None, slot.Index);
        }
        else if (!isWhole)
        {
            lane.Stop(ServiceAction.Drop, reply.IsLost ? ServiceReason.ServiceUnavailable : reply.IsMisrouted ? ServiceReason.Misrouted : ServiceReason.Policy, slot.Index);
        }
        else if (reply.Tag.IsIPv6)
        {
            GoOn(_flows6, slot, reply.Tag, ref back, now, deadline);
        }
        else
        {
            GoOn(_flows4, slot, reply.Tag, ref back, now, deadline);
        }

        Count(lane);
        if (lane.Action == ServiceAction.Forward)
        {
            _ = Outbox.TryAdd(back.Bytes(0), reply.Tag.Direction == ServiceDirection.FromMachine ? ServiceOutput.FromMachine : ServiceOutput.ToMachine);
        }
    }

    private void GoOn<TKey, TKind>(FlowSide<TKey, TKind> flows, ServiceSlot slot, in ContainerTag tag, ref PacketBatch back, Timestamp now, long deadline)
        where TKey : unmanaged
        where TKind : struct, IKeyKind<TKey>
    {
        ref ServiceLane lane = ref _lanes[0];
        if (!flows.IsLive(tag.Flow))
        {
            lane.Stop(ServiceAction.Drop, ServiceReason.FlowConflict, slot.Index);
            return;
        }

        bool wasUnfinished = (flows[tag.Flow].Flags & FlowFlags.Unfinished) != 0;
        ushort packet = 0;
        _ = TryEnter(flows, tag.Flow, ref back, packet, FlowFlags.Returned | (wasUnfinished ? FlowFlags.First : FlowFlags.None));
        lane.Choose(lane.Remaining & (tag.Direction == ServiceDirection.FromMachine ? ~0UL << slot.Index << 1 : (1UL << slot.Index) - 1));
        ServiceBurst burst = Start(tag.Direction, now, deadline);
        Walk(ref back, new ReadOnlySpan<ushort>(in packet), ref burst);
        if (wasUnfinished && lane.Action != ServiceAction.Drop && !TryFinish(flows, ref back, ref burst))
        {
            lane.Stop(ServiceAction.Drop, ServiceReason.FlowConflict, -1);
            return;
        }

        Conclude(flows, ref back, packet, now);
        GoOnAsAnother(ref back, packet, ref burst);
    }

    /// <summary>Now that the first packet of a flow has visited all services, the key of the answers is known.</summary>
    private bool TryFinish<TKey, TKind>(FlowSide<TKey, TKind> flows, ref PacketBatch back, ref ServiceBurst burst)
        where TKey : unmanaged
        where TKind : struct, IKeyKind<TKey>
    {
        ref ServiceLane lane = ref _lanes[0];
        if (lane.Action == ServiceAction.Consume && _slots[lane.Stopper].Rings.Count > 0)
        {
            // It is with another container, under the flow's name.
            return true;
        }

        flows[lane.Handle].Flags &= ~FlowFlags.Unfinished;
        if (!TryReadBehind<TKey, TKind, PacketBatch>(ref back, 0, ref burst, out TKey translated) || flows.HasReverse(lane.Handle, TKind.Reverse(in translated)))
        {
            return true;
        }

        FlowHandle handle = lane.Handle;
        bool rekeyed = flows.Rekey(ref handle, TKind.Reverse(in translated), burst.Now, _options.Timeouts) == FlowAddResult.Added;
        lane.Handle = handle;
        return rekeyed;
    }
}
