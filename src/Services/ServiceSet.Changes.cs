using System.Runtime.CompilerServices;
using Weft.Packets;

namespace Weft.Services;

/// <summary>Packets that a service put into others, or took out of others: they go on as packets of another flow.</summary>
public sealed partial class ServiceSet
{
    private readonly Earlier[] _earlier = new Earlier[MaxBurst];

    /// <summary>Services that a packet which became another flow's may still visit; all for one that did not.</summary>
    private ulong _ahead = ulong.MaxValue;

    /// <summary>The service that made it so, counted from one; 0 for a packet that is what it came as.</summary>
    private int _changer;

    /// <summary>
    /// Takes a packet that changed on behind the service that changed it. It visits only what is ahead, so this ends after as many changes as there are
    /// services.
    /// </summary>
    [MethodImpl(MethodImplOptions.AggressiveInlining)]
    private void GoOnAsAnother<TPackets>(ref TPackets packets, ushort packet, ref ServiceBurst burst)
        where TPackets : struct, IServicePackets, allows ref struct
    {
        if (_lanes[packet].ChangedBy != 0)
        {
            Change(ref packets, packet, ref burst);
        }
    }

    [MethodImpl(MethodImplOptions.NoInlining)]
    private void Change<TPackets>(ref TPackets packets, ushort packet, ref ServiceBurst burst)
        where TPackets : struct, IServicePackets, allows ref struct
    {
        bool outwards = burst.Direction == ServiceDirection.FromMachine;
        while (_lanes[packet].ChangedBy != 0)
        {
            ServiceLane before = _lanes[packet];
            int service = before.ChangedBy - 1;
            (ulong visited, ulong passedBy) = (before.Visited, before.PassedBy);
            Note(packet, before, visited);
            _counters.Changed++;
            _lanes[packet] = new ServiceLane { Stopper = -1 };
            (_ahead, _changer) = (outwards ? ~0UL << service << 1 : (1UL << service) - 1, service + 1);
            ref PacketLayout layout = ref packets.Layout(packet);
            if (IsUsual(layout) && HasFlow(packets.Bytes(packet), layout))
            {
                Begin(ref packets, packet, ref burst);
            }
            else
            {
                Unusual(ref packets, packet, ref burst);
            }

            (_ahead, _changer) = (ulong.MaxValue, 0);
            _lanes[packet].Resume(visited, passedBy);
        }
    }

    /// <summary>Remembers, for traces, whose state the services had that a packet visited before it changed.</summary>
    private unsafe void Note(ushort packet, in ServiceLane lane, ulong visited)
    {
        bool lives = !lane.Handle.IsNone && (lane.IsIPv6 ? _flows6.IsLive(lane.Handle) : _flows4.IsLive(lane.Handle));
        byte* state = !lives ? null : lane.IsIPv6 ? _flows6.StateOf(lane.Handle) : _flows4.StateOf(lane.Handle);
        _earlier[packet] = new Earlier { State = state, Visited = visited };
    }

    /// <summary>Has a packet that became another flow's visit only what is ahead of it.</summary>
    [MethodImpl(MethodImplOptions.AggressiveInlining)]
    private void Restrict(ref ServiceLane lane) => lane.Choose(lane.Remaining & _ahead);

    /// <summary>The key that a packet has behind the services, or had in front of the one that made it another flow's.</summary>
    private bool TryReadBehind<TKey, TKind, TPackets>(ref TPackets packets, int packet, ref ServiceBurst burst, out TKey key)
        where TKey : unmanaged
        where TKind : struct, IKeyKind<TKey>
        where TPackets : struct, IServicePackets, allows ref struct
    {
        if (_lanes[packet].ChangedBy != 0)
        {
            key = TKind.Before(in burst);
            return true;
        }

        return TKind.TryRead(packets.Bytes(packet), packets.Layout(packet), out key);
    }

    private static bool IsUsual(in PacketLayout layout) => layout.Error == LayoutError.None && !layout.IsFragment;

    private static bool HasFlow(ReadOnlySpan<byte> frame, in PacketLayout layout) => FlowKey4.TryRead(frame, layout, out _) || FlowKey6.TryRead(frame, layout, out _);

    private unsafe struct Earlier
    {
        public byte* State;
        public ulong Visited;
    }
}
