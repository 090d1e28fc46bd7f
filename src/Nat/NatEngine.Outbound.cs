using System.Runtime.CompilerServices;
using Weft.Flows;
using Weft.Packets;

namespace Weft.Nat;

/// <summary>Packets of machines.</summary>
public sealed partial class NatEngine
{
    private const int IdentificationClasses = 2048;

    private readonly ushort[] _identifications = new ushort[IdentificationClasses];

    /// <summary>Translates a packet that a machine sends.</summary>
    /// <param name="packet">The datagram, edited in place.</param>
    /// <param name="scope">The machine's network, 0 to <see cref="MaxScope"/>.</param>
    /// <param name="now">The time.</param>
    public NatVerdict TranslateOutbound(Span<byte> packet, uint scope, Timestamp now)
    {
        NatDropReason reason = NatPacket.Read(packet, out NatPacket at);
        return reason != NatDropReason.None ? TranslateOddOutbound(packet, in at, reason, scope, now) : TranslateOutbound(packet, in at, scope, FlowHandle.None, now);
    }

    private NatVerdict TranslateOutbound(Span<byte> packet, in NatPacket at, uint scope, FlowHandle hint, Timestamp now)
    {
        packet = packet[..at.TotalLength];
        if (IsExempt(in at))
        {
            _counters.Passed++;
            return new NatVerdict { Action = NatAction.Pass };
        }

        if (_maps.TryGetOutside(scope, at.Source, out IPv4Address own))
        {
            return TranslateMappedOutbound(packet, in at, own, now);
        }

        if (!at.IsFragment)
        {
            return TranslateOutboundWhole(packet, in at, scope, hint, now);
        }

        var key = new FragmentKey4(at.Source, at.Destination, at.Protocol, at.Identification, scope);
        return at.IsLaterFragment
            ? TranslateLaterFragment(packet, in key, inbound: false, now)
            : Learn(packet, in key, TranslateOutboundWhole(packet, in at, scope, hint, now), now);
    }

    private NatVerdict TranslateOutboundWhole(Span<byte> packet, in NatPacket at, uint scope, FlowHandle hint, Timestamp now)
    {
        if (at.Kind != NatPacketKind.Flow)
        {
            return TranslateOutboundIcmp(packet, in at, scope, now);
        }

        return at.Protocol == IpProtocol.Sctp ? TranslateOutboundSctp(packet, in at, scope, now) : TranslateOutboundFlow(packet, in at, scope, hint, now);
    }

    /// <summary>A packet that cannot be translated by port: of a machine that has an address of its own it can.</summary>
    private NatVerdict TranslateOddOutbound(Span<byte> packet, in NatPacket at, NatDropReason reason, uint scope, Timestamp now) =>
        reason is NatDropReason.UnknownProtocol or NatDropReason.UnsupportedIcmp && (IsExempt(in at) || _maps.TryGetOutside(scope, at.Source, out _))
            ? TranslateOutbound(packet, in at, scope, FlowHandle.None, now)
            : Drop(reason);

    private bool IsExempt(in NatPacket at)
    {
        foreach (ref readonly NatExemption exemption in _exemptions.AsSpan())
        {
            if (exemption.Covers(in at))
            {
                return true;
            }
        }

        return false;
    }

    private NatVerdict TranslateOutboundFlow(Span<byte> packet, in NatPacket at, uint scope, FlowHandle hint, Timestamp now)
    {
        FlowHandle handle = hint;
        if (handle.IsNone || !_entries.IsLive(handle) || IsExpired(handle, at.Protocol, now))
        {
            FlowKey4 key = OutboundKey(in at, scope);
            handle = hint.IsNone && _additionsAtLookup == _entries.Counters.Added ? FlowHandle.None : FindLive(in key, now);
            if (handle.IsNone || handle.IsReverse)
            {
                NatDropReason reason = TryCreate(in at, scope, in key, now, out handle);
                if (reason != NatDropReason.None)
                {
                    return Refuse(reason, in at, now);
                }
            }
        }

        Touch(handle, ref _entries[handle], in at, outbound: true, now);
        ref readonly FlowKey4 outside = ref _entries.ReverseKeyOf(handle);
        IPv4Address address = outside.Destination;
        ushort port = outside.DestinationPort;
        PacketEdit.SetEndpoint(packet, in at, source: true, address, port);
        if (at.MayBeFragmented)
        {
            // Two machines behind one address may choose the same identification (RFC 6864 section 5.3.1).
            PacketEdit.SetHeaderWord(packet, PacketEdit.IdentificationOffset, NextIdentification(address, in at));
        }

        if (_pool.IsShared(at.Destination))
        {
            NatPacket seen = at;
            seen.Source = address;
            seen.SourcePort = port;
            return Hairpin(packet, in seen, now);
        }

        _counters.TranslatedOutbound++;
        return new NatVerdict { Action = NatAction.Translated };
    }

