using System.Numerics;
using System.Runtime.CompilerServices;
using Weft.Flows;
using Weft.Packets;

namespace Weft.Services;

/// <summary>The way of a burst through the services.</summary>
public sealed partial class ServiceSet
{
    /// <summary>Packets that a service is given before it is seen whether there is time for more: a look at a clock costs as much as several visits.</summary>
    private const int PacketsBetweenLooks = 16;

    private readonly KeyLanes<FlowKey4> _keys4 = new();
    private readonly KeyLanes<FlowKey6> _keys6 = new();
    private readonly ushort[] _known = new ushort[MaxBurst];
    private readonly ushort[] _new = new ushort[MaxBurst];
    private readonly ushort[] _unusual = new ushort[MaxBurst];
    private readonly ushort[] _visit = new ushort[MaxBurst];

    /// <summary>Takes a burst through the machine's services. Packets of one flow keep their order; all bytes are edited in place.</summary>
    /// <typeparam name="TPackets">Where the packets are.</typeparam>
    /// <param name="packets">The packets, parsed.</param>
    /// <param name="direction">Which way they go.</param>
    /// <param name="results">Gets what became of each.</param>
    /// <param name="now">The time.</param>
    /// <exception cref="ArgumentException">The burst is longer than <see cref="MaxBurst"/>, or <paramref name="results"/> shorter than it.</exception>
    public void Process<TPackets>(ref TPackets packets, ServiceDirection direction, Span<ServiceResult> results, Timestamp now)
        where TPackets : struct, IServicePackets, allows ref struct
    {
        int count = packets.Count;
        if (count > MaxBurst || results.Length < count)
        {
            throw new ArgumentException($"A burst has {count} packets and room for {results.Length} results; at most {MaxBurst} packets are allowed, each with a result.", nameof(packets));
        }

        Outbox.Clear();
        _counters.Packets += count;
        if (_frozen)
        {
            results[..count].Fill(new ServiceResult(ServiceAction.Hold, ServiceReason.None, -1, ServiceMask.None));
            _counters.Held += count;
            return;
        }

        ServiceBurst burst = Start(direction, now, DeadlineOfBurst());
        (int known, int fresh, int unusual) = Sort(ref packets, count);
        if (known > 0)
        {
            Walk(ref packets, _known.AsSpan(0, known), ref burst);
            foreach (ushort packet in _known.AsSpan(0, known))
            {
                Conclude(ref packets, packet, now);
            }

            if (_changesFlows)
            {
                foreach (ushort packet in _known.AsSpan(0, known))
                {
                    GoOnAsAnother(ref packets, packet, ref burst);
                }
            }
        }

        foreach (ushort packet in _new.AsSpan(0, fresh))
        {
            Begin(ref packets, packet, ref burst);
            GoOnAsAnother(ref packets, packet, ref burst);
        }

        // Last, so that a fragment finds what was decided for the first one of its datagram in this burst.
        foreach (ushort packet in _unusual.AsSpan(0, unusual))
        {
            Unusual(ref packets, packet, ref burst);
            GoOnAsAnother(ref packets, packet, ref burst);
        }

        long forwarded = 0;
        for (int i = 0; i < count; i++)
        {
            ref ServiceLane lane = ref _lanes[i];
            results[i] = lane.Result;
            if (lane.Action == ServiceAction.Forward)
            {
                forwarded++;
            }
            else
            {
                Count(lane);
            }
        }

        _counters.Forwarded += forwarded;
    }

    private ServiceBurst Start(ServiceDirection direction, Timestamp now, long deadline) =>
        new() { Now = now, Direction = direction, Deadline = deadline, Outbox = Outbox, TooBig = _tooBig, Rejections = _rejections };

    /// <summary>One for the whole burst, however many walks it takes: a flood of new flows, each walked alone, gets no more time than a single packet.</summary>
    private long DeadlineOfBurst() => _options.Clock is IServiceClock clock && _options.BudgetTicks < long.MaxValue ? clock.Ticks + _options.BudgetTicks : long.MaxValue;

