using System.Buffers.Binary;
using Weft.Packets;

namespace Weft.Ids;

/// <summary>Reads the headers of a packet into <see cref="PacketFacts"/>, and notes what is odd about them.</summary>
internal static class PacketReader
{
    private const int FragmentHeader = 8;
    private const int TimestampOption = 8;
    private const int ScaleOption = 3;
    private const int SegmentSizeOption = 2;
    private const int FastOpenOption = 34;
    private const int ExperimentalOption = 254;

    // How an experiment says that it is this one (RFC 7413 section 4.1.1).
    private const ushort FastOpenMagic = 0xF989;

    /// <summary>Reads a packet; without a readable IP header the facts have version 0 and only events.</summary>
    public static void Read(ReadOnlySpan<byte> frame, scoped in PacketLayout layout, out PacketFacts facts)
    {
        facts = default;
        facts.FrameLength = frame.Length;
        if (layout.IsIPv4 && IPv4View.TryParse(frame[layout.L3Offset..], out IPv4View four))
        {
            facts.Version = 4;
            facts.Source = AddressSet.Map(four.Source);
            facts.Destination = AddressSet.Map(four.Destination);
            facts.TimeToLive = four.TimeToLive;
            facts.TypeOfService = (byte)(four.Dscp << 2 | four.Ecn);
            facts.Identification = four.Identification;
            facts.FragmentWord = BinaryPrimitives.ReadUInt16BigEndian(frame[(layout.L3Offset + 6)..]);
            ReadOptions(four, ref facts);
        }
        else if (layout.IsIPv6 && IPv6View.TryParse(frame[layout.L3Offset..], out IPv6View six))
        {
            facts.Version = 6;
            facts.Source = six.Source;
            facts.Destination = six.Destination;
            facts.TimeToLive = six.HopLimit;
            facts.TypeOfService = (byte)(six.Dscp << 2 | six.Ecn);
        }

        facts.Protocol = layout.Protocol;
        facts.DecodeEvents |= EventOf(frame, in layout);
        if (facts.Version == 0)
        {
            return;
        }

        facts.Network = frame[layout.L3Offset..Math.Max(layout.L3Offset, layout.EndOffset)];
        facts.TransportOffset = Math.Min(layout.L4Offset - layout.L3Offset, facts.Network.Length);
        facts.Payload = facts.Network[Math.Min(layout.PayloadOffset - layout.L3Offset, facts.Network.Length)..];
        if (layout.IsIPv6)
        {
            bool isOther = facts.Protocol == IpProtocol.IPv4 && facts.TransportOffset < facts.Network.Length && facts.Network[facts.TransportOffset] >> 4 != 4;
            facts.DecodeEvents |= isOther ? DecodeEvents.IPv4InIPv6WrongVersion : DecodeEvents.None;
            IPv6Oddities.Note(facts.Network, ref facts);
        }

        if (layout.HasL4 && layout.Error == LayoutError.None)
        {
            ReadTransport(facts.Network[facts.TransportOffset..], ref facts);
        }
    }

    private static DecodeEvents EventOf(ReadOnlySpan<byte> frame, in PacketLayout layout) => layout.Error switch
    {
        LayoutError.IPv4Truncated or LayoutError.IPv4LengthPastEnd => DecodeEvents.IPv4Truncated,
        LayoutError.IPv4Invalid => frame[layout.L3Offset] >> 4 != 4 ? DecodeEvents.IPv4WrongVersion
            : (frame[layout.L3Offset] & 0xF) < 5 ? DecodeEvents.IPv4HeaderTooSmall : DecodeEvents.IPv4LengthSmallerThanHeader,
        LayoutError.IPv6Truncated or LayoutError.IPv6LengthPastEnd => DecodeEvents.IPv6Truncated,
        LayoutError.IPv6Invalid => DecodeEvents.IPv6WrongVersion,
        LayoutError.ExtensionTruncated => DecodeEvents.IPv6TruncatedExtension,
        LayoutError.TransportTruncated or LayoutError.TransportInvalid => TransportEvent(in layout),
        _ => DecodeEvents.None,
    };

    private static DecodeEvents TransportEvent(in PacketLayout layout)
    {
        int available = layout.EndOffset - layout.L4Offset;
        return layout.Protocol switch
        {
            IpProtocol.Tcp when available < TcpHeader.MinLength => DecodeEvents.TcpTooSmall,
            IpProtocol.Tcp => layout.Error == LayoutError.TransportInvalid ? DecodeEvents.TcpHeaderTooSmall : DecodeEvents.TcpInvalidOptionLength,
            IpProtocol.Udp => available < UdpHeader.Length ? DecodeEvents.UdpTooSmall : DecodeEvents.UdpInvalidLength,
            IpProtocol.Icmp or IpProtocol.IcmpV6 => DecodeEvents.IcmpTooSmall,
            _ => DecodeEvents.None,
        };
    }

