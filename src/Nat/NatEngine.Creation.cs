using Weft.Flows;
using Weft.Packets;

namespace Weft.Nat;

/// <summary>Mappings, sessions and permits: made.</summary>
public sealed partial class NatEngine
{
    /// <summary>Ports asked for one that can be shared: the bound of the work.</summary>
    private const int SharingAttempts = 64;

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
}
