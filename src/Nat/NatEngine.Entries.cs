using System.Runtime.CompilerServices;
using Weft.Flows;
using Weft.Packets;

namespace Weft.Nat;

/// <summary>Mappings, sessions and machines: made, refreshed, ended.</summary>
public sealed partial class NatEngine
{
    /// <summary>Ports asked for one that can be shared: the bound of the work.</summary>
    private const int SharingAttempts = 64;

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

    private NatDropReason TryCreate(in NatPacket at, uint scope, in FlowKey4 key, Timestamp now, out FlowHandle handle)
    {
        handle = FlowHandle.None;
        if (scope > MaxScope)
        {
            return NatDropReason.BadAddress;
        }

        if (at.Protocol == IpProtocol.Tcp && (at.TcpFlags & (TcpFlags.Syn | TcpFlags.Rst)) != TcpFlags.Syn)
        {
            return NatDropReason.NoConnection;
        }

        NatBehavior behavior = BehaviorOf(at.Protocol);
        bool perRemote = behavior.Mapping != MappingBehavior.EndpointIndependent;
        if (!perRemote && behavior.OneEntry && at.Protocol != IpProtocol.Tcp)
        {
            return AddMapping(in key, NatEntryKind.Mapping, at.TcpFlags, now, out handle);
        }

        // Under a mapping for all remotes where there is one: always, or only if it was configured.
        var endpoint = new FlowKey4(at.Source, default, at.Protocol, at.SourcePort, 0, scope);
        FlowHandle mapping = perRemote && _statics == 0 ? FlowHandle.None : FindLive(in endpoint, now);
        if (perRemote && mapping.IsNone)
        {
            return AddMapping(in key, NatEntryKind.OwnPortSession, at.TcpFlags, now, out handle);
        }

        if (mapping.IsNone)
        {
            if (_entries.Capacity - _entries.Count < 2)
            {
                return NatDropReason.TableFull;
            }

            NatDropReason reason = AddMapping(in endpoint, NatEntryKind.Mapping, TcpFlags.None, now, out mapping);
            if (reason != NatDropReason.None)
            {
                return reason;
            }
        }

        FlowKey4 outside = _entries.ReverseKeyOf(mapping);
        FlowKey4 reverse = OutsideKey(at.Destination, key.DestinationPort, at.Protocol, outside.Destination, outside.DestinationPort);
        TcpState state = at.Protocol == IpProtocol.Tcp ? TcpState.SynOut : TcpState.None;
        NatDropReason added = AddSession(mapping, in key, in reverse, state, now, out handle);
        if (added != NatDropReason.None)
        {
            EndIfUnused(mapping, now);
            return added;
        }

        if (at.Protocol == IpProtocol.Tcp)
        {
            _syns.Answered(in reverse);
            if (behavior.Filtering == FilteringBehavior.AddressDependent)
            {
                AddPermit(mapping, in key, in reverse, now);
            }
        }

        return NatDropReason.None;
    }

    /// <summary>Makes an entry with a port of its own, under a key whose remote is one or all.</summary>
    private NatDropReason AddMapping(in FlowKey4 forward, NatEntryKind kind, TcpFlags flags, Timestamp now, out FlowHandle handle)
    {
        handle = FlowHandle.None;
        bool sharesPort = kind == NatEntryKind.OwnPortSession && _options.PortOverlap;
        var request = new PortRequest(forward.Protocol, forward.SourcePort, _options.PreserveParity, Pin: null);
        if (_pool.IsInVain(in request, now) && !sharesPort)
        {
            return NatDropReason.PortsExhausted;
        }

        if (_entries.Count == _entries.Capacity || !TryGetMachine(in forward, out FlowHandle owner))
        {
            return NatDropReason.TableFull;
        }

        ref NatMachine machine = ref _machines[owner];
        if (machine.MappingsOf(forward.Protocol) >= _options.MappingsPerMachine)
        {
            return NatDropReason.QuotaExceeded;
        }

        bool isFlow = kind == NatEntryKind.OwnPortSession || !LivesThroughSessions(new NatEntry { Kind = kind }, forward.Protocol);
        if (isFlow && !machine.TryBegin(now, _options.NewFlowsPerSecond))
        {
            RemoveIfIdle(owner, forward.Scope, forward.Source, now);
            return NatDropReason.QuotaExceeded;
        }

        bool paired = _options.Pooling == PoolingBehavior.Paired && machine.HasAddress;
        request = request with { Pin = paired ? machine.Address : null };
        if (!_pool.TryAllocate(in request, Random(), now, out int block, out ushort port)
            && !(sharesPort && TryShare(in request, in forward, now, out block, out port)))
        {
            RemoveIfIdle(owner, forward.Scope, forward.Source, now);
            return NatDropReason.PortsExhausted;
        }

        IPv4Address address = _pool[block]!.Range.Address;
        FlowKey4 reverse = OutsideKey(forward.Destination, forward.DestinationPort, forward.Protocol, address, port);
        if (!TryAddEntry(in forward, in reverse, out handle))
        {
            _pool.Release(block, forward.Protocol, port, now);
            RemoveIfIdle(owner, forward.Scope, forward.Source, now);
            return NatDropReason.TableFull;
        }

        TcpState state = (flags & TcpFlags.Syn) != 0 ? TcpState.SynOut : TcpState.None;
        Begin(handle, new NatEntry { LastSeen = now, Owner = owner, Kind = kind, Block = (byte)block, Tcp = state }, forward.Protocol);
        Bind(ref machine, in forward, address, now);
        machine.Count(forward.Protocol, +1);
        CountMapping(in forward, in reverse, created: true, now);
        WarnIfLow(_pool[block]!, forward.Protocol, now);
        return NatDropReason.None;
    }

