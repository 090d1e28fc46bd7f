using Weft.Flows;
using Weft.Packets;

namespace Weft.Nat;

/// <summary>
/// SCTP. Associations are told apart by their verification tags, 32 random bits in each direction, and not by ports
/// (draft-ietf-tsvwg-natsupp): so any number of them share a port, a remote may change its address, and no port is allocated.
/// A machine's port stays as it is where a block has it; otherwise one of a block is derived from it and the checksum repaired.
/// </summary>
/// <remarks>
/// An association takes two entries: one under the tag that packets to the machine carry, found by the remote's packets and by
/// what the machine sends before it knows the other tag, and one under the tag that packets to the remote carry. In both, the tag
/// stands where other protocols have the remote's address.
/// </remarks>
public sealed partial class NatEngine
{
    private NatVerdict TranslateOutboundSctp(Span<byte> packet, in NatPacket at, uint scope, Timestamp now)
    {
        if (!SctpPacket.TryRead(packet[at.HeaderLength..], out SctpPacket sctp))
        {
            return Drop(NatDropReason.MalformedTransport);
        }

        uint tag = sctp.Event == SctpEvent.Init ? sctp.InitiateTag : sctp.Tag;
        var key = new FlowKey4(at.Source, new IPv4Address(tag), IpProtocol.Sctp, at.SourcePort, at.DestinationPort, scope);
        FlowHandle association = FindAssociation(in key, outbound: true, now);
        if (association.IsNone)
        {
            if (sctp.Event != SctpEvent.Init || scope > MaxScope)
            {
                return Drop(scope > MaxScope ? NatDropReason.BadAddress : NatDropReason.NoConnection);
            }

            NatDropReason reason = TryOpen(in at, in key, now, out association);
            if (reason != NatDropReason.None)
            {
                return Refuse(reason, in at, now);
            }
        }

        if (sctp.Event == SctpEvent.InitAck && _entries[association].RemoteTag == 0)
        {
            // The association was opened from outside, and is known by the remote's tag only: this is the other one.
            Learn(association, sctp.InitiateTag);
        }

        TouchSctp(association, in sctp, outbound: true, now);
        FlowKey4 outside = _entries.ReverseKeyOf(association);
        if (at.IsFragment && outside.DestinationPort != at.SourcePort)
        {
            return Drop(NatDropReason.UnknownProtocol); // the checksum over all fragments cannot be repaired in the first
        }

        PacketEdit.SetEndpoint(packet, in at, source: true, outside.Destination, outside.DestinationPort);
        if (at.MayBeFragmented)
        {
            PacketEdit.SetHeaderWord(packet, PacketEdit.IdentificationOffset, NextIdentification(outside.Destination, in at));
        }

        if (_pool.IsShared(at.Destination))
        {
            NatPacket seen = at;
            seen.Source = outside.Destination;
            seen.SourcePort = outside.DestinationPort;
            NatVerdict verdict = TranslateInboundWhole(packet, in seen, redirected: true, FlowHandle.None, now);
            return AsHairpin(in verdict);
        }

        _counters.TranslatedOutbound++;
        return new NatVerdict { Action = NatAction.Translated };
    }

    private NatVerdict TranslateInboundSctp(Span<byte> packet, in NatPacket at, bool redirected, Timestamp now)
    {
        if (!SctpPacket.TryRead(packet[at.HeaderLength..], out SctpPacket sctp))
        {
            return Drop(NatDropReason.MalformedTransport);
        }

        uint tag = sctp.Event == SctpEvent.Init ? sctp.InitiateTag : sctp.Tag;
        FlowKey4 key = OutsideKey(new IPv4Address(tag), at.SourcePort, IpProtocol.Sctp, at.Destination, at.DestinationPort);
        FlowHandle association = FindAssociation(in key, outbound: false, now);
        if (association.IsNone)
        {
            NatDropReason reason = NatDropReason.NoMapping;
            if (sctp.Event == SctpEvent.Init)
            {
                reason = TryAccept(in at, in key, now, out association);
            }

            if (association.IsNone)
            {
                return Miss(packet, in at, at.DestinationPort, reason, redirected, now);
            }
        }

        FlowKey4 inside = _entries.ForwardKeyOf(association);
        if (at.IsFragment && inside.SourcePort != at.DestinationPort)
        {
            return Drop(NatDropReason.UnknownProtocol);
        }

        if (sctp.Event == SctpEvent.InitAck && _entries[association].RemoteTag == 0)
        {
            Learn(association, sctp.InitiateTag);
        }

        TouchSctp(association, in sctp, outbound: false, now);
        PacketEdit.SetEndpoint(packet, in at, source: false, inside.Source, inside.SourcePort);
        _counters.TranslatedInbound++;
        return new NatVerdict { Action = NatAction.Translated, IsInbound = true, Scope = inside.Scope };
    }

