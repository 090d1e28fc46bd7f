using System.Runtime.CompilerServices;
using Weft.Flows;
using Weft.Packets;

namespace Weft.Services;

/// <summary>How flows begin, go on and end.</summary>
public sealed partial class ServiceSet
{
    private const int TcpFlagsOffset = 13;

    /// <summary>Notes what a packet of a known flow did to it, once every service has let it pass: one that was refused proves nothing.</summary>
    private void Conclude<TPackets>(ref TPackets packets, int packet, Timestamp now)
        where TPackets : struct, IServicePackets, allows ref struct
    {
        if (_lanes[packet].IsIPv6)
        {
            Conclude(_flows6, ref packets, packet, now);
        }
        else
        {
            Conclude(_flows4, ref packets, packet, now);
        }
    }

    private void Conclude<TKey, TKind, TPackets>(FlowSide<TKey, TKind> flows, ref TPackets packets, int packet, Timestamp now)
        where TKey : unmanaged
        where TKind : struct, IKeyKind<TKey>
        where TPackets : struct, IServicePackets, allows ref struct
    {
        ref ServiceLane lane = ref _lanes[packet];
        // A flow that an earlier packet of the burst ended is gone, and with it what there was to note.
        if (!flows.IsLive(lane.Handle))
        {
            return;
        }

        ref FlowRecord flow = ref flows[lane.Handle];
        bool reverse = (lane.Flags & FlowFlags.Reverse) != 0;
        if (lane.Left != 0)
        {
            _ = reverse ? flow.Reverse &= ~lane.Left : flow.Forward &= ~lane.Left;
        }

        if (_tracking)
        {
            flows.MarkDirty(lane.Handle);
        }

        if (lane.Action is ServiceAction.Drop || (lane.Flags & FlowFlags.Error) != 0)
        {
            return;
        }

        flow.LastSeen = FlowSide<TKey, TKind>.Milliseconds(now);
        if (reverse && (flow.Flags & FlowFlags.Established) == 0)
        {
            flows.Establish(ref flow);
        }

        if (flow.Protocol == IpProtocol.Tcp && (lane.Flags & (FlowFlags.Doubtful | FlowFlags.LaterFragment)) == 0)
        {
            FollowTcp(flows, lane.Handle, ref flow, lane.ChangedBy != 0 ? lane.TcpBefore : FlagsOf(packets.Bytes(packet), packets.Layout(packet)), reverse, now);
        }
    }

    private void FollowTcp<TKey, TKind>(FlowSide<TKey, TKind> flows, FlowHandle handle, ref FlowRecord flow, TcpFlags flags, bool reverse, Timestamp now)
        where TKey : unmanaged
        where TKind : struct, IKeyKind<TKey>
    {
        if ((flags & (TcpFlags.Fin | TcpFlags.Rst)) == 0)
        {
            return;
        }

        FlowFlags before = flow.Flags;
        flow.Flags |= (flags & TcpFlags.Rst) != 0 ? FlowFlags.Reset : reverse ? FlowFlags.ReverseClosed : FlowFlags.ForwardClosed;
        if (flow.Flags != before)
        {
            // It ends sooner now than its timer was set for.
            flows.Hurry(handle, now + TimeSpan.FromMilliseconds(_options.Timeouts.MillisecondsOf(flow)));
        }
    }

    /// <summary>Takes a packet through that may be the first of its flow; another of this burst may have begun the flow already.</summary>
    private void Begin<TPackets>(ref TPackets packets, ushort packet, ref ServiceBurst burst)
        where TPackets : struct, IServicePackets, allows ref struct
    {
        ReadOnlySpan<byte> frame = packets.Bytes(packet);
        ref PacketLayout layout = ref packets.Layout(packet);
        if (FlowKey4.TryRead(frame, layout, out FlowKey4 key4))
        {
            Begin(_flows4, key4, ref packets, packet, ref burst);
        }
        else if (FlowKey6.TryRead(frame, layout, out FlowKey6 key6))
        {
            Begin(_flows6, key6, ref packets, packet, ref burst);
        }
    }

