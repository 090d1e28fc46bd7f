using Weft.Packets;

namespace Weft.Nat;

/// <summary>
/// IPv4 in IPv6 (RFC 2473) between gateway and hosts, and from host to host: entry and exit. It keeps no state but counters.
/// </summary>
/// <remarks>
/// At the entry the congestion field is copied and at the exit joined as RFC 6040 says; the DSCP is copied. A datagram longer than the
/// tunnel takes is refused if it must not be fragmented (the sender learns the length that fits), and otherwise fragmented
/// before it is encapsulated (RFC 2473 section 7.2 fragments the outer packet instead): so the exit has nothing to reassemble, and
/// hosts translate fragments anyhow. One thread uses a tunnel.
/// </remarks>
public sealed class NatTunnel
{
    /// <summary>Octets that a tunnel adds.</summary>
    public const int Overhead = IPv6Header.Length;

    private const int MinHeader = 20;
    private const int MoreFragments = 0x2000;
    private const byte FragmentationNeeded = 4;

    private readonly NatTunnelOptions _options;
    private readonly byte[] _buffer = new byte[ushort.MaxValue + Overhead];
    private NatTunnelCounters _counters;

    /// <summary>Creates a tunnel's end.</summary>
    /// <exception cref="ArgumentOutOfRangeException">An option is outside its documented range.</exception>
    public NatTunnel(NatTunnelOptions options)
    {
        ArgumentNullException.ThrowIfNull(options);
        options.Validate();
        _options = options;
    }

    /// <summary>What happened so far.</summary>
    public ref readonly NatTunnelCounters Counters => ref _counters;

    /// <summary>Octets of the longest datagram that fits.</summary>
    public int InnerMtu => _options.Mtu - Overhead;

    /// <summary>Where a redirected packet goes: to the host that its flow moved to, or to the owner of its port.</summary>
    public IPv6Address DestinationOf(in NatVerdict redirect) =>
        redirect.MovedTo != default ? redirect.MovedTo : _options.Plan.ToIPv6(redirect.Owner, redirect.OwnerPort);

    /// <summary>Sends a datagram through the tunnel.</summary>
    /// <typeparam name="TSink">Where packets go.</typeparam>
    /// <param name="datagram">The IPv4 datagram; padding behind it is ignored.</param>
    /// <param name="destination">The outer destination.</param>
    /// <param name="forwarding">
    /// True where the datagram is forwarded, as by a gateway: its time to live counts down. False for one that is sent on to another host.
    /// </param>
    /// <param name="sink">Gets one packet or more.</param>
    public NatEncapVerdict Encapsulate<TSink>(ReadOnlySpan<byte> datagram, IPv6Address destination, bool forwarding, ref TSink sink)
        where TSink : struct, INatTunnelSink, allows ref struct
    {
        if (!IPv4View.TryParse(datagram, out IPv4View view) || view.IsTruncated)
        {
            _counters.MalformedInner++;
            return NatEncapVerdict.Malformed;
        }

        if (forwarding && view.TimeToLive <= 1)
        {
            _counters.Expired++;
            return NatEncapVerdict.Expired;
        }

        bool tooLong = view.TotalLength > InnerMtu;
        if (tooLong && view.DontFragment)
        {
            _counters.TooBig++;
            return NatEncapVerdict.TooBig;
        }

        Span<byte> inner = _buffer.AsSpan(Overhead);
        datagram[..view.TotalLength].CopyTo(inner);
        if (forwarding)
        {
            PacketEdit.SetHeaderWord(inner, PacketEdit.TimeToLiveOffset, (ushort)(PacketEdit.Get16(inner, PacketEdit.TimeToLiveOffset) - 0x100));
        }

        if (tooLong)
        {
            SendFragments(datagram[view.HeaderLength..view.TotalLength], in view, destination, ref sink);
            return NatEncapVerdict.Sent;
        }

        Send(view.TotalLength, in view, destination, ref sink);
        return NatEncapVerdict.Sent;
    }

    /// <summary>Writes the ICMP error for a datagram that was too big or whose time to live ended.</summary>
    /// <param name="datagram">The datagram.</param>
    /// <param name="verdict">What <see cref="Encapsulate"/> said.</param>
    /// <param name="destination">At least <see cref="NatEngine.MaxErrorLength"/> octets.</param>
    /// <returns>Octets of the error, to be sent to the sender of the datagram; 0 if none is due: there are no errors about errors (RFC 1122 section 3.2.2).</returns>
    public int WriteError(ReadOnlySpan<byte> datagram, NatEncapVerdict verdict, Span<byte> destination)
    {
        bool due = verdict is NatEncapVerdict.TooBig or NatEncapVerdict.Expired;
        if (!due || NatPacket.Read(datagram, out NatPacket at) != NatDropReason.None || at.Kind == NatPacketKind.IcmpError || at.IsLaterFragment)
        {
            return 0;
        }

        int embedded = Math.Min((int)at.TotalLength, NatEngine.MaxErrorLength - MinHeader - IcmpHeader.Length);
        int message = IcmpHeader.Length + embedded;
        datagram[..embedded].CopyTo(destination[(MinHeader + IcmpHeader.Length)..]);
        IcmpHeader icmp = verdict == NatEncapVerdict.TooBig
            ? new IcmpHeader(IcmpType.DestinationUnreachable, FragmentationNeeded, (uint)InnerMtu)
            : new IcmpHeader(IcmpType.TimeExceeded, 0);
        _ = icmp.Write(destination.Slice(MinHeader, message));
        _ = new IPv4Header { PayloadLength = message, Protocol = IpProtocol.Icmp, Source = _options.RouterAddress, Destination = at.Source }.Write(destination);
        return MinHeader + message;
    }

