namespace Weft.Packets;

/// <summary>
/// Writes what tells a sender that its packet was rejected: a TCP reset (RFC 9293 section 3.10.7.1), or an ICMP error that says
/// that communication is prohibited (RFC 1812 section 5.2.7.1, RFC 4443 section 3.1). It comes from the address that the
/// packet was for.
/// </summary>
public static class Rejection
{
    /// <summary>Longest answer: headers of link, IPv6 and ICMPv6, and what is quoted.</summary>
    public const int MaxBytes = 14 + 4 * VlanTag.Length + IPv6Header.Length + IcmpV6Header.Length + QuotedBytes;

    // Enough for every header and some payload, and below what either version allows (RFC 1812 section 4.3.2.3: 576 octets in all).
    private const int QuotedBytes = 512;
    private const byte Prohibited4 = 13;
    private const byte Prohibited6 = 1;
    private const byte HopLimit = 64;

    /// <summary>Writes the answer to a frame.</summary>
    /// <returns>Its length; 0 if the packet must not be answered: a reset, an ICMP error, a fragment that is not the first, a group address on either side.</returns>
    public static int Write(ReadOnlySpan<byte> frame, in PacketLayout layout, Span<byte> answer)
    {
        if (layout.Error != LayoutError.None || layout.IsFragment || !layout.HasL4 || MacAddress.Read(frame).IsGroup)
        {
            return 0;
        }

        // The tags stay: the answer goes back the way that the packet came.
        int link = layout.L3Offset;
        frame[..link].CopyTo(answer);
        frame[..MacAddress.Length].CopyTo(answer[MacAddress.Length..]);
        frame.Slice(MacAddress.Length, MacAddress.Length).CopyTo(answer);
        int written = layout.IsIPv4
            ? WriteIPv4(frame, in layout, answer[link..])
            : WriteIPv6(frame, in layout, answer[link..]);
        return written == 0 ? 0 : link + written;
    }

    private static int WriteIPv4(ReadOnlySpan<byte> frame, in PacketLayout layout, Span<byte> answer)
    {
        ReadOnlySpan<byte> packet = frame[layout.L3Offset..layout.EndOffset];
        if (!IPv4View.TryParse(packet, out IPv4View view) || view.Source.IsMulticast || view.Destination.IsMulticast || view.Source.Value is 0 or uint.MaxValue)
        {
            return 0;
        }

        Span<byte> body = answer[IPv4Header.MinLength..];
        bool isTcp = layout.Protocol == IpProtocol.Tcp;
        IpProtocol protocol = isTcp ? IpProtocol.Tcp : IpProtocol.Icmp;
        int length;
        if (isTcp)
        {
            length = WriteReset(frame, in layout, body, InternetChecksum.PseudoHeader(view.Destination, view.Source, protocol, TcpHeader.MinLength));
        }
        else
        {
            length = IsError4(frame, in layout) ? 0 : Quote(packet, body, IcmpHeader.Length);
            _ = length == 0 ? 0 : new IcmpHeader(IcmpType.DestinationUnreachable, Prohibited4).Write(body[..length]);
        }

        return length == 0 ? 0 : length + new IPv4Header { Protocol = protocol, TimeToLive = HopLimit, PayloadLength = length, DontFragment = true, Source = view.Destination, Destination = view.Source }.Write(answer);
    }

    private static int WriteIPv6(ReadOnlySpan<byte> frame, in PacketLayout layout, Span<byte> answer)
    {
        ReadOnlySpan<byte> packet = frame[layout.L3Offset..layout.EndOffset];
        if (!IPv6View.TryParse(packet, out IPv6View view) || view.Source.IsMulticast || view.Destination.IsMulticast || view.Source == IPv6Address.Any)
        {
            return 0;
        }

        Span<byte> body = answer[IPv6Header.Length..];
        bool isTcp = layout.Protocol == IpProtocol.Tcp;
        IpProtocol protocol = isTcp ? IpProtocol.Tcp : IpProtocol.IcmpV6;
        int length;
        if (isTcp)
        {
            length = WriteReset(frame, in layout, body, InternetChecksum.PseudoHeader(view.Destination, view.Source, protocol, TcpHeader.MinLength));
        }
        else
        {
            length = IsError6(frame, in layout) ? 0 : Quote(packet, body, IcmpV6Header.Length);
            _ = length == 0 ? 0 : new IcmpV6Header(IcmpV6Type.DestinationUnreachable, Prohibited6).Write(body[..length], InternetChecksum.PseudoHeader(view.Destination, view.Source, protocol, length));
        }

        return length == 0 ? 0 : length + new IPv6Header { NextHeader = protocol, HopLimit = HopLimit, PayloadLength = length, Source = view.Destination, Destination = view.Source }.Write(answer);
    }

    /// <summary>The reset that the packet would get from a closed port; none for a reset.</summary>
    private static int WriteReset(ReadOnlySpan<byte> frame, in PacketLayout layout, Span<byte> body, uint pseudoHeader)
    {
        if (!TcpView.TryParse(frame[layout.L4Offset..layout.EndOffset], out TcpView tcp) || (tcp.Flags & TcpFlags.Rst) != 0)
        {
            return 0;
        }

        bool hasAck = (tcp.Flags & TcpFlags.Ack) != 0;
        int length = layout.EndOffset - layout.PayloadOffset + ((tcp.Flags & TcpFlags.Syn) != 0 ? 1 : 0) + ((tcp.Flags & TcpFlags.Fin) != 0 ? 1 : 0);
        var header = new TcpHeader
        {
            SourcePort = tcp.DestinationPort,
            DestinationPort = tcp.SourcePort,
            SequenceNumber = hasAck ? tcp.AcknowledgmentNumber : 0,
            AcknowledgmentNumber = hasAck ? 0 : tcp.SequenceNumber + (uint)length,
            Flags = hasAck ? TcpFlags.Rst : TcpFlags.Rst | TcpFlags.Ack,
        };
        _ = header.Write(body);
        ushort checksum = InternetChecksum.Compute(body[..TcpHeader.MinLength], pseudoHeader);
        return (header with { Checksum = checksum }).Write(body);
    }

    private static bool IsError4(ReadOnlySpan<byte> frame, in PacketLayout layout) =>
        layout.Protocol == IpProtocol.Icmp && (!IcmpView.TryParse(frame[layout.L4Offset..layout.EndOffset], out IcmpView icmp) || icmp.IsError);

    private static bool IsError6(ReadOnlySpan<byte> frame, in PacketLayout layout) =>
        layout.Protocol == IpProtocol.IcmpV6 && (!IcmpV6View.TryParse(frame[layout.L4Offset..layout.EndOffset], out IcmpV6View icmp) || icmp.IsError);

    private static int Quote(ReadOnlySpan<byte> packet, Span<byte> body, int header)
    {
        int quoted = Math.Min(packet.Length, QuotedBytes);
        packet[..quoted].CopyTo(body[header..]);
        return header + quoted;
    }
}
