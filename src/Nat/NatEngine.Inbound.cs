using Weft.Flows;
using Weft.Packets;

namespace Weft.Nat;

/// <summary>Packets for shared addresses.</summary>
public sealed partial class NatEngine
{
    /// <summary>Translates a packet that came for a shared address.</summary>
    /// <param name="packet">The datagram, out of its tunnel; edited in place.</param>
    /// <param name="redirected">True if another host sent it on : it is not redirected again.</param>
    /// <param name="now">The time.</param>
    public NatVerdict TranslateInbound(Span<byte> packet, bool redirected, Timestamp now)
    {
        NatDropReason reason = NatPacket.Read(packet, out NatPacket at);
        return reason != NatDropReason.None ? TranslateOddInbound(packet, in at, reason) : TranslateInbound(packet, in at, redirected, FlowHandle.None, now);
    }

    /// <summary>A packet that cannot be translated by port: for a machine that has an address of its own it can.</summary>
    private NatVerdict TranslateOddInbound(Span<byte> packet, in NatPacket at, NatDropReason reason) =>
        reason is NatDropReason.UnknownProtocol or NatDropReason.UnsupportedIcmp && _maps.TryGetInside(at.Destination, out uint scope, out IPv4Address own)
            ? TranslateMappedInbound(packet[..at.TotalLength], in at, scope, own)
            : Drop(reason);

    private NatVerdict TranslateInbound(Span<byte> packet, in NatPacket at, bool redirected, FlowHandle hint, Timestamp now) =>
        IsForged(in at) ? Drop(NatDropReason.BadAddress) : TranslateToShared(packet[..at.TotalLength], in at, redirected, hint, now);

    /// <summary>Delivers a packet for a shared address, from outside or from a machine whose address was replaced already.</summary>
    private NatVerdict TranslateToShared(Span<byte> packet, in NatPacket at, bool redirected, FlowHandle hint, Timestamp now)
    {
        if (_maps.TryGetInside(at.Destination, out uint scope, out IPv4Address own))
        {
            return TranslateMappedInbound(packet, in at, scope, own);
        }

        if (!at.IsFragment)
        {
            return TranslateInboundWhole(packet, in at, redirected, hint, now);
        }

        var key = new FragmentKey4(at.Source, at.Destination, at.Protocol, at.Identification, Outside);
        if (!at.IsLaterFragment)
        {
            return Learn(packet, in key, TranslateInboundWhole(packet, in at, redirected, hint, now), now);
        }

        if (!_pool.IsShared(at.Destination))
        {
            _counters.Passed++;
            return new NatVerdict { Action = NatAction.Pass, IsInbound = true };
        }

        return TranslateLaterFragment(packet, in key, inbound: true, now);
    }

    private NatVerdict TranslateInboundWhole(Span<byte> packet, in NatPacket at, bool redirected, FlowHandle hint, Timestamp now)
    {
        if (at.Kind == NatPacketKind.IcmpError)
        {
            return TranslateInboundError(packet, in at, redirected, now);
        }

        if (at.Protocol == IpProtocol.Sctp)
        {
            return TranslateInboundSctp(packet, in at, redirected, now);
        }

        FlowHandle handle = hint;
        if (handle.IsNone || !handle.IsReverse || !_entries.IsLive(handle) || IsExpired(handle, at.Protocol, now))
        {
            handle = FindInbound(in at, now, out NatDropReason reason);
            if (handle.IsNone)
            {
                return Miss(packet, in at, at.DestinationPort, reason, redirected, now);
            }
        }

        uint scope = DeliverInbound(packet, in at, handle, now);
        _counters.TranslatedInbound++;
        return new NatVerdict { Action = NatAction.Translated, IsInbound = true, Scope = scope };
    }

    /// <summary>
    /// True if a packet from outside claims to come from a port or machine of this host: those are answered here and never come by that way.
    /// Another port of the same shared address is another host's, and may.
    /// </summary>
    private bool IsForged(in NatPacket at) =>
        _pool.IsShared(at.Source)
        && at.Kind != NatPacketKind.IcmpError
        && !at.IsLaterFragment
        && (_pool.Find(at.Source, at.SourcePort) >= 0 || _maps.TryGetInside(at.Source, out _, out _));

    private uint DeliverInbound(Span<byte> packet, in NatPacket at, FlowHandle handle, Timestamp now)
    {
        Touch(handle, ref _entries[handle], in at, outbound: false, now);
        ref readonly FlowKey4 inside = ref _entries.ForwardKeyOf(handle);
        PacketEdit.SetEndpoint(packet, in at, source: false, inside.Source, inside.SourcePort);
        return inside.Scope;
    }

    private FlowKey4 InboundKey(in NatPacket at)
    {
        NatBehavior behavior = BehaviorOf(at.Protocol);
        return behavior.OneEntry && at.Protocol != IpProtocol.Tcp
            ? OutsideKey(default, 0, at.Protocol, at.Destination, at.DestinationPort)
            : OutsideKey(at.Source, RemotePort(behavior, at.Protocol, at.SourcePort), at.Protocol, at.Destination, at.DestinationPort);
    }