    /// <summary>Takes a datagram out of the tunnel; its congestion field may be changed in place.</summary>
    /// <param name="packet">The packet with its IPv6 header.</param>
    public NatDecapsulation Decapsulate(Span<byte> packet)
    {
        NatDecapsulation result = Open(packet);
        switch (result.Verdict)
        {
            case NatDecapVerdict.Decapsulated: _counters.Decapsulated++; break;
            case NatDecapVerdict.Malformed: _counters.MalformedOuter++; break;
            case NatDecapVerdict.NotTunnel: _counters.NotTunnel++; break;
            case NatDecapVerdict.OuterFragment: _counters.OuterFragments++; break;
            case NatDecapVerdict.WrongDestination: _counters.WrongDestination++; break;
            default: _counters.Congestion++; break;
        }

        return result;
    }

    private NatDecapsulation Open(Span<byte> packet)
    {
        if (!IPv6View.TryParse(packet, out IPv6View outer) || outer.IsTruncated)
        {
            return new(NatDecapVerdict.Malformed);
        }

        IPv6ExtensionWalk walk = outer.WalkExtensions();
        if (walk.Error != LayoutError.None)
        {
            return new(NatDecapVerdict.Malformed);
        }

        if (walk.IsFragment)
        {
            return new(NatDecapVerdict.OuterFragment);
        }

        if (walk.Protocol != IpProtocol.IPv4)
        {
            return new(NatDecapVerdict.NotTunnel);
        }

        int offset = IPv6Header.Length + walk.Length;
        if (!IPv4View.TryParse(outer.Payload[walk.Length..], out IPv4View inner) || inner.IsTruncated || !inner.IsChecksumValid)
        {
            return new(NatDecapVerdict.Malformed);
        }

        bool forUs = outer.Destination == _options.Source
            || (_options.Plan.TryParse(outer.Destination, out IPv4Address snat, out _) && snat == inner.Destination);
        if (!forUs)
        {
            return new(NatDecapVerdict.WrongDestination);
        }

        int ecn = EcnTunnelRules.Decapsulate(inner.Ecn, outer.Ecn);
        if (ecn == EcnTunnelRules.Drop)
        {
            return new(NatDecapVerdict.Congestion);
        }

        int length = inner.TotalLength;
        bool fromHost = _options.Hosts.Contains(outer.Source);
        if (ecn != inner.Ecn)
        {
            Span<byte> datagram = packet[offset..];
            PacketEdit.SetHeaderWord(datagram, 0, (ushort)((PacketEdit.Get16(datagram, 0) & ~3) | ecn));
        }

        return new(NatDecapVerdict.Decapsulated, offset, length, fromHost);
    }

    /// <summary>Cuts a payload into fragments of what may already be one (RFC 791 section 3.2); options stay with the first if they are not to be copied.</summary>
    private void SendFragments<TSink>(ReadOnlySpan<byte> payload, in IPv4View view, IPv6Address destination, ref TSink sink)
        where TSink : struct, INatTunnelSink, allows ref struct
    {
        _counters.Fragmented++;
        Span<byte> inner = _buffer.AsSpan(Overhead);
        int header = view.HeaderLength;
        int first = view.FragmentOffsetBytes / 8;
        bool lastOfAll = !view.MoreFragments;
        for (int at = 0; at < payload.Length;)
        {
            int room = (InnerMtu - header) & ~7;
            int length = Math.Min(room, payload.Length - at);
            bool more = !lastOfAll || at + length < payload.Length;
            payload.Slice(at, length).CopyTo(inner[header..]);
            PacketEdit.SetHeaderWord(inner, 2, (ushort)(header + length));
            PacketEdit.SetHeaderWord(inner, PacketEdit.FragmentOffset, (ushort)((more ? MoreFragments : 0) | (first + at / 8)));
            Send(header + length, in view, destination, ref sink);
            at += length;
            if (at == length && header > MinHeader)
            {
                header = KeepCopiedOptions(inner, in view);
            }
        }
    }

    /// <summary>Leaves only the options in a header that belong into every fragment (RFC 791 section 3.1: the copied flag).</summary>
    private static int KeepCopiedOptions(Span<byte> inner, in IPv4View view)
    {
        int length = MinHeader;
        foreach (IPv4Option option in view.Options)
        {
            if ((option.Type & 0x80) != 0)
            {
                inner[length] = option.Type;
                inner[length + 1] = (byte)(option.Data.Length + 2);
                option.Data.CopyTo(inner[(length + 2)..]);
                length += option.Data.Length + 2;
            }
        }

        int padded = (length + 3) & ~3;
        inner[length..padded].Clear();
        inner[0] = (byte)(0x40 | (padded / 4));
        PacketEdit.Put16(inner, PacketEdit.ChecksumOffset, 0);
        PacketEdit.Put16(inner, PacketEdit.ChecksumOffset, InternetChecksum.Compute(inner[..padded]));
        return padded;
    }

    private void Send<TSink>(int length, in IPv4View view, IPv6Address destination, ref TSink sink)
        where TSink : struct, INatTunnelSink, allows ref struct
    {
        _ = new IPv6Header
        {
            Dscp = view.Dscp,
            Ecn = view.Ecn,
            PayloadLength = length,
            NextHeader = IpProtocol.IPv4,
            HopLimit = (byte)_options.HopLimit,
            Source = _options.Source,
            Destination = destination,
        }.Write(_buffer);
        _counters.Sent++;
        sink.Send(_buffer.AsSpan(0, Overhead + length));
    }
}