    // An option that repeats or whose length does not fit its kind counts as damaged (RFC 791 section 3.1).
    private static void ReadOptions(IPv4View view, ref PacketFacts facts)
    {
        ReadOnlySpan<byte> bytes = view.OptionBytes;
        int at = 0;
        while (at < bytes.Length)
        {
            byte type = bytes[at];
            facts.IpOptions |= 1u << (type & 0x1F);
            if (type == 0)
            {
                return;
            }

            if (type == 1)
            {
                at++;
                continue;
            }

            int length = at + 1 < bytes.Length ? bytes[at + 1] : 0;
            if (length < 2 || at + length > bytes.Length || !FitsKind(type, length))
            {
                facts.DecodeEvents |= DecodeEvents.IPv4OptionInvalidLength;
                return;
            }

            at += length;
        }
    }

    private static bool FitsKind(byte type, int length) => type switch
    {
        0x07 or 0x83 or 0x89 => length >= 3 && (length - 3) % 4 == 0,
        0x44 => length >= 5,
        0x88 => length == 4,
        0x82 => length == 11,
        0x94 => length == 4,
        _ => true,
    };

    private static void ReadTransport(ReadOnlySpan<byte> bytes, ref PacketFacts facts)
    {
        if (facts.Protocol == IpProtocol.Tcp && TcpView.TryParse(bytes, out TcpView tcp))
        {
            facts.HasTransport = true;
            (facts.SourcePort, facts.DestinationPort) = (tcp.SourcePort, tcp.DestinationPort);
            (facts.TcpFlags, facts.TcpSequence, facts.TcpAcknowledgment, facts.TcpWindow) = (tcp.Flags, tcp.SequenceNumber, tcp.AcknowledgmentNumber, tcp.Window);
            ReadOptions(tcp, ref facts);
        }
        else if (facts.Protocol == IpProtocol.Udp && UdpView.TryParse(bytes, out UdpView udp))
        {
            facts.HasTransport = true;
            (facts.SourcePort, facts.DestinationPort) = (udp.SourcePort, udp.DestinationPort);
            facts.Payload = facts.Payload[..Math.Min(facts.Payload.Length, Math.Max(0, udp.Length - UdpHeader.Length))];
        }
        else if (facts.Protocol is IpProtocol.Icmp or IpProtocol.IcmpV6 && IcmpView.TryParse(bytes, out IcmpView icmp))
        {
            facts.HasTransport = true;
            (facts.IcmpType, facts.IcmpCode) = ((byte)icmp.Type, icmp.Code);
            (facts.IcmpId, facts.IcmpSequence) = (icmp.Identifier, icmp.SequenceNumber);
            facts.IcmpMtu = (uint)icmp.Identifier << 16 | icmp.SequenceNumber;
        }
        else if (facts.Protocol == IpProtocol.Sctp && bytes.Length >= 4)
        {
            facts.HasTransport = true;
            facts.SourcePort = BinaryPrimitives.ReadUInt16BigEndian(bytes);
            facts.DestinationPort = BinaryPrimitives.ReadUInt16BigEndian(bytes[2..]);
        }
    }

    private static void ReadOptions(TcpView tcp, ref PacketFacts facts)
    {
        uint seen = 0;
        TcpOptionEnumerator options = tcp.Options;
        while (options.MoveNext())
        {
            TcpOption option = options.Current;
            uint bit = 1u << (option.Kind & 31);
            bool isSingle = option.Kind is SegmentSizeOption or ScaleOption or TimestampOption or 4 or 5;
            facts.DecodeEvents |= isSingle && (seen & bit) != 0 ? DecodeEvents.TcpDuplicateOption : DecodeEvents.None;
            seen |= option.Kind < 32 ? bit : 0;
            switch (option.Kind)
            {
                case SegmentSizeOption when option.Data.Length == 2:
                    facts.TcpMaxSegmentSize = BinaryPrimitives.ReadUInt16BigEndian(option.Data);
                    break;
                case ScaleOption when option.Data.Length == 1:
                    facts.TcpWindowScale = Math.Min(option.Data[0], (byte)14);
                    break;
                case TimestampOption when option.Data.Length == 8:
                    facts.HasTcpTimestamp = true;
                    facts.TcpTimestamp = BinaryPrimitives.ReadUInt32BigEndian(option.Data);
                    facts.TcpTimestampEcho = BinaryPrimitives.ReadUInt32BigEndian(option.Data[4..]);
                    break;
                case ExperimentalOption when option.Data.Length > 1:
                    facts.HasTcpFastOpen |= BinaryPrimitives.ReadUInt16BigEndian(option.Data) == FastOpenMagic;
                    break;
                case FastOpenOption:
                    facts.HasTcpFastOpen = option.Data.Length > 0;
                    break;
                case SegmentSizeOption or ScaleOption or TimestampOption:
                    facts.DecodeEvents |= DecodeEvents.TcpOptionInvalidLength;
                    break;
            }
        }

        facts.DecodeEvents |= options.IsMalformed ? DecodeEvents.TcpOptionInvalidLength : DecodeEvents.None;
    }
}