    private bool IsTimeOver(in ServiceBurst burst) => burst.Deadline != long.MaxValue && _options.Clock!.Ticks > burst.Deadline;

    /// <summary>Looks all flows up at once and tells packets of known flows from first ones and from those that name no flow.</summary>
    private (int Known, int New, int Unusual) Sort<TPackets>(ref TPackets packets, int count)
        where TPackets : struct, IServicePackets, allows ref struct
    {
        _keys4.Clear();
        _keys6.Clear();
        int unusual = 0;
        for (int i = 0; i < count; i++)
        {
            _lanes[i] = new ServiceLane { Stopper = -1 };
            ref PacketLayout layout = ref packets.Layout(i);
            bool usual = IsUsual(layout);
            if (usual && FlowKey4.TryRead(packets.Bytes(i), layout, out FlowKey4 key4))
            {
                _keys4.Add(key4, i);
            }
            else if (usual && FlowKey6.TryRead(packets.Bytes(i), layout, out FlowKey6 key6))
            {
                _keys6.Add(key6, i);
            }
            else
            {
                _unusual[unusual++] = (ushort)i;
            }
        }

        int known = 0;
        int fresh = 0;
        Enter(_flows4, _keys4, ref packets, ref known, ref fresh);
        Enter(_flows6, _keys6, ref packets, ref known, ref fresh);
        return (known, fresh, unusual);
    }

    private void Enter<TKey, TKind, TPackets>(FlowSide<TKey, TKind> flows, KeyLanes<TKey> keys, ref TPackets packets, ref int known, ref int fresh)
        where TKey : unmanaged
        where TKind : struct, IKeyKind<TKey>
        where TPackets : struct, IServicePackets, allows ref struct
    {
        if (keys.Count == 0)
        {
            return;
        }

        flows.Find(keys.Keys, keys.Handles);
        for (int i = 0; i < keys.Count; i++)
        {
            int packet = keys.Packets[i];
            FlowHandle handle = keys.Handles[i];
            if (handle.IsNone || !TryEnter(flows, handle, ref packets, packet))
            {
                _new[fresh++] = (ushort)packet;
            }
            else
            {
                _known[known++] = (ushort)packet;
            }
        }
    }

    /// <summary>Fills the lane of a packet of a known flow; false if the flow is over and the packet opens it again.</summary>
    [MethodImpl(MethodImplOptions.AggressiveInlining)]
    private unsafe bool TryEnter<TKey, TKind, TPackets>(FlowSide<TKey, TKind> flows, FlowHandle handle, ref TPackets packets, int packet, FlowFlags extra = FlowFlags.None)
        where TKey : unmanaged
        where TKind : struct, IKeyKind<TKey>
        where TPackets : struct, IServicePackets, allows ref struct
    {
        ref FlowRecord flow = ref flows[handle];
        if (flow.Protocol == IpProtocol.Tcp && extra == FlowFlags.None && IsReopened(flow.Flags, FlagsOf(packets.Bytes(packet), packets.Layout(packet))))
        {
            End(flows, handle);
            return false;
        }

        if (flow.Generation != _generation)
        {
            Reclassify(flows, handle, ref flow);
        }

        ref ServiceLane lane = ref _lanes[packet];
        lane.State = flows.StateOf(handle);
        lane.Handle = handle;
        lane.IsIPv6 = typeof(TKey) == typeof(FlowKey6);
        lane.Flags = flow.Flags | extra | (handle.IsReverse ? FlowFlags.Reverse : FlowFlags.None);
        lane.Choose(handle.IsReverse ? flow.Reverse : flow.Forward);
        return true;
    }

