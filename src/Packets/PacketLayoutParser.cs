using System.Runtime.CompilerServices;

namespace Weft.Packets;

/// <summary>The walk behind <see cref="PacketLayout.TryParse"/>.</summary>
internal static class PacketLayoutParser
{
    private const int EthernetLength = 14;
    private const int EtherTypeOffset = 12;
    private const int MinEtherType = 0x0600;
    private const int TcpMinLength = 20;
    private const int TcpDataOffset = 12;
    private const int UdpLength = 8;
    private const int UdpLengthOffset = 4;

    public static bool TryParse(ReadOnlySpan<byte> frame, int offset, out PacketLayout layout)
    {
        layout = default;
        if (frame.Length > ushort.MaxValue)
        {
            layout.Error = LayoutError.FrameTooLong;
            return false;
        }

        if ((uint)offset > (uint)frame.Length || frame.Length - offset < EthernetLength)
        {
            layout.Error = LayoutError.EthernetTruncated;
            return false;
        }

        layout.L2Offset = (ushort)offset;
        int at = offset + EthernetLength;
        var type = (EtherType)Wire.U16(frame, offset + EtherTypeOffset);
        if (VlanTag.IsTag(type) && !TrySkipTags(frame, ref at, ref type, ref layout))
        {
            return false;
        }

        ParseNetwork(frame, at, type, ref layout);
        return true;
    }

    public static bool TryParseNetwork(ReadOnlySpan<byte> frame, int offset, EtherType type, out PacketLayout layout)
    {
        layout = default;
        if (frame.Length > ushort.MaxValue)
        {
            layout.Error = LayoutError.FrameTooLong;
            return false;
        }

        if ((uint)offset > (uint)frame.Length)
        {
            layout.Error = LayoutError.EthernetTruncated;
            return false;
        }

        layout.L2Offset = (ushort)offset;
        ParseNetwork(frame, offset, type, ref layout);
        return true;
    }

    private static bool TrySkipTags(ReadOnlySpan<byte> frame, ref int at, ref EtherType type, ref PacketLayout layout)
    {
        do
        {
            if (frame.Length - at < VlanTag.Length)
            {
                layout.Error = LayoutError.VlanTruncated;
                return false;
            }

            if (layout.VlanTags == VlanTag.MaxStack)
            {
                layout.Error = LayoutError.VlanStackTooDeep;
                return false;
            }

            if (layout.VlanTags++ == 0)
            {
                layout.OuterTci = Wire.U16(frame, at);
            }

            type = (EtherType)Wire.U16(frame, at + 2);
            at += VlanTag.Length;
        }
        while (VlanTag.IsTag(type));
        return true;
    }

    [MethodImpl(MethodImplOptions.AggressiveInlining)]
    private static void ParseNetwork(ReadOnlySpan<byte> frame, int at, EtherType type, ref PacketLayout layout)
    {
        layout.EtherType = (int)type < MinEtherType ? EtherType.None : type;
        layout.L3Offset = layout.L4Offset = layout.PayloadOffset = (ushort)at;
        layout.EndOffset = (ushort)frame.Length;
        if (type == EtherType.IPv4)
        {
            ParseIPv4(frame, at, ref layout);
        }
        else if (type == EtherType.IPv6)
        {
            ParseIPv6(frame, at, ref layout);
        }
    }

    private static void ParseIPv4(ReadOnlySpan<byte> frame, int at, ref PacketLayout layout)
    {
        ReadOnlySpan<byte> header = frame[at..];
        if (header.Length < IPv4Facts.MinLength)
        {
            layout.Error = LayoutError.IPv4Truncated;
            return;
        }

        int length = (header[0] & 0xF) * 4;
        int total = Wire.U16(header, IPv4Facts.TotalLengthOffset);
        if (header[0] >> 4 != 4 || length < IPv4Facts.MinLength || total < length)
        {
            layout.Error = LayoutError.IPv4Invalid;
            return;
        }

        if (length > header.Length)
        {
            layout.Error = LayoutError.IPv4Truncated;
            return;
        }

        layout.Flags = length == IPv4Facts.MinLength ? LayoutFlags.IPv4 : LayoutFlags.IPv4 | LayoutFlags.IpOptions;
        layout.Protocol = (IpProtocol)header[IPv4Facts.ProtocolOffset];
        layout.L4Offset = layout.PayloadOffset = (ushort)(at + length);
        int fragment = Wire.U16(header, IPv4Facts.FragmentOffset) & (IPv4Facts.MoreFragments | IPv4Facts.FragmentOffsetMask);
        if (fragment != 0)
        {
            layout.Flags |= LayoutFlags.Fragment;
            if ((fragment & IPv4Facts.FragmentOffsetMask) != 0)
            {
                layout.Flags |= LayoutFlags.LaterFragment;
            }
        }

        if (total > header.Length)
        {
            layout.Error = LayoutError.IPv4LengthPastEnd;
            return;
        }

        layout.EndOffset = (ushort)(at + total);
        if ((layout.Flags & LayoutFlags.LaterFragment) == 0)
        {
            ParseTransport(header[length..total], ref layout);
        }
    }

