using Weft.Flows;
using Weft.Packets;

namespace Weft.Services;

/// <summary>Packets that name no flow of their own: fragments without ports, ICMP errors, and what is no concern of services.</summary>
public sealed partial class ServiceSet
{
    private const byte FirstNeighborDiscovery = 130;
    private const byte LastNeighborDiscovery = 143;

    private readonly FragmentTracker<FragmentKey4, FlowHandle> _fragments4;
    private readonly FragmentTracker<FragmentKey6, FlowHandle> _fragments6;
    private readonly byte[] _released;
    private readonly PacketBatch _held;

    private void Unusual<TPackets>(ref TPackets packets, ushort packet, ref ServiceBurst burst)
        where TPackets : struct, IServicePackets, allows ref struct
    {
        ref ServiceLane lane = ref _lanes[packet];
        ref PacketLayout layout = ref packets.Layout(packet);
        ReadOnlySpan<byte> frame = packets.Bytes(packet);
        if (layout.Error != LayoutError.None)
        {
            lane.Stop(ServiceAction.Drop, ServiceReason.Malformed, -1);
        }
        else if (layout.IsFragment)
        {
            Fragment(ref packets, packet, ref burst);
        }
        else if (layout.IsIPv4 && IcmpView.TryParse(frame[layout.L4Offset..layout.EndOffset], out IcmpView icmp) && icmp.IsError)
        {
            Error(_flows4, icmp.EmbeddedPacket, ref packets, packet, ref burst);
        }
        else if (layout.IsIPv6 && layout.Protocol == IpProtocol.IcmpV6 && IcmpV6View.TryParse(frame[layout.L4Offset..layout.EndOffset], out IcmpV6View icmp6) && icmp6.IsError)
        {
            Error(_flows6, icmp6.EmbeddedPacket, ref packets, packet, ref burst);
        }
        else if (IsNoConcern(frame, layout))
        {
            _counters.NoFlow++;
        }
        else
        {
            lane.Stop(ServiceAction.Drop, ServiceReason.ErrorUnknownFlow, -1);
        }
    }

    /// <summary>ARP and other protocols than IP, and the part of ICMPv6 without which there is no link: neighbour and multicast listener discovery.</summary>
    private static bool IsNoConcern(ReadOnlySpan<byte> frame, in PacketLayout layout) =>
        (!layout.IsIPv4 && !layout.IsIPv6)
        || (layout.IsIPv6 && layout.Protocol == IpProtocol.IcmpV6 && frame[layout.L4Offset] is >= FirstNeighborDiscovery and <= LastNeighborDiscovery);

    /// <summary>
    /// An ICMP error goes with the flow of the packet that it embeds, in the other direction (RFC 5508 section 4): its services
    /// may have to translate what it embeds.
    /// </summary>
    private void Error<TKey, TKind, TPackets>(FlowSide<TKey, TKind> flows, ReadOnlySpan<byte> embedded, ref TPackets packets, ushort packet, ref ServiceBurst burst)
        where TKey : unmanaged
        where TKind : struct, IKeyKind<TKey>
        where TPackets : struct, IServicePackets, allows ref struct
    {
        FlowHandle handle = TKind.TryReadEmbedded(embedded, out TKey key) ? flows.Find(TKind.Reverse(in key)) : FlowHandle.None;
        Follow(flows, handle, FlowFlags.Error, ServiceReason.ErrorUnknownFlow, ref packets, packet, ref burst);
    }

    private void Fragment<TPackets>(ref TPackets packets, ushort packet, ref ServiceBurst burst)
        where TPackets : struct, IServicePackets, allows ref struct
    {
        ReadOnlySpan<byte> frame = packets.Bytes(packet);
        ref PacketLayout layout = ref packets.Layout(packet);
        // Both directions, and the inside of every tunnel, have fragments of their own, and numbers that nobody coordinates.
        uint scope = (uint)burst.Direction + (uint)(_changer * 2);
        if (FragmentKeys.TryRead(frame, layout, scope, out FragmentKey4 key4))
        {
            Fragment(_flows4, _fragments4, key4, ref packets, packet, ref burst);
        }
        else if (FragmentKeys.TryRead(frame, layout, scope, out FragmentKey6 key6))
        {
            Fragment(_flows6, _fragments6, key6, ref packets, packet, ref burst);
        }
        else
        {
            _lanes[packet].Stop(ServiceAction.Drop, ServiceReason.Malformed, -1);
        }
    }

