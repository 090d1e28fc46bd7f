using System.Runtime.CompilerServices;
using Weft.Flows;
using Weft.Packets;

namespace Weft.Nat;

/// <summary>Mappings, sessions and machines: found, refreshed, ended.</summary>
public sealed partial class NatEngine
{
    /// <summary>Mappings that were configured.</summary>
    private int _statics;

    [MethodImpl(MethodImplOptions.AggressiveInlining)]
    private FlowHandle FindLive(in FlowKey4 key, Timestamp now)
    {
        FlowHandle handle = _entries.Find(in key);
        if (!handle.IsNone && IsExpired(handle, key.Protocol, now))
        {
            End(handle, now);
            return FlowHandle.None;
        }

        return handle;
    }

    /// <summary>True if an entry has been idle for too long, whether or not its timer has come to it.</summary>
    [MethodImpl(MethodImplOptions.AggressiveInlining)]
    private bool IsExpired(FlowHandle handle, IpProtocol protocol, Timestamp now)
    {
        ref NatEntry entry = ref _entries[handle];
        return IsIdle(in entry, protocol, now) && !LivesThroughSessions(in entry, protocol) && entry.Kind is not (NatEntryKind.Permit or NatEntryKind.PeerTag);
    }

    [MethodImpl(MethodImplOptions.AggressiveInlining)]
    private bool IsIdle(in NatEntry entry, IpProtocol protocol, Timestamp now) =>
        now.Nanoseconds - entry.LastSeen.Nanoseconds >= _patience.Of(entry.Tcp, protocol);

    /// <summary>True for a mapping that ends with its last session, or never.</summary>
    private bool LivesThroughSessions(in NatEntry entry, IpProtocol protocol) =>
        entry.Kind == NatEntryKind.Mapping && (entry.IsStatic || protocol == IpProtocol.Tcp || !BehaviorOf(protocol).OneEntry);

    private Timestamp DueOf(in NatEntry entry, IpProtocol protocol) => new(entry.LastSeen.Nanoseconds + _patience.Of(entry.Tcp, protocol));

    [MethodImpl(MethodImplOptions.AggressiveInlining)]
    private void Touch(FlowHandle handle, ref NatEntry entry, in NatPacket at, bool outbound, Timestamp now)
    {
        if (at.Protocol == IpProtocol.Tcp)
        {
            TouchTcp(handle, ref entry, at.TcpFlags, outbound, now);
        }
        else if (outbound || (_options.InboundRefresh && at.Protocol == IpProtocol.Udp))
        {
            entry.LastSeen = now;
        }
    }

    private void TouchTcp(FlowHandle handle, ref NatEntry entry, TcpFlags flags, bool outbound, Timestamp now)
    {
        TcpState before = entry.Tcp;
        entry.Tcp = TcpTracker.Next(before, flags, outbound);
        if (entry.Tcp == before && (flags & TcpFlags.Rst) != 0)
        {
            return; // a RST that changes nothing keeps nothing alive
        }

        entry.LastSeen = now;
        if (TcpTracker.IsLong(before) && !TcpTracker.IsLong(entry.Tcp))
        {
            _timers.Arm(handle.Index, DueOf(in entry, IpProtocol.Tcp));
        }
    }

    /// <summary>Decides about an entry whose timer fired: packets only write down when they came.</summary>
    /// <returns>True if it ended.</returns>
    private bool ReviewTimer(FlowHandle handle, Timestamp now)
    {
        if (!_entries.IsLive(handle))
        {
            return false;
        }

        ref NatEntry entry = ref _entries[handle];
        IpProtocol protocol = _entries.ForwardKeyOf(handle).Protocol;
        Timestamp due = entry.Kind == NatEntryKind.Permit && _entries.IsLive(entry.Owner)
            ? now + _options.Timeouts.TcpTransitory
            : DueOf(in entry, protocol);
        if (due > now)
        {
            _timers.Arm(handle.Index, due);
            return false;
        }

        End(handle, now);
        return true;
    }

    private void End(FlowHandle handle, Timestamp now)
    {
        NatEntry entry = _entries[handle];
        FlowKey4 forward = _entries.ForwardKeyOf(handle);
        FlowKey4 reverse = _entries.ReverseKeyOf(handle);
        _ = _timers.Cancel(handle.Index);
        _ = _entries.Remove(handle);
        if (entry.HoldsPort)
        {
            _pool.Release(entry.Block, reverse.Protocol, reverse.DestinationPort, now);
            _statics -= entry.IsStatic ? 1 : 0;
            _machines[entry.Owner].Count(forward.Protocol, -1);
            RemoveIfIdle(entry.Owner, forward.Scope, forward.Source, now);
            CountMapping(in forward, in reverse, created: false, now);
        }
        else if (entry.Kind == NatEntryKind.Association)
        {
            EndAssociation(in entry, in forward, in reverse, now);
        }
        else if (entry.Kind == NatEntryKind.Session)
        {
            CountSession(in forward, in reverse, created: false, now);
            _machines[_entries[entry.Owner].Owner].Sessions--;
            _entries[entry.Owner].Sessions--;
            EndIfUnused(entry.Owner, now);
        }
    }

    private void EndIfUnused(FlowHandle mapping, Timestamp now)
    {
        ref NatEntry entry = ref _entries[mapping];
        if (entry.Sessions == 0 && !entry.IsStatic)
        {
            End(mapping, now);
        }
    }

    private bool TryGetMachine(in FlowKey4 inside, out FlowHandle handle) =>
        _machines.Add(((ulong)inside.Scope << 32) | inside.Source.Value, out handle) != FlowAddResult.Refused;

    private void RemoveIfIdle(FlowHandle handle, uint scope, IPv4Address inside, Timestamp now)
    {
        ref NatMachine machine = ref _machines[handle];
        if (!machine.IsIdle)
        {
            return;
        }

        if (machine.HasAddress && _options.Logging >= NatLogging.Mappings)
        {
            Log(new NatEvent(NatEventKind.AddressReleased, now, scope, Inside: inside, Outside: machine.Address));
        }

        _ = _machines.Remove(handle);
    }

    private void CountMapping(in FlowKey4 forward, in FlowKey4 reverse, bool created, Timestamp now)
    {
        (created ? ref _counters.MappingsCreated : ref _counters.MappingsDeleted)++;
        if (_options.Logging >= NatLogging.Mappings)
        {
            Log(EventOf(created ? NatEventKind.MappingCreated : NatEventKind.MappingDeleted, in forward, in reverse, now));
        }
    }

    private void CountSession(in FlowKey4 forward, in FlowKey4 reverse, bool created, Timestamp now)
    {
        (created ? ref _counters.SessionsCreated : ref _counters.SessionsDeleted)++;
        if (_options.Logging >= NatLogging.Sessions)
        {
            Log(EventOf(created ? NatEventKind.SessionCreated : NatEventKind.SessionDeleted, in forward, in reverse, now));
        }
    }

    private static NatEvent EventOf(NatEventKind kind, in FlowKey4 forward, in FlowKey4 reverse, Timestamp now) =>
        new(kind, now, forward.Scope, forward.Protocol, forward.Source, forward.SourcePort, reverse.Destination, reverse.DestinationPort, 0, reverse.Source, reverse.SourcePort);
}
