using System.Runtime.CompilerServices;
using static Weft.Packets.Unchecked;

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
        var type = (EtherType)Load16(frame, offset + EtherTypeOffset);
        if (VlanTag.IsTag(type))
        {
            return TryParseTagged(frame, at, ref layout);
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

    private static bool TryParseTagged(ReadOnlySpan<byte> frame, int at, ref PacketLayout layout)
    {
        EtherType type;
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
                layout.OuterTci = Load16(frame, at);
            }

            type = (EtherType)Load16(frame, at + 2);
            at += VlanTag.Length;
        }
        while (VlanTag.IsTag(type));
        ParseNetwork(frame, at, type, ref layout);
        return true;
    }

    [MethodImpl(MethodImplOptions.AggressiveInlining)]
    private static void ParseNetwork(ReadOnlySpan<byte> frame, int at, EtherType type, ref PacketLayout layout)
    {
        layout.L3Offset = (ushort)at;
        layout.EtherType = (int)type < MinEtherType ? EtherType.None : type;
        layout.L4Offset = (ushort)at;
        layout.PayloadOffset = (ushort)at;
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

    [MethodImpl(MethodImplOptions.AggressiveInlining)]
    private static void ParseIPv4(ReadOnlySpan<byte> frame, int at, ref PacketLayout layout)
    {
        int available = frame.Length - at;
        if (available < IPv4Facts.MinLength)
        {
            layout.Error = LayoutError.IPv4Truncated;
            return;
        }

        int versionAndLength = Load8(frame, at);
        int length = (versionAndLength & 0xF) * 4;
        int total = Load16(frame, at + IPv4Facts.TotalLengthOffset);
        if (versionAndLength >> 4 != 4 || length < IPv4Facts.MinLength || total < length)
        {
            layout.Error = LayoutError.IPv4Invalid;
            return;
        }

        if (length > available)
        {
            layout.Error = LayoutError.IPv4Truncated;
            return;
        }

        var protocol = (IpProtocol)Load8(frame, at + IPv4Facts.ProtocolOffset);
        layout.Protocol = protocol;
        layout.L4Offset = layout.PayloadOffset = (ushort)(at + length);
        LayoutFlags flags = length == IPv4Facts.MinLength ? LayoutFlags.IPv4 : LayoutFlags.IPv4 | LayoutFlags.IpOptions;
        int fragment = Load16(frame, at + IPv4Facts.FragmentOffset) & (IPv4Facts.MoreFragments | IPv4Facts.FragmentOffsetMask);
        if (fragment != 0)
        {
            flags |= (fragment & IPv4Facts.FragmentOffsetMask) == 0
                ? LayoutFlags.Fragment
                : LayoutFlags.Fragment | LayoutFlags.LaterFragment;
        }

        layout.Flags = flags;
        if (total > available)
        {
            layout.Error = LayoutError.IPv4LengthPastEnd;
            return;
        }

        layout.EndOffset = (ushort)(at + total);
        if ((flags & LayoutFlags.LaterFragment) == 0)
        {
            ParseTransport(frame, at + length, total - length, protocol, flags, ref layout);
        }
    }

    private static void ParseIPv6(ReadOnlySpan<byte> frame, int at, ref PacketLayout layout)
    {
        int available = frame.Length - at - IPv6Facts.Length;
        if (available < 0)
        {
            layout.Error = LayoutError.IPv6Truncated;
            return;
        }

        if (Load8(frame, at) >> 4 != 6)
        {
            layout.Error = LayoutError.IPv6Invalid;
            return;
        }

        var protocol = (IpProtocol)Load8(frame, at + IPv6Facts.NextHeaderOffset);
        int payloadLength = Load16(frame, at + IPv6Facts.PayloadLengthOffset);
        at += IPv6Facts.Length;
        layout.Flags = LayoutFlags.IPv6;
        layout.Protocol = protocol;
        layout.L4Offset = layout.PayloadOffset = (ushort)at;
        if (payloadLength > available)
        {
            layout.Error = LayoutError.IPv6LengthPastEnd;
            return;
        }

        layout.EndOffset = (ushort)(at + payloadLength);
        if (IPv6ExtensionWalk.IsExtension(protocol))
        {
            ParseExtensions(frame, at, payloadLength, ref layout);
            return;
        }

        ParseTransport(frame, at, payloadLength, protocol, LayoutFlags.IPv6, ref layout);
    }

    private static void ParseExtensions(ReadOnlySpan<byte> frame, int at, int length, ref PacketLayout layout)
    {
        IPv6ExtensionWalk walk = IPv6ExtensionWalk.Walk(frame.Slice(at, length), layout.Protocol);
        layout.Protocol = walk.Protocol;
        layout.L4Offset = layout.PayloadOffset = (ushort)(at + walk.Length);
        layout.Error = walk.Error;
        layout.Flags |= LayoutFlags.IpOptions
            | (walk.IsFragment ? LayoutFlags.Fragment : LayoutFlags.None)
            | (walk.IsLaterFragment ? LayoutFlags.LaterFragment : LayoutFlags.None);
        if (walk.Error == LayoutError.None && !walk.IsLaterFragment)
        {
            ParseTransport(frame, at + walk.Length, length - walk.Length, walk.Protocol, layout.Flags, ref layout);
        }
    }

    [MethodImpl(MethodImplOptions.AggressiveInlining)]
    private static void ParseTransport(ReadOnlySpan<byte> frame, int at, int available, IpProtocol protocol, LayoutFlags flags, ref PacketLayout layout)
    {
        int length;
        if (protocol == IpProtocol.Tcp)
        {
            length = available < TcpMinLength ? int.MaxValue : (Load8(frame, at + TcpDataOffset) >> 4) * 4;
            if (length < TcpMinLength)
            {
                layout.Error = LayoutError.TransportInvalid;
                return;
            }
        }
        else if (protocol == IpProtocol.Udp)
        {
            length = UdpLength;
            if (available >= UdpLength)
            {
                // The first fragment holds less than the UDP length promises; that is no defect.
                int promised = Load16(frame, at + UdpLengthOffset);
                if (promised < UdpLength || (promised > available && (flags & LayoutFlags.Fragment) == 0))
                {
                    layout.Error = promised < UdpLength ? LayoutError.TransportInvalid : LayoutError.TransportTruncated;
                    return;
                }
            }
        }
        else
        {
            length = FixedLength(protocol);
            if (length == 0)
            {
                return;
            }
        }

        if (length > available)
        {
            layout.Error = LayoutError.TransportTruncated;
            return;
        }

        layout.Flags = flags | LayoutFlags.L4;
        layout.PayloadOffset = (ushort)(at + length);
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