    /// <summary>The association that a tag leads to.</summary>
    private FlowHandle FindAssociation(in FlowKey4 key, bool outbound, Timestamp now)
    {
        FlowHandle handle = _entries.Find(in key);
        if (handle.IsNone || handle.IsReverse == outbound)
        {
            return FlowHandle.None;
        }

        handle = _entries[handle].Kind == NatEntryKind.PeerTag ? _entries[handle].Owner : handle;
        if (_entries[handle].Kind != NatEntryKind.Association)
        {
            return FlowHandle.None; // a static mapping: its remote is 0.0.0.0, and no tag is 0
        }

        if (IsExpired(handle, IpProtocol.Sctp, now))
        {
            End(handle, now);
            return FlowHandle.None;
        }

        return handle;
    }

    /// <summary>Begins an association that a machine opens, under the tag that it offers.</summary>
    private NatDropReason TryOpen(in NatPacket at, in FlowKey4 key, Timestamp now, out FlowHandle association)
    {
        association = FlowHandle.None;
        if (!TryGetMachine(in key, out FlowHandle owner))
        {
            return NatDropReason.TableFull;
        }

        var endpoint = new FlowKey4(key.Source, default, IpProtocol.Sctp, key.SourcePort, 0, key.Scope);
        FlowHandle mapping = _entries.Find(in endpoint);
        int block;
        IPv4Address address;
        ushort port;
        if (!mapping.IsNone)
        {
            FlowKey4 known = _entries.ReverseKeyOf(mapping);
            (block, address, port) = (_entries[mapping].Block, known.Destination, known.DestinationPort);
        }
        else if (!TryDerivePort(in at, owner, now, out block, out address, out port))
        {
            RemoveIfIdle(owner, key.Scope, key.Source, now);
            return NatDropReason.PortsExhausted;
        }

        FlowKey4 reverse = OutsideKey(key.Destination, at.DestinationPort, IpProtocol.Sctp, address, port);
        return AddAssociation(owner, in key, in reverse, block, TcpState.SynOut, now, out association);
    }

    /// <summary>Begins an association that comes from outside to a static mapping, under the tag that the remote offers.</summary>
    private NatDropReason TryAccept(in NatPacket at, in FlowKey4 key, Timestamp now, out FlowHandle association)
    {
        association = FlowHandle.None;
        FlowHandle mapping = _entries.Find(OutsideKey(default, 0, IpProtocol.Sctp, at.Destination, at.DestinationPort));
        if (mapping.IsNone || !_entries[mapping].IsStatic)
        {
            return NatDropReason.NoMapping;
        }

        FlowKey4 inside = _entries.ForwardKeyOf(mapping);
        NatEntry entry = _entries[mapping];
        var forward = new FlowKey4(inside.Source, key.Source, IpProtocol.Sctp, inside.SourcePort, at.SourcePort, inside.Scope);
        return AddAssociation(entry.Owner, in forward, in key, entry.Block, TcpState.SynIn, now, out association);
    }

    /// <summary>The machine's own port where a block has it, else always the same one of a block.</summary>
    private bool TryDerivePort(in NatPacket at, FlowHandle owner, Timestamp now, out int block, out IPv4Address address, out ushort port)
    {
        ref NatMachine machine = ref _machines[owner];
        bool paired = _options.Pooling == PoolingBehavior.Paired && machine.HasAddress;
        ulong choice = _randomHash.Hash(((ulong)at.Source.Value << 32) | at.SourcePort);
        var request = new PortRequest(IpProtocol.Sctp, at.SourcePort, PreserveParity: false, paired ? machine.Address : null);
        block = _pool.PickWith(at.SourcePort, in request, now);
        bool keeps = block >= 0;
        block = keeps ? block : _pool.Pick(in request, choice, now);
        if (block < 0)
        {
            (address, port) = (default, 0);
            return false;
        }

        PortBlock range = _pool[block]!.Range;
        address = range.Address;
        port = keeps ? at.SourcePort : (ushort)(range.First + (int)(choice & (uint)(range.Size - 1)));
        return true;
    }

