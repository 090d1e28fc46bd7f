using Weft.Flows;
using Weft.Packets;

namespace Weft.Nat;

/// <summary>What was configured and not learned: static mappings of ports, and machines with an address of their own.</summary>
public sealed partial class NatEngine
{
    /// <summary>Maps an inside endpoint to a chosen port of a block for good, so that it can be reached from outside.</summary>
    /// <param name="scope">The machine's network, 0 to <see cref="MaxScope"/>.</param>
    /// <param name="protocol">UDP, TCP or SCTP.</param>
    /// <param name="inside">The machine.</param>
    /// <param name="insidePort">Its port.</param>
    /// <param name="outside">The shared address.</param>
    /// <param name="outsidePort">A port of a block of this host.</param>
    /// <param name="now">The time.</param>
    /// <returns>False if the port is not ours or not free, the inside endpoint is mapped already, or a table is full.</returns>
    /// <exception cref="ArgumentOutOfRangeException">The scope or protocol is none that is documented.</exception>
    public bool TryAddStatic(uint scope, IpProtocol protocol, IPv4Address inside, ushort insidePort, IPv4Address outside, ushort outsidePort, Timestamp now)
    {
        ArgumentOutOfRangeException.ThrowIfGreaterThan(scope, MaxScope);
        if (protocol is not (IpProtocol.Udp or IpProtocol.Tcp or IpProtocol.Sctp))
        {
            throw new ArgumentOutOfRangeException(nameof(protocol), protocol, "A static mapping is one of UDP, TCP or SCTP.");
        }

        return AddKnownMapping(new FlowKey4(inside, default, protocol, insidePort, 0, scope), outside, outsidePort, NatEntryKind.Mapping, isStatic: true, now).IsNone is false;
    }

    /// <summary>Ends a static mapping and the sessions under it.</summary>
    /// <returns>False if there is none.</returns>
    public bool TryRemoveStatic(uint scope, IpProtocol protocol, IPv4Address inside, ushort insidePort, Timestamp now)
    {
        FlowHandle mapping = _entries.Find(new FlowKey4(inside, default, protocol, insidePort, 0, scope));
        if (mapping.IsNone || !_entries[mapping].IsStatic)
        {
            return false;
        }

        // With sessions it becomes a mapping like any other, and ends with the last of them; an idle one ends now.
        _entries[mapping].IsStatic = false;
        _statics--;
        if (_entries[mapping].Sessions == 0)
        {
            End(mapping, now);
        }

        return true;
    }

    /// <summary>
    /// Gives a machine an address of its own (basic NAT, RFC 3022 section 2.1): every protocol passes in both directions, ports and
    /// identifiers stay, nothing is remembered, nothing is filtered.
    /// </summary>
    /// <param name="scope">The machine's network, 0 to <see cref="MaxScope"/>.</param>
    /// <param name="inside">The machine.</param>
    /// <param name="outside">The address; no block may be of it.</param>
    /// <returns>False if one of them is mapped already, a block has the address, or there are <see cref="NatOptions.AddressMaps"/>.</returns>
    /// <exception cref="ArgumentOutOfRangeException">The scope is out of range.</exception>
    public bool TryMapAddress(uint scope, IPv4Address inside, IPv4Address outside)
    {
        ArgumentOutOfRangeException.ThrowIfGreaterThan(scope, MaxScope);
        if (_pool.IsShared(outside) || !_maps.TryAdd(scope, inside, outside))
        {
            return false;
        }

        _pool.Share(outside);
        return true;
    }

    /// <summary>Takes a machine's own address away.</summary>
    /// <returns>False if it has none.</returns>
    public bool TryUnmapAddress(uint scope, IPv4Address inside)
    {
        bool removed = _maps.TryRemove(scope, inside);
        _pool.Refresh(_maps.Addresses);
        return removed;
    }

    /// <summary>Gives a packet of a machine that has an address of its own that address.</summary>
    private NatVerdict TranslateMappedOutbound(Span<byte> packet, in NatPacket at, IPv4Address outside, Timestamp now)
    {
        if (at.Kind == NatPacketKind.IcmpError && !at.IsLaterFragment)
        {
            if (!TryReadEmbedded(packet, in at, Outside, out Embedded about))
            {
                return Drop(NatDropReason.BadIcmpError);
            }

            if (about.Key.Destination == at.Source)
            {
                RevertEmbedded(packet, in about, source: false, outside, about.Key.DestinationPort);
            }
        }

        PacketEdit.SetOnlyAddress(packet, in at, source: true, outside);
        if (!_pool.IsShared(at.Destination))
        {
            _counters.TranslatedOutbound++;
            return new NatVerdict { Action = NatAction.Translated };
        }

        NatPacket seen = at;
        seen.Source = outside;
        NatVerdict verdict = TranslateToShared(packet, in seen, redirected: true, FlowHandle.None, now);
        return AsHairpin(in verdict);
    }

    /// <summary>What became of a packet from a machine that was delivered like one from outside.</summary>
    private NatVerdict AsHairpin(in NatVerdict delivered)
    {
        if (delivered.Action != NatAction.Translated)
        {
            return delivered;
        }

        _counters.TranslatedInbound--;
        _counters.Hairpinned++;
        return delivered with { Action = NatAction.Hairpinned };
    }

    /// <summary>Delivers a packet for an address that belongs to one machine alone.</summary>
    private NatVerdict TranslateMappedInbound(Span<byte> packet, in NatPacket at, uint scope, IPv4Address inside)
    {
        if (at.Kind == NatPacketKind.IcmpError && !at.IsLaterFragment)
        {
            if (!TryReadEmbedded(packet, in at, Outside, out Embedded about) || about.Key.Source != at.Destination)
            {
                return Drop(NatDropReason.BadIcmpError);
            }

            RevertEmbedded(packet, in about, source: true, inside, about.Key.SourcePort);
        }

        PacketEdit.SetOnlyAddress(packet, in at, source: false, inside);
        _counters.TranslatedInbound++;
        return new NatVerdict { Action = NatAction.Translated, IsInbound = true, Scope = scope };
    }
}
