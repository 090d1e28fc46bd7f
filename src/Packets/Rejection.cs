namespace Weft.Packets;

/// <summary>
/// Writes what tells a sender that its packet was rejected: a TCP reset (RFC 9293 section 3.10.7.1), or an ICMP error that says
/// that communication is prohibited (RFC 1812 section 5.2.7.1, RFC 4443 section 3.1). It comes from the address that the
/// packet was for.
/// </summary>
public static class Rejection
{
    /// <summary>Longest answer: a link header with four tags, and the longest error.</summary>
    public const int MaxBytes = 14 + 4 * VlanTag.Length + IcmpError.MaxIPv6Bytes;

    private const byte Prohibited4 = 13;
    private const byte Prohibited6 = 1;
    private const byte HopLimit = 64;

    /// <summary>Writes the answer to a frame.</summary>
    /// <param name="frame">The bytes that <paramref name="layout"/> was made from.</param>
    /// <param name="layout">Where the headers are.</param>
    /// <param name="answer">At least <see cref="MaxBytes"/>.</param>
    /// <returns>Its length; 0 if the packet must not be answered: a reset, an ICMP error, a fragment that is not the first, a group address on either side.</returns>
    public static int Write(ReadOnlySpan<byte> frame, in PacketLayout layout, Span<byte> answer)
    {
        if (layout.Error != LayoutError.None || layout.IsFragment || !layout.HasL4 || MacAddress.Read(frame).IsGroup)
        {
            return 0;
        }

        ReadOnlySpan<byte> packet = frame[layout.L3Offset..layout.EndOffset];
        if (!IcmpError.MayAnswer(packet))
        {
            return 0;
        }

        // The tags stay: the answer goes back the way that the packet came.
        int link = layout.L3Offset;
        frame[..link].CopyTo(answer);
        frame[..MacAddress.Length].CopyTo(answer[MacAddress.Length..]);
        frame.Slice(MacAddress.Length, MacAddress.Length).CopyTo(answer);
        int written = layout.IsIPv4 ? WriteIPv4(frame, in layout, answer[link..]) : WriteIPv6(frame, in layout, answer[link..]);
        return written == 0 ? 0 : link + written;
    }

    private static int WriteIPv4(ReadOnlySpan<byte> frame, in PacketLayout layout, Span<byte> answer)
    {
        ReadOnlySpan<byte> packet = frame[layout.L3Offset..layout.EndOffset];
        _ = IPv4View.TryParse(packet, out IPv4View view);
        if (layout.Protocol != IpProtocol.Tcp)
        {
            return IcmpError.Write(packet, view.Destination, IcmpType.DestinationUnreachable, Prohibited4, rest: 0, answer);
        }

        uint pseudo = InternetChecksum.PseudoHeader(view.Destination, view.Source, IpProtocol.Tcp, TcpHeader.MinLength);
        int length = WriteReset(frame, in layout, answer[IPv4Header.MinLength..], pseudo);
        return length == 0 ? 0 : length + new IPv4Header { Protocol = IpProtocol.Tcp, TimeToLive = HopLimit, PayloadLength = length, DontFragment = true, Source = view.Destination, Destination = view.Source }.Write(answer);
    }

    private static int WriteIPv6(ReadOnlySpan<byte> frame, in PacketLayout layout, Span<byte> answer)
    {
        ReadOnlySpan<byte> packet = frame[layout.L3Offset..layout.EndOffset];
        _ = IPv6View.TryParse(packet, out IPv6View view);
        if (layout.Protocol != IpProtocol.Tcp)
        {
            return IcmpError.Write(packet, view.Destination, IcmpV6Type.DestinationUnreachable, Prohibited6, rest: 0, answer);
        }

        uint pseudo = InternetChecksum.PseudoHeader(view.Destination, view.Source, IpProtocol.Tcp, TcpHeader.MinLength);
        int length = WriteReset(frame, in layout, answer[IPv6Header.Length..], pseudo);
        return length == 0 ? 0 : length + new IPv6Header { NextHeader = IpProtocol.Tcp, HopLimit = HopLimit, PayloadLength = length, Source = view.Destination, Destination = view.Source }.Write(answer);
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
}