    private static FlowKey4 OutsideKey(IPv4Address remote, ushort remotePort, IpProtocol protocol, IPv4Address shared, ushort port) =>
        new(remote, shared, protocol, remotePort, port, Outside);

    /// <summary>The entry that a packet from outside belongs to, made if it opens a connection that is welcome.</summary>
    private FlowHandle FindInbound(in NatPacket at, Timestamp now, out NatDropReason reason)
    {
        reason = NatDropReason.NoMapping;
        if (at.Protocol == IpProtocol.Icmp && at.Kind != NatPacketKind.IcmpReply)
        {
            reason = NatDropReason.UnsupportedIcmp; // nobody can say which machine a query for a shared address is for
            return FlowHandle.None;
        }

        FlowKey4 key = InboundKey(in at);
        FlowHandle handle = FindLive(in key, now);
        if (!handle.IsNone && handle.IsReverse)
        {
            return handle;
        }

        NatBehavior behavior = BehaviorOf(at.Protocol);
        bool perRemote = behavior.Mapping != MappingBehavior.EndpointIndependent;
        if ((perRemote && _statics == 0) || (behavior.OneEntry && at.Protocol != IpProtocol.Tcp))
        {
            return FlowHandle.None;
        }

        FlowHandle mapping = FindLive(OutsideKey(default, 0, at.Protocol, at.Destination, at.DestinationPort), now);
        if (mapping.IsNone)
        {
            return FlowHandle.None;
        }

        if (at.Protocol != IpProtocol.Tcp)
        {
            // A static mapping is there to be reached; otherwise who was not sent to may not send.
            reason = NatDropReason.Filtered;
            return _entries[mapping].IsStatic ? mapping : FlowHandle.None;
        }

        if ((at.TcpFlags & (TcpFlags.Syn | TcpFlags.Ack | TcpFlags.Rst)) != TcpFlags.Syn)
        {
            reason = NatDropReason.NoConnection;
            return FlowHandle.None;
        }

        if (!MayOpen(behavior.Filtering, mapping, in at))
        {
            reason = NatDropReason.Filtered;
            return FlowHandle.None;
        }

        FlowKey4 inside = _entries.ForwardKeyOf(mapping);
        var forward = new FlowKey4(inside.Source, at.Source, IpProtocol.Tcp, inside.SourcePort, at.SourcePort, inside.Scope);
        reason = AddSession(mapping, in forward, in key, TcpState.SynIn, now, out handle);
        return handle;
    }

    /// <summary>True if a connection may be opened from outside.</summary>
    private bool MayOpen(FilteringBehavior filtering, FlowHandle mapping, in NatPacket at)
    {
        if (filtering == FilteringBehavior.EndpointIndependent || _entries[mapping].IsStatic)
        {
            return true;
        }

        if (filtering != FilteringBehavior.AddressDependent)
        {
            return false;
        }

        FlowHandle permit = _entries.Find(OutsideKey(at.Source, 0, at.Protocol, at.Destination, at.DestinationPort));
        return !permit.IsNone && _entries[permit].Owner == mapping;
    }

    /// <summary>A packet for a shared address that nobody here waits for.</summary>
    private NatVerdict Miss(Span<byte> packet, in NatPacket at, ushort port, NatDropReason reason, bool redirected, Timestamp now)
    {
        if (TryFindMoved(in at, port, now, out IPv6Address host))
        {
            return Redirect(at.Destination, port, host, redirected);
        }

        if (reason == NatDropReason.UnsupportedIcmp && _pool.IsShared(at.Destination))
        {
            return Drop(reason);
        }

        if (reason != NatDropReason.NoMapping || _pool.Find(at.Destination, port) >= 0)
        {
            if (at.Protocol == IpProtocol.Tcp && (at.TcpFlags & (TcpFlags.Syn | TcpFlags.Ack | TcpFlags.Rst)) == TcpFlags.Syn)
            {
                _syns.Hold(OutsideKey(at.Source, at.SourcePort, at.Protocol, at.Destination, port), packet, at.HeaderLength, now);
            }

            return Drop(reason);
        }

        if (!_pool.IsShared(at.Destination))
        {
            _counters.Passed++;
            return new NatVerdict { Action = NatAction.Pass, IsInbound = true };
        }

        return Redirect(at.Destination, port, default, redirected);
    }

    private NatVerdict Redirect(IPv4Address address, ushort port, IPv6Address host, bool redirected)
    {
        if (redirected)
        {
            return Drop(NatDropReason.RedirectedTwice);
        }

        _counters.Redirected++;
        return new NatVerdict { Action = NatAction.Redirect, IsInbound = true, Owner = address, OwnerPort = port, MovedTo = host };
    }
}
