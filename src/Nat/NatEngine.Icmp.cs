using Weft.Flows;
using Weft.Packets;

namespace Weft.Nat;

/// <summary>ICMP errors: those of others, which are about a flow that they embed (RFC 5508), and our own.</summary>
public sealed partial class NatEngine
{
    /// <summary>Octets that always hold an error that <see cref="WriteError"/> or <see cref="TryTakeError"/> writes (RFC 1812 section 4.3.2.3).</summary>
    public const int MaxErrorLength = 576;

    private const int IPv4HeaderLength = 20;
    private const byte PortUnreachable = 3;

    /// <summary>Writes the ICMP error that a verdict announced: destination unreachable, with the code of <see cref="NatOptions.RefusalCode"/> (RFC 5508 REQ-8, RFC 6888 REQ-11).</summary>
    /// <param name="dropped">The packet that was dropped, unchanged.</param>
    /// <param name="destination">At least <see cref="MaxErrorLength"/> octets.</param>
    /// <returns>Octets of the datagram, to be sent to the machine.</returns>
    /// <exception cref="ArgumentException"><paramref name="destination"/> is too short, or <paramref name="dropped"/> is no IPv4 datagram.</exception>
    public int WriteError(ReadOnlySpan<byte> dropped, Span<byte> destination)
    {
        if (!IPv4View.TryParse(dropped, out IPv4View view))
        {
            throw new ArgumentException("An error is written only about a packet whose verdict says that one is due.", nameof(dropped));
        }

        return WriteUnreachable(dropped[..Math.Min((int)view.TotalLength, dropped.Length)], _options.RefusalCode, _options.RouterAddress, view.Source, destination);
    }

    /// <summary>Takes the next ICMP error about a SYN from outside that nobody answered in time (RFC 5382 REQ-4).</summary>
    /// <param name="destination">At least <see cref="MaxErrorLength"/> octets.</param>
    /// <param name="length">Octets of the datagram, to be sent to the outside.</param>
    /// <param name="now">The time.</param>
    /// <returns>False if there is none.</returns>
    /// <exception cref="ArgumentException"><paramref name="destination"/> is too short.</exception>
    public bool TryTakeError(Span<byte> destination, out int length, Timestamp now)
    {
        Span<byte> syn = stackalloc byte[SynHold.EmbeddedLength];
        while (_syns.TryTakeDue(now, syn))
        {
            if (!_errors.TryTake(now, 1))
            {
                _counters.ErrorsLimited++;
                continue;
            }

            _counters.ErrorsSent++;
            length = WriteUnreachable(syn, PortUnreachable, IPv4Address.Read(syn[PacketEdit.DestinationOffset..]), IPv4Address.Read(syn[PacketEdit.SourceOffset..]), destination);
            return true;
        }

        length = 0;
        return false;
    }

    private static int WriteUnreachable(ReadOnlySpan<byte> about, byte code, IPv4Address from, IPv4Address to, Span<byte> destination)
    {
        if (destination.Length < MaxErrorLength)
        {
            throw new ArgumentException($"The buffer must hold {MaxErrorLength} octets.", nameof(destination));
        }

        int embedded = Math.Min(about.Length, MaxErrorLength - IPv4HeaderLength - IcmpHeader.Length);
        int message = IcmpHeader.Length + embedded;
        about[..embedded].CopyTo(destination[(IPv4HeaderLength + IcmpHeader.Length)..]);
        _ = new IcmpHeader(IcmpType.DestinationUnreachable, code).Write(destination.Slice(IPv4HeaderLength, message));
        _ = new IPv4Header { PayloadLength = message, Protocol = IpProtocol.Icmp, Source = from, Destination = to }.Write(destination);
        return IPv4HeaderLength + message;
    }

    private NatVerdict TranslateOutboundIcmp(Span<byte> packet, in NatPacket at, uint scope, Timestamp now)
    {
        if (at.Kind == NatPacketKind.IcmpReply)
        {
            return Drop(NatDropReason.UnsupportedIcmp); // no query from outside reaches a machine, so none is answered
        }

        if (!TryReadEmbedded(packet, in at, scope, out Embedded about))
        {
            return Drop(NatDropReason.BadIcmpError);
        }

        // The machine met the error with a packet to it, so the embedded one has the machine as its destination.
        FlowHandle handle = FindForError(in about, packet, now, outside: false);
        if (handle.IsNone)
        {
            return Drop(NatDropReason.NoMapping);
        }

        ref readonly FlowKey4 reverse = ref _entries.ReverseKeyOf(handle);
        IPv4Address shared = reverse.Destination;
        RevertEmbedded(packet, in about, source: false, shared, reverse.DestinationPort);
        _ = PacketEdit.SetAddress(packet, PacketEdit.SourceOffset, shared); // whoever inside met the error (RFC 5508 REQ-5c)
        if (at.MayBeFragmented)
        {
            PacketEdit.SetHeaderWord(packet, PacketEdit.IdentificationOffset, NextIdentification(shared, in at));
        }

        if (_pool.IsShared(at.Destination) && IsOwned(at.Destination, in about))
        {
            NatPacket seen = at;
            seen.Source = shared;
            NatVerdict verdict = TranslateInboundWhole(packet, in seen, redirected: false, FlowHandle.None, now);
            return AsHairpin(in verdict);
        }

        _counters.TranslatedOutbound++;
        return new NatVerdict { Action = NatAction.Translated };
    }