    private unsafe void Begin<TKey, TKind, TPackets>(FlowSide<TKey, TKind> flows, TKey key, ref TPackets packets, ushort packet, ref ServiceBurst burst)
        where TKey : unmanaged
        where TKind : struct, IKeyKind<TKey>
        where TPackets : struct, IServicePackets, allows ref struct
    {
        FlowHandle existing = flows.Find(in key);
        if (!existing.IsNone && TryEnter(flows, existing, ref packets, packet))
        {
            Restrict(ref _lanes[packet]);
            Walk(ref packets, new ReadOnlySpan<ushort>(in packet), ref burst);
            Conclude(flows, ref packets, packet, burst.Now);
            return;
        }

        ref ServiceLane lane = ref _lanes[packet];
        bool fromOutside = burst.Direction == ServiceDirection.ToMachine;
        if (flows.Count == flows.Capacity)
        {
            lane.Stop(ServiceAction.Drop, ServiceReason.FlowTableFull, -1);
            return;
        }

        if (fromOutside && flows.HalfOpen >= (_options.HalfOpenFlows ?? flows.Capacity / 2))
        {
            lane.Stop(ServiceAction.Drop, ServiceReason.HalfOpenLimit, -1);
            return;
        }

        // The state is made aside: whether there will be a flow, and under which second key, shows when the services are done.
        ServiceSelection selection = Limit(_classifier.Classify(TKind.Describe(in key, burst.Direction)));
        flows.ClearScratch();
        lane.State = flows.Scratch;
        lane.IsIPv6 = typeof(TKey) == typeof(FlowKey6);
        lane.Choose(selection.Forward.Bits);
        Restrict(ref lane);
        // The packet may be another's when it comes back.
        IpProtocol protocol = packets.Layout(packet).Protocol;
        lane.Flags = FlowFlags.First | (fromOutside ? FlowFlags.FromOutside : FlowFlags.None);
        Walk(ref packets, new ReadOnlySpan<ushort>(in packet), ref burst);
        if (lane.Action == ServiceAction.Drop)
        {
            // Nobody has heard of the flow, so nobody's memory of it is worth a place.
            EndState(lane.State);
            return;
        }

        TKey behind = lane.Action == ServiceAction.Forward && TryReadBehind<TKey, TKind, TPackets>(ref packets, packet, ref burst, out TKey translated) ? translated : key;
        ContainerRing? away = lane.Action == ServiceAction.Consume ? _slots[lane.Stopper].UnnamedRing : null;
        var record = new FlowRecord
        {
            Forward = selection.Forward.Bits & ~lane.Left,
            Reverse = selection.Reverse.Bits,
            LastSeen = FlowSide<TKey, TKind>.Milliseconds(burst.Now),
            Flags = (lane.Flags & FlowFlags.Remembered) | (away is null ? FlowFlags.None : FlowFlags.Unfinished),
            Protocol = protocol,
            Generation = _generation,
        };
        if (flows.Begin(in key, TKind.Reverse(in behind), record, burst.Now, _options.Timeouts, out FlowHandle handle) != FlowAddResult.Added)
        {
            away?.NameLast(FlowHandle.None);
            EndState(lane.State);
            lane.Stop(ServiceAction.Drop, ServiceReason.FlowConflict, -1);
            return;
        }

        lane.Handle = handle;
        away?.NameLast(handle);
        _counters.FlowsBegun++;
    }

    private unsafe void End<TKey, TKind>(FlowSide<TKey, TKind> flows, FlowHandle handle)
        where TKey : unmanaged
        where TKind : struct, IKeyKind<TKey>
    {
        EndState(flows.StateOf(handle));
        flows.Remove(handle);
        _counters.FlowsEnded++;
    }

    private unsafe void EndState(byte* state) => new EndAll(_slots).End(state);

    /// <summary>Gives a flow the services that the classifier in force gives to a new flow with its key.</summary>
    [MethodImpl(MethodImplOptions.NoInlining)]
    private void Reclassify<TKey, TKind>(FlowSide<TKey, TKind> flows, FlowHandle handle, ref FlowRecord flow)
        where TKey : unmanaged
        where TKind : struct, IKeyKind<TKey>
    {
        ServiceDirection opened = (flow.Flags & FlowFlags.FromOutside) != 0 ? ServiceDirection.ToMachine : ServiceDirection.FromMachine;
        ServiceSelection selection = Limit(_classifier.Classify(TKind.Describe(in flows.ForwardKeyOf(handle), opened)));
        (flow.Forward, flow.Reverse, flow.Generation) = (selection.Forward.Bits, selection.Reverse.Bits, _generation);
        _counters.Reclassified++;
    }

    /// <summary>Classifies anew the flows whose packets a service asked it for.</summary>
    /// <returns>The services that any of the packets has still to visit.</returns>
    private ulong ReclassifyLanes(scoped ReadOnlySpan<ushort> visitors, ulong ahead)
    {
        ulong any = 0;
        foreach (ushort packet in visitors)
        {
            ref ServiceLane lane = ref _lanes[packet];
            if (!lane.Reclassifies || lane.Handle.IsNone)
            {
                // The first packet of a flow was classified a moment ago by the same rules.
                continue;
            }

            lane.Reclassifies = false;
            if (lane.IsIPv6)
            {
                Reclassify(_flows6, ref lane, ahead);
            }
            else
            {
                Reclassify(_flows4, ref lane, ahead);
            }

            any |= lane.Remaining;
        }

        return any;
    }

    private void Reclassify<TKey, TKind>(FlowSide<TKey, TKind> flows, ref ServiceLane lane, ulong ahead)
        where TKey : unmanaged
        where TKind : struct, IKeyKind<TKey>
    {
        ref FlowRecord flow = ref flows[lane.Handle];
        Reclassify(flows, lane.Handle, ref flow);
        ulong visited = lane.Visited;
        lane.Remaining = ((lane.Flags & FlowFlags.Reverse) != 0 ? flow.Reverse : flow.Forward) & ahead & ~visited;
        lane.Chosen = visited | lane.Remaining;
    }

    /// <summary>Only services that the set has.</summary>
    private ServiceSelection Limit(ServiceSelection selection)
    {
        ulong all = ServiceMask.First(_slots.Length).Bits;
        return new ServiceSelection(new ServiceMask(selection.Forward.Bits & all), new ServiceMask(selection.Reverse.Bits & all));
    }

    /// <summary>True for a segment that opens a connection whose predecessor with the same ports is over.</summary>
    [MethodImpl(MethodImplOptions.AggressiveInlining)]
    private static bool IsReopened(FlowFlags flow, TcpFlags segment)
    {
        const FlowFlags BothClosed = FlowFlags.ForwardClosed | FlowFlags.ReverseClosed;
        return (segment & (TcpFlags.Syn | TcpFlags.Ack)) == TcpFlags.Syn && ((flow & FlowFlags.Reset) != 0 || (flow & BothClosed) == BothClosed);
    }

    [MethodImpl(MethodImplOptions.AggressiveInlining)]
    internal static TcpFlags FlagsOf(ReadOnlySpan<byte> frame, in PacketLayout layout) =>
        layout.Protocol == IpProtocol.Tcp && layout.HasL4 ? (TcpFlags)frame[layout.L4Offset + TcpFlagsOffset] : TcpFlags.None;
}