    /// <summary>Finds a port in use that has no flow to this remote yet. Bounded, so a remote to which nearly every port has a flow may be refused while one is left.</summary>
    private bool TryShare(in PortRequest request, in FlowKey4 forward, Timestamp now, out int index, out ushort port)
    {
        int ports = _pool.CountFor(in request, now);
        for (int attempt = 0; attempt < SharingAttempts && ports > 0; attempt++)
        {
            int number = (int)(((Random() >> 32) * (ulong)ports) >> 32);
            index = _pool.Locate(in request, number, now, out port);
            PoolBlock block = _pool[index]!;
            FlowKey4 reverse = OutsideKey(forward.Destination, forward.DestinationPort, forward.Protocol, block.Range.Address, port);
            if (_entries.Find(in reverse).IsNone && block.TryShare(forward.Protocol, port))
            {
                return true;
            }
        }

        (index, port) = (-1, 0);
        return false;
    }

    private void WarnIfLow(PoolBlock block, IpProtocol protocol, Timestamp now)
    {
        if (block.FreeOf(protocol) == block.LowMark - 1)
        {
            Log(new NatEvent(NatEventKind.ThresholdReached, now, Protocol: protocol, Outside: block.Range.Address, OutsidePort: block.Range.First, OutsideLastPort: block.Range.Last));
        }
    }

    /// <summary>Remembers the shared address that a machine's flows have.</summary>
    private void Bind(ref NatMachine machine, in FlowKey4 inside, IPv4Address address, Timestamp now)
    {
        if (machine.Address == address)
        {
            return;
        }

        machine.Address = address;
        if (_options.Logging >= NatLogging.Mappings)
        {
            Log(new NatEvent(NatEventKind.AddressBound, now, inside.Scope, Inside: inside.Source, Outside: address));
        }
    }

    private NatDropReason AddSession(FlowHandle mapping, in FlowKey4 forward, in FlowKey4 reverse, TcpState state, Timestamp now, out FlowHandle handle)
    {
        handle = FlowHandle.None;
        ref NatMachine machine = ref _machines[_entries[mapping].Owner];
        if (machine.Sessions >= _options.SessionsPerMachine || !machine.TryBegin(now, _options.NewFlowsPerSecond))
        {
            return NatDropReason.QuotaExceeded;
        }

        if (!TryAddEntry(in forward, in reverse, out handle))
        {
            return NatDropReason.TableFull;
        }

        Begin(handle, new NatEntry { LastSeen = now, Owner = mapping, Kind = NatEntryKind.Session, Tcp = state }, forward.Protocol);
        machine.Sessions++;
        _entries[mapping].Sessions++;
        CountSession(in forward, in reverse, created: true, now);
        return NatDropReason.None;
    }

    /// <summary>Lets all ports of an address open connections to a mapping. It is soft: without room, only this is not remembered.</summary>
    private void AddPermit(FlowHandle mapping, in FlowKey4 session, in FlowKey4 outside, Timestamp now)
    {
        var forward = new FlowKey4(session.Source, session.Destination, session.Protocol, session.SourcePort, 0, session.Scope);
        FlowKey4 reverse = OutsideKey(outside.Source, 0, outside.Protocol, outside.Destination, outside.DestinationPort);
        FlowHandle known = _entries.Find(in forward);
        if (!known.IsNone && _entries[known].Owner == mapping)
        {
            return;
        }

        if (TryAddEntry(in forward, in reverse, out FlowHandle handle))
        {
            Begin(handle, new NatEntry { LastSeen = now, Owner = mapping, Kind = NatEntryKind.Permit }, IpProtocol.Tcp);
        }
    }

    /// <summary>Adds an entry. A permit whose mapping is gone gives way.</summary>
    private bool TryAddEntry(in FlowKey4 forward, in FlowKey4 reverse, out FlowHandle handle)
    {
        for (int attempt = 0; attempt < 3; attempt++)
        {
            FlowAddResult result = _entries.Add(in forward, in reverse, out handle);
            if (result == FlowAddResult.Added)
            {
                return true;
            }

            if (handle.IsNone || _entries[handle].Kind != NatEntryKind.Permit || _entries.IsLive(_entries[handle].Owner))
            {
                break;
            }

            _ = _timers.Cancel(handle.Index);
            _ = _entries.Remove(handle);
        }

        handle = FlowHandle.None;
        return false;
    }

    private void Begin(FlowHandle handle, in NatEntry entry, IpProtocol protocol)
    {
        _entries[handle] = entry;
        if (!LivesThroughSessions(in entry, protocol) && entry.Kind != NatEntryKind.PeerTag)
        {
            _timers.Arm(handle.Index, DueOf(in entry, protocol));
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