    /// <summary>True if the sender of the packet that met an error is a machine of ours, known here by its external endpoint.</summary>
    private bool IsOwned(IPv4Address address, in Embedded about) =>
        _pool.Find(address, about.Key.SourcePort) >= 0 || _maps.TryGetInside(address, out _, out _);

    private NatVerdict TranslateInboundError(Span<byte> packet, in NatPacket at, bool redirected, Timestamp now)
    {
        if (!_pool.IsShared(at.Destination))
        {
            _counters.Passed++;
            return new NatVerdict { Action = NatAction.Pass, IsInbound = true };
        }

        if (!TryReadEmbedded(packet, in at, Outside, out Embedded about) || about.Key.Source != at.Destination)
        {
            return Drop(NatDropReason.BadIcmpError);
        }

        // The embedded packet went out, so it has a shared address as its source. Who reports the error does not matter (RFC 4787 REQ-12a).
        FlowHandle handle = FindForError(in about, packet, now, outside: true);
        if (handle.IsNone)
        {
            return Miss(packet, in at, about.Key.SourcePort, NatDropReason.NoMapping, redirected, now);
        }

        ref readonly FlowKey4 inside = ref _entries.ForwardKeyOf(handle);
        RevertEmbedded(packet, in about, source: true, inside.Source, inside.SourcePort);
        _ = PacketEdit.SetAddress(packet, PacketEdit.DestinationOffset, inside.Source);
        _counters.TranslatedInbound++;
        return new NatVerdict { Action = NatAction.Translated, IsInbound = true, Scope = inside.Scope };
    }

    /// <summary>The entry of the flow that an error is about, as its receiver knows it; a mapping will do where there is one.</summary>
    private FlowHandle FindForError(in Embedded about, ReadOnlySpan<byte> packet, Timestamp now, bool outside)
    {
        FlowKey4 key = about.Key.Reversed; // the direction of whoever met the error
        if (key.Protocol == IpProtocol.Sctp)
        {
            return FindForSctpError(in about, packet.Slice(about.Offset, about.Length), now, outside);
        }

        FlowKey4 endpoint = outside
            ? OutsideKey(default, 0, key.Protocol, key.Destination, key.DestinationPort)
            : new FlowKey4(key.Source, default, key.Protocol, key.SourcePort, 0, key.Scope);
        if (BehaviorOf(key.Protocol).Mapping == MappingBehavior.EndpointIndependent)
        {
            return FindOn(in endpoint, outside, now);
        }

        FlowKey4 exact = outside ? OutsideKey(key.Source, key.SourcePort, key.Protocol, key.Destination, key.DestinationPort) : key;
        FlowHandle handle = FindOn(in exact, outside, now);
        return handle.IsNone && _statics > 0 ? FindOn(in endpoint, outside, now) : handle;
    }

    private FlowHandle FindOn(in FlowKey4 key, bool outside, Timestamp now)
    {
        FlowHandle handle = FindLive(in key, now);
        return handle.IsNone || handle.IsReverse != outside ? FlowHandle.None : handle;
    }

    /// <summary>Reads what an error embeds, if all that must add up does (RFC 5508 REQ-3; the embedded transport checksum need not, REQ-3c).</summary>
    private static bool TryReadEmbedded(ReadOnlySpan<byte> packet, in NatPacket at, uint scope, out Embedded about)
    {
        about = default;
        if (!IcmpView.TryParse(packet[at.HeaderLength..], out IcmpView icmp) || !icmp.IsChecksumValid)
        {
            return false;
        }

        ReadOnlySpan<byte> datagram = icmp.EmbeddedPacket;
        if (!IPv4View.TryParse(datagram, out IPv4View view)
            || !view.IsChecksumValid
            || view.Protocol is not (IpProtocol.Udp or IpProtocol.Tcp or IpProtocol.Icmp or IpProtocol.Sctp)
            || !EmbeddedFlow.TryRead(datagram, out FlowKey4 key, scope))
        {
            return false;
        }

        about = new Embedded(key, at.HeaderLength, at.HeaderLength + IcmpHeader.Length, Math.Min(datagram.Length, view.TotalLength));
        return true;
    }

    private static void RevertEmbedded(Span<byte> packet, in Embedded about, bool source, IPv4Address address, ushort port)
    {
        ChecksumDelta change = PacketEdit.SetEmbeddedEndpoint(packet.Slice(about.Offset, about.Length), about.Key.Protocol, source, address, port);
        Span<byte> icmp = packet[about.IcmpOffset..];
        PacketEdit.Put16(icmp, PacketEdit.IcmpChecksumOffset, change.Apply(PacketEdit.Get16(icmp, PacketEdit.IcmpChecksumOffset)));
    }

    private readonly record struct Embedded(FlowKey4 Key, int IcmpOffset, int Offset, int Length);
}