    /// <summary>Has packets visit their services, all packets one service after the other.</summary>
    private void Walk<TPackets>(ref TPackets packets, scoped ReadOnlySpan<ushort> which, ref ServiceBurst burst)
        where TPackets : struct, IServicePackets, allows ref struct
    {
        (ulong ahead, ulong common) = Ahead(which);
        bool outwards = burst.Direction == ServiceDirection.FromMachine;
        burst.Diverges = false;
        while (ahead != 0)
        {
            int service = outwards ? BitOperations.TrailingZeroCount(ahead) : 63 - BitOperations.LeadingZeroCount(ahead);
            ahead &= ~(1UL << service);
            scoped ReadOnlySpan<ushort> visitors = (common >> service & 1) != 0 && !burst.Diverges ? which : Gather(which, service);
            if (visitors.IsEmpty)
            {
                continue;
            }

            ServiceSlot slot = _slots[service];
            if (slot.IsQuarantined || IsTimeOver(burst))
            {
                PassBy(slot, visitors, ref burst);
            }
            else
            {
                Visit(slot, ref packets, visitors, ref burst);
            }

            if (burst.Reclassifies)
            {
                (burst.Reclassifies, burst.Diverges) = (false, true);
                ahead |= ReclassifyLanes(visitors, outwards ? ~0UL << service << 1 : (1UL << service) - 1);
            }
        }
    }

    /// <summary>Services that any of the packets has to visit, and those that all have to.</summary>
    private (ulong Any, ulong All) Ahead(scoped ReadOnlySpan<ushort> which)
    {
        (ulong any, ulong all) = (0, ulong.MaxValue);
        foreach (ushort packet in which)
        {
            any |= _lanes[packet].Remaining;
            all &= _lanes[packet].Remaining;
        }

        return (any, all);
    }

    /// <summary>The packets that have to visit a service.</summary>
    private ReadOnlySpan<ushort> Gather(scoped ReadOnlySpan<ushort> which, int service)
    {
        int visitors = 0;
        foreach (ushort packet in which)
        {
            _visit[visitors] = packet;
            visitors += (int)(_lanes[packet].Remaining >> service & 1);
        }

        return _visit.AsSpan(0, visitors);
    }

    /// <summary>Calls a service; what it throws is a fault with the packet that it was busy with, and the others go on, as long as there is time.</summary>
    private void Visit<TPackets>(ServiceSlot slot, ref TPackets packets, scoped ReadOnlySpan<ushort> visitors, ref ServiceBurst burst)
        where TPackets : struct, IServicePackets, allows ref struct
    {
        long started = _options.Clock?.Ticks ?? 0;
        int from = 0;
        while (from < visitors.Length)
        {
            int to = burst.Deadline == long.MaxValue ? visitors.Length : Math.Min(visitors.Length, from + PacketsBetweenLooks);
            try
            {
                slot.Process(ref packets, _lanes, visitors[..to], from, ref burst);
                from = to;
            }
            catch (Exception)
            {
                slot.Fault(burst.Now, _options.Quarantine);
                slot.Excuse(ref _lanes[visitors[burst.Position]], ServiceReason.ServiceFault, ref burst);
                slot.Counters.Packets += burst.Position + 1 - from;
                from = burst.Position + 1;
            }

            if (from < visitors.Length && (slot.IsQuarantined || IsTimeOver(burst)))
            {
                PassBy(slot, visitors[from..], ref burst);
                break;
            }
        }

        slot.Counters.Ticks += (_options.Clock?.Ticks ?? 0) - started;
    }

    private void PassBy(ServiceSlot slot, scoped ReadOnlySpan<ushort> visitors, ref ServiceBurst burst)
    {
        foreach (ushort packet in visitors)
        {
            ref ServiceLane lane = ref _lanes[packet];
            lane.Remaining &= ~(1UL << slot.Index);
            lane.PassedBy |= 1UL << slot.Index;
            slot.Excuse(ref lane, slot.IsQuarantined ? ServiceReason.ServiceQuarantined : ServiceReason.BudgetExceeded, ref burst);
        }
    }

    private void Count(in ServiceLane lane)
    {
        switch (lane.Action)
        {
            case ServiceAction.Forward:
                _counters.Forwarded++;
                break;
            case ServiceAction.Consume:
                _counters.Consumed++;
                break;
            default:
                _counters.Dropped++;
                _reasons[(int)lane.Reason]++;
                break;
        }
    }
}