    private void Fragment<TKey, TKind, TFragment, TPackets>(FlowSide<TKey, TKind> flows, FragmentTracker<TFragment, FlowHandle> fragments, TFragment key, ref TPackets packets, ushort packet, ref ServiceBurst burst)
        where TKey : unmanaged
        where TKind : struct, IKeyKind<TKey>
        where TFragment : unmanaged
        where TPackets : struct, IServicePackets, allows ref struct
    {
        if ((packets.Layout(packet).Flags & LayoutFlags.LaterFragment) == 0)
        {
            Begin(ref packets, packet, ref burst);
            FlowHandle decided = _lanes[packet].Handle;
            if (_lanes[packet].Action != ServiceAction.Drop && !decided.IsNone && fragments.Learn(in key, in decided, burst.Now) > 0)
            {
                Release(flows, fragments, ref burst);
            }

            return;
        }

        if (fragments.TryFind(in key, burst.Now, out FlowHandle handle))
        {
            Follow(flows, handle, FlowFlags.LaterFragment, ServiceReason.FragmentUnknown, ref packets, packet, ref burst);
            return;
        }

        // It came before the first fragment. A copy waits for that one and is sent behind it.
        bool held = fragments.TryHold(in key, (ulong)burst.Direction, packets.Bytes(packet), (int)burst.Direction, burst.Now);
        _lanes[packet].Stop(held ? ServiceAction.Consume : ServiceAction.Drop, held ? ServiceReason.None : ServiceReason.FragmentUnknown, -1);
    }

    /// <summary>Takes fragments that waited for their first one through the services, and sends those that pass.</summary>
    private void Release<TKey, TKind, TFragment>(FlowSide<TKey, TKind> flows, FragmentTracker<TFragment, FlowHandle> fragments, ref ServiceBurst burst)
        where TKey : unmanaged
        where TKind : struct, IKeyKind<TKey>
        where TFragment : unmanaged
    {
        while (fragments.TryTakeReleased(_released, out int length, out FlowHandle handle, out _))
        {
            _held.Clear();
            _ = _held.TryAdd(_released.AsSpan(0, length));
            PacketBatch held = _held;
            // The lane of the burst's first packet is lent to it: that packet has come to its end, or not begun.
            ServiceLane lent = _lanes[0];
            _lanes[0] = new ServiceLane { Stopper = -1 };
            Follow(flows, handle, FlowFlags.LaterFragment, ServiceReason.FragmentUnknown, ref held, 0, ref burst);
            GoOnAsAnother(ref held, 0, ref burst);
            ServiceLane end = _lanes[0];
            _lanes[0] = lent;
            _counters.Packets++;
            Count(end);
            if (end.Action == ServiceAction.Forward)
            {
                _ = Outbox.TryAdd(held.Bytes(0), burst.Direction == ServiceDirection.FromMachine ? ServiceOutput.FromMachine : ServiceOutput.ToMachine);
            }
        }
    }

    /// <summary>Takes a packet through the services of a flow that was found in another way than by its own key.</summary>
    private void Follow<TKey, TKind, TPackets>(FlowSide<TKey, TKind> flows, FlowHandle handle, FlowFlags kind, ServiceReason otherwise, ref TPackets packets, ushort packet, ref ServiceBurst burst)
        where TKey : unmanaged
        where TKind : struct, IKeyKind<TKey>
        where TPackets : struct, IServicePackets, allows ref struct
    {
        if (handle.IsNone || !flows.IsLive(handle) || !TryEnter(flows, handle, ref packets, packet, kind))
        {
            _lanes[packet].Stop(ServiceAction.Drop, otherwise, -1);
            return;
        }

        Restrict(ref _lanes[packet]);
        Walk(ref packets, new ReadOnlySpan<ushort>(in packet), ref burst);
        Conclude(flows, ref packets, packet, burst.Now);
    }
}
