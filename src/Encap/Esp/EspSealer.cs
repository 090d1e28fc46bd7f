using System.Buffers.Binary;
using Weft.Packets;

namespace Weft.Encap;

/// <summary>
/// Seals complete frames in place (RFC 4303 section 3.3): in transport mode
/// <code>
///   Ethernet | IP | UDP, tunnel, inner frame            becomes
///   Ethernet | IP | [UDP 4500] | ESP | UDP, tunnel, inner frame | trailer | tag
/// </code>
/// and in tunnel mode the same with the IP packet itself behind ESP and an IP header of the tunnel's in front.
/// </summary>
/// <remarks>
/// Only the headers in front move; what is sealed stays where it is. Lengths, protocol and the IPv4 header checksum are put
/// right. The UDP checksum is zero over IPv4 (RFC 3948 section 2.1) and computed over IPv6, which does not allow zero (RFC 8200
/// section 8.1). Stateless; the association has the state.
/// </remarks>
public static class EspSealer
{
    /// <summary>Most bytes that are needed in front of a frame in transport mode: UDP, SPI, sequence number and IV.</summary>
    public const int MaxTransportHeadroom = UdpHeader.Length + EspFormat.FixedHeaderLength + EspFormat.IvLength;

    /// <summary>Most bytes that are needed behind a frame: padding, trailer and tag.</summary>
    public const int MaxTailroom = EspFormat.Alignment - 1 + EspFormat.TrailerLength + Aead.TagLength;

    /// <summary>Seals what is behind the IP header of a frame.</summary>
    /// <param name="sa">An association in transport mode.</param>
    /// <param name="room">The buffer in which the frame lies.</param>
    /// <param name="offset">Where the frame starts; moves to the front.</param>
    /// <param name="length">Bytes of the frame; grows. Ethernet padding is cut off.</param>
    /// <param name="layout">The frame's layout, offsets from the frame's start.</param>
    /// <returns><see cref="EspStatus.Ok"/>, or why not; the frame is then untouched.</returns>
    /// <exception cref="ArgumentException">The association is not in transport mode, or the frame is not inside the buffer.</exception>
    public static EspStatus SealTransport(EspOutboundSa sa, Span<byte> room, ref int offset, ref int length, in PacketLayout layout)
    {
        Require(sa, EspMode.Transport, room.Length, offset, length);
        int ipLength = layout.L4Offset - layout.L3Offset;
        if (!IsWhole(layout, length) || (layout.IsIPv6 && ipLength != IPv6Header.Length))
        {
            return EspStatus.Unsuitable;
        }

        int udpLength = sa.Udp is null ? 0 : UdpHeader.Length;
        int shift = udpLength + sa.HeaderLength;
        int payloadLength = layout.EndOffset - layout.L4Offset;
        int sealedLength = sa.SealedLength(payloadLength);
        EspStatus ready = Check(sa, shift, layout.L4Offset + udpLength + sealedLength, room.Length, offset);
        if (ready != EspStatus.Ok)
        {
            return ready;
        }

        // IPv6 counts its payload alone.
        if (udpLength + sealedLength + (layout.IsIPv4 ? ipLength : 0) > ushort.MaxValue)
        {
            return EspStatus.Unsuitable;
        }

        Span<byte> frame = room[(offset - shift)..];
        frame.Slice(shift, layout.L4Offset).CopyTo(frame);
        Span<byte> ip = frame[layout.L3Offset..];
        byte protocol = (byte)layout.Protocol;
        EspStatus status = sa.Seal(frame[(layout.L4Offset + udpLength)..], payloadLength, protocol, out int written);
        if (status != EspStatus.Ok)
        {
            return status;
        }

        EspOuterHeader.Finish(ip, layout.IsIPv4, ipLength, sa.Udp, written);
        offset -= shift;
        length = layout.L4Offset + udpLength + written;
        return EspStatus.Ok;
    }