    private NatDropReason AddAssociation(FlowHandle owner, in FlowKey4 forward, in FlowKey4 reverse, int block, TcpState state, Timestamp now, out FlowHandle association)
    {
        association = FlowHandle.None;
        ref NatMachine machine = ref _machines[owner];
        NatDropReason refused = machine.MappingsOf(IpProtocol.Sctp) >= _options.MappingsPerMachine || !machine.TryBegin(now, _options.NewFlowsPerSecond)
            ? NatDropReason.QuotaExceeded
            : _entries.Capacity - _entries.Count < 2 || !TryAddEntry(in forward, in reverse, out association) ? NatDropReason.TableFull : NatDropReason.None;
        if (refused != NatDropReason.None)
        {
            RemoveIfIdle(owner, forward.Scope, forward.Source, now);
            return refused;
        }

        Begin(association, new NatEntry { LastSeen = now, Owner = owner, Kind = NatEntryKind.Association, Block = (byte)block, Tcp = state }, IpProtocol.Sctp);
        Bind(ref machine, in forward, reverse.Destination, now);
        machine.Count(IpProtocol.Sctp, +1);
        CountInBlock(block, +1);
        CountSession(in forward, in reverse, created: true, now);
        return NatDropReason.None;
    }

    /// <summary>Notes the other tag of an association. Without room, packets that carry it are not recognised.</summary>
    private void Learn(FlowHandle association, uint tag)
    {
        FlowKey4 forward = _entries.ForwardKeyOf(association);
        FlowKey4 reverse = _entries.ReverseKeyOf(association);
        var peerForward = new FlowKey4(forward.Source, new IPv4Address(tag), IpProtocol.Sctp, forward.SourcePort, forward.DestinationPort, forward.Scope);
        FlowKey4 peerReverse = OutsideKey(new IPv4Address(tag), reverse.SourcePort, IpProtocol.Sctp, reverse.Destination, reverse.DestinationPort);
        if (TryAddEntry(in peerForward, in peerReverse, out FlowHandle peer))
        {
            _entries[association].Sessions = (int)tag;
            Begin(peer, new NatEntry { Owner = association, Kind = NatEntryKind.PeerTag }, IpProtocol.Sctp);
        }
    }

    private void TouchSctp(FlowHandle association, in SctpPacket sctp, bool outbound, Timestamp now)
    {
        ref NatEntry entry = ref _entries[association];
        TcpState before = entry.Tcp;
        entry.Tcp = sctp.Event switch
        {
            SctpEvent.End => TcpState.Closed,
            SctpEvent.CookieAck => TcpState.Established,
            SctpEvent.Init when before == TcpState.Closed => outbound ? TcpState.SynOut : TcpState.SynIn,
            _ => before,
        };
        entry.LastSeen = now;
        if (TcpTracker.IsLong(before) && !TcpTracker.IsLong(entry.Tcp))
        {
            _timers.Arm(association.Index, DueOf(in entry, IpProtocol.Sctp));
        }
    }

    /// <summary>What else ends with an association that was removed.</summary>
    private void EndAssociation(in NatEntry entry, in FlowKey4 forward, in FlowKey4 reverse, Timestamp now)
    {
        if (entry.RemoteTag != 0)
        {
            var peer = new FlowKey4(forward.Source, new IPv4Address(entry.RemoteTag), IpProtocol.Sctp, forward.SourcePort, forward.DestinationPort, forward.Scope);
            _ = _entries.Remove(in peer);
        }

        CountInBlock(entry.Block, -1);
        _machines[entry.Owner].Count(IpProtocol.Sctp, -1);
        RemoveIfIdle(entry.Owner, forward.Scope, forward.Source, now);
        CountSession(in forward, in reverse, created: false, now);
    }

    private void CountInBlock(int block, int change)
    {
        if (block != PortPool.Foreign)
        {
            _pool[block]!.Associations += change;
        }
    }

    /// <summary>The association of a packet that an ICMP error embeds, by the tag in it.</summary>
    private FlowHandle FindForSctpError(in Embedded about, ReadOnlySpan<byte> datagram, Timestamp now, bool outside)
    {
        uint tag = SctpPacket.TagOf(datagram[((datagram[0] & 0xF) * 4)..]);
        FlowKey4 met = about.Key.Reversed;
        FlowKey4 key = outside
            ? OutsideKey(new IPv4Address(tag), met.SourcePort, IpProtocol.Sctp, met.Destination, met.DestinationPort)
            : new FlowKey4(met.Source, new IPv4Address(tag), IpProtocol.Sctp, met.SourcePort, met.DestinationPort, met.Scope);
        return tag == 0 ? FlowHandle.None : FindAssociation(in key, outbound: !outside, now);
    }
}