    /// <summary>A packet between machines, seen as if it came from outside, from the external endpoint of its sender (RFC 4787 REQ-9a).</summary>
    private NatVerdict Hairpin(Span<byte> packet, in NatPacket at, Timestamp now)
    {
        if (_maps.TryGetInside(at.Destination, out uint network, out IPv4Address own))
        {
            NatVerdict delivered = TranslateMappedInbound(packet, in at, network, own);
            return AsHairpin(in delivered);
        }

        FlowHandle handle = FindInbound(in at, now, out NatDropReason reason);
        if (!handle.IsNone)
        {
            uint scope = DeliverInbound(packet, in at, handle, now);
            _counters.Hairpinned++;
            return new NatVerdict { Action = NatAction.Hairpinned, IsInbound = true, Scope = scope };
        }

        if (_pool.Find(at.Destination, at.DestinationPort) >= 0 || reason != NatDropReason.NoMapping)
        {
            return Drop(reason);
        }

        // A port of another host: the gateway brings the packet there.
        _counters.TranslatedOutbound++;
        return new NatVerdict { Action = NatAction.Translated };
    }

    [MethodImpl(MethodImplOptions.AggressiveInlining)]
    private FlowKey4 OutboundKey(in NatPacket at, uint scope)
    {
        NatBehavior behavior = BehaviorOf(at.Protocol);
        bool oneEntry = behavior.OneEntry && at.Protocol != IpProtocol.Tcp;
        if (oneEntry)
        {
            return new FlowKey4(at.Source, default, at.Protocol, at.SourcePort, 0, scope);
        }

        return new FlowKey4(at.Source, at.Destination, at.Protocol, at.SourcePort, RemotePort(behavior, at.Protocol, at.DestinationPort), scope);
    }

    /// <summary>The remote's port as far as it matters: not where only addresses are filtered and there is no connection to follow.</summary>
    [MethodImpl(MethodImplOptions.AggressiveInlining)]
    private static ushort RemotePort(NatBehavior behavior, IpProtocol protocol, ushort port) =>
        behavior.Mapping == MappingBehavior.EndpointIndependent && behavior.Filtering == FilteringBehavior.AddressDependent && protocol != IpProtocol.Tcp
            ? (ushort)0
            : port;

    private ushort NextIdentification(IPv4Address source, in NatPacket at)
    {
        ulong addresses = ((ulong)source.Value << 32) | at.Destination.Value;
        ref ushort next = ref _identifications[(int)(_randomHash.Hash(addresses ^ (ulong)at.Protocol) % IdentificationClasses)];
        return ++next;
    }

    private NatVerdict Refuse(NatDropReason reason, in NatPacket at, Timestamp now)
    {
        NatVerdict verdict = Drop(reason);
        if (reason is not (NatDropReason.PortsExhausted or NatDropReason.QuotaExceeded or NatDropReason.TableFull))
        {
            return verdict;
        }

        if (!_errors.TryTake(now, 1))
        {
            _counters.ErrorsLimited++;
            return verdict;
        }

        _counters.ErrorsSent++;
        NatEventKind kind = reason == NatDropReason.PortsExhausted ? NatEventKind.PortsExhausted : NatEventKind.QuotaExceeded;
        Log(new NatEvent(kind, now, Protocol: at.Protocol, Inside: at.Source, InsidePort: at.SourcePort));
        return verdict with { ErrorDue = true };
    }
}