    /// <summary>Seals the IP packet of a frame behind an IP header of the tunnel's.</summary>
    /// <param name="sa">An association in tunnel mode.</param>
    /// <param name="ends">The outer header.</param>
    /// <param name="room">The buffer in which the frame lies.</param>
    /// <param name="offset">Where the frame starts; moves to the front.</param>
    /// <param name="length">Bytes of the frame; grows. Ethernet padding is cut off.</param>
    /// <param name="layout">The frame's layout, offsets from the frame's start.</param>
    /// <returns><see cref="EspStatus.Ok"/>, or why not; the frame is then untouched.</returns>
    /// <exception cref="ArgumentException">The association is not in tunnel mode, or the frame is not inside the buffer.</exception>
    public static EspStatus SealTunnel(EspOutboundSa sa, in EspTunnelEnds ends, Span<byte> room, ref int offset, ref int length, in PacketLayout layout)
    {
        Require(sa, EspMode.Tunnel, room.Length, offset, length);
        if ((!layout.IsIPv4 && !layout.IsIPv6) || layout.EndOffset > length || layout.L3Offset < EthernetHeader.UntaggedLength)
        {
            return EspStatus.Unsuitable;
        }

        bool isIPv4 = ends.Source.IsIPv4;
        int ipLength = isIPv4 ? IPv4Header.MinLength : IPv6Header.Length;
        int udpLength = sa.Udp is null ? 0 : UdpHeader.Length;
        int shift = ipLength + udpLength + sa.HeaderLength;
        int payloadLength = layout.EndOffset - layout.L3Offset;
        EspStatus ready = Check(sa, shift, layout.L3Offset + ipLength + udpLength + sa.SealedLength(payloadLength), room.Length, offset);
        if (ready != EspStatus.Ok)
        {
            return ready;
        }

        if (udpLength + sa.SealedLength(payloadLength) + (isIPv4 ? ipLength : 0) > ushort.MaxValue)
        {
            return EspStatus.Unsuitable;
        }

        int innerClass = TrafficClass.Read(room.Slice(offset, length), layout);
        Span<byte> frame = room[(offset - shift)..];
        frame.Slice(shift, layout.L3Offset).CopyTo(frame);
        IpProtocol next = layout.IsIPv4 ? IpProtocol.IPv4 : IpProtocol.IPv6;
        EspStatus status = sa.Seal(frame[(layout.L3Offset + ipLength + udpLength)..], payloadLength, (byte)next, out int written);
        if (status != EspStatus.Ok)
        {
            return status;
        }

        BinaryPrimitives.WriteUInt16BigEndian(frame[(layout.L3Offset - sizeof(ushort))..], (ushort)(isIPv4 ? EtherType.IPv4 : EtherType.IPv6));
        Span<byte> ip = frame[layout.L3Offset..];
        ends.Write(ip, innerClass);
        EspOuterHeader.Finish(ip, isIPv4, ipLength, sa.Udp, written);
        offset -= shift;
        length = layout.L3Offset + ipLength + udpLength + written;
        return EspStatus.Ok;
    }

    /// <summary>Everything that could refuse a packet, before a byte of it moves.</summary>
    private static EspStatus Check(EspOutboundSa sa, int shift, int length, int room, int offset) =>
        offset < shift || length > room - (offset - shift) ? EspStatus.NoRoom : sa.Ready();

    private static bool IsWhole(in PacketLayout layout, int length) =>
        (layout.IsIPv4 || layout.IsIPv6) && !layout.IsFragment && layout.Error == LayoutError.None && layout.EndOffset <= length;

    private static void Require(EspOutboundSa sa, EspMode mode, int room, int offset, int length)
    {
        ArgumentNullException.ThrowIfNull(sa);
        if (sa.Mode != mode)
        {
            throw new ArgumentException($"the association is in {sa.Mode} mode, not {mode}", nameof(sa));
        }

        if (offset < 0 || length < 0 || offset > room - length)
        {
            throw new ArgumentException($"a frame of {length} bytes at {offset} is not inside a buffer of {room}", nameof(offset));
        }
    }
}