    private static void ParseIPv6(ReadOnlySpan<byte> frame, int at, ref PacketLayout layout)
    {
        ReadOnlySpan<byte> header = frame[at..];
        if (header.Length < IPv6Facts.Length)
        {
            layout.Error = LayoutError.IPv6Truncated;
            return;
        }

        if (header[0] >> 4 != 6)
        {
            layout.Error = LayoutError.IPv6Invalid;
            return;
        }

        layout.Flags = LayoutFlags.IPv6;
        layout.Protocol = (IpProtocol)header[IPv6Facts.NextHeaderOffset];
        layout.L4Offset = layout.PayloadOffset = (ushort)(at + IPv6Facts.Length);
        int payloadLength = Wire.U16(header, IPv6Facts.PayloadLengthOffset);
        ReadOnlySpan<byte> payload = header[IPv6Facts.Length..];
        if (payloadLength > payload.Length)
        {
            layout.Error = LayoutError.IPv6LengthPastEnd;
            return;
        }

        payload = payload[..payloadLength];
        layout.EndOffset = (ushort)(at + IPv6Facts.Length + payloadLength);
        if (IPv6ExtensionWalk.IsExtension(layout.Protocol))
        {
            IPv6ExtensionWalk walk = IPv6ExtensionWalk.Walk(payload, layout.Protocol);
            layout.Protocol = walk.Protocol;
            layout.L4Offset = layout.PayloadOffset = (ushort)(layout.L4Offset + walk.Length);
            layout.Error = walk.Error;
            layout.Flags |= LayoutFlags.IpOptions
                | (walk.IsFragment ? LayoutFlags.Fragment : LayoutFlags.None)
                | (walk.IsLaterFragment ? LayoutFlags.LaterFragment : LayoutFlags.None);
            if (walk.Error != LayoutError.None || walk.IsLaterFragment)
            {
                return;
            }

            payload = payload[walk.Length..];
        }

        ParseTransport(payload, ref layout);
    }

    [MethodImpl(MethodImplOptions.AggressiveInlining)]
    private static void ParseTransport(ReadOnlySpan<byte> segment, ref PacketLayout layout)
    {
        int length = layout.Protocol switch
        {
            IpProtocol.Tcp => TcpMinLength,
            IpProtocol.Udp => UdpLength,
            _ => FixedLength(layout.Protocol),
        };
        if (length == 0)
        {
            return;
        }

        if (segment.Length < length)
        {
            layout.Error = LayoutError.TransportTruncated;
            return;
        }

        if (layout.Protocol == IpProtocol.Tcp)
        {
            length = (segment[TcpDataOffset] >> 4) * 4;
            if (length < TcpMinLength || length > segment.Length)
            {
                layout.Error = length < TcpMinLength ? LayoutError.TransportInvalid : LayoutError.TransportTruncated;
                return;
            }
        }
        else if (layout.Protocol == IpProtocol.Udp)
        {
            // The first fragment holds less than the UDP length promises; that is no defect.
            int promised = Wire.U16(segment, UdpLengthOffset);
            if (promised < UdpLength || (promised > segment.Length && (layout.Flags & LayoutFlags.Fragment) == 0))
            {
                layout.Error = promised < UdpLength ? LayoutError.TransportInvalid : LayoutError.TransportTruncated;
                return;
            }
        }

        layout.Flags |= LayoutFlags.L4;
        layout.PayloadOffset = (ushort)(layout.L4Offset + length);
    }

    /// <summary>Octets that must be there for <see cref="LayoutFlags.L4"/>; 0 for protocols that the layout does not look into.</summary>
    private static int FixedLength(IpProtocol protocol) => protocol switch
    {
        IpProtocol.Icmp or IpProtocol.IcmpV6 => IcmpFacts.Length,
        IpProtocol.Esp => 8, // SPI and sequence number (RFC 4303 section 2).
        IpProtocol.Igmp => 8, // RFC 2236 section 2.
        IpProtocol.Sctp => 12, // Common header (RFC 9260 section 3.1).
        IpProtocol.Gre => 4, // Flags and protocol type (RFC 2784 section 2).
        _ => 0,
    };
}
