using System.Buffers.Binary;
using Weft.Packets;

namespace Weft.Flows;

/// <summary>What a <see cref="PacketClassifier"/> looks at in a packet, read once for any number of classifiers.</summary>
public readonly struct PacketFields
{
    internal const byte DscpMarks = 0x3F, EstablishedMark = 0x40, LaterFragmentMark = 0x80;

    /// <summary>RFC 791 section 3.1, RFC 8200 section 3, RFC 9293 section 3.1.</summary>
    private const int Source4 = 12, Destination4 = 16, Source6 = 8, Destination6 = 24, TcpFlagsOffset = 13;

    private const int TrafficClassShift = 20, EcnBits = 2;

    /// <summary>Reads the fields of a frame.</summary>
    /// <param name="frame">The bytes that <paramref name="layout"/> was made from.</param>
    /// <param name="layout">Where the headers are.</param>
    public PacketFields(ReadOnlySpan<byte> frame, in PacketLayout layout)
    {
        EtherType = layout.EtherType;
        int at = layout.L3Offset;
        int dscp;
        if (layout.IsIPv4)
        {
            IsIPv4 = true;
            Source = IPv6Address.MapIPv4(IPv4Address.Read(frame[(at + Source4)..]));
            Destination = IPv6Address.MapIPv4(IPv4Address.Read(frame[(at + Destination4)..]));
            dscp = frame[at + 1] >> EcnBits;
        }
        else if (layout.IsIPv6)
        {
            Source = IPv6Address.Read(frame[(at + Source6)..]);
            Destination = IPv6Address.Read(frame[(at + Destination6)..]);
            dscp = (int)(BinaryPrimitives.ReadUInt32BigEndian(frame[at..]) >> (TrafficClassShift + EcnBits));
        }
        else
        {
            return;
        }

        IsIp = true;
        Protocol = layout.Protocol;
        Marks = (byte)(dscp & DscpMarks);
        if ((layout.Flags & LayoutFlags.LaterFragment) != 0)
        {
            Marks |= LaterFragmentMark;
        }
        else if (layout.HasL4)
        {
            ReadPorts(frame[layout.L4Offset..], layout.Protocol, out bool hasPorts, out ushort source, out ushort destination, out byte marks);
            (HasPorts, SourcePort, DestinationPort, Marks) = (hasPorts, source, destination, (byte)(Marks | marks));
        }
    }

    /// <summary>Fields of a whole packet that is known by its flow alone: no code point, no connection.</summary>
    public PacketFields(bool isIPv4, IPv6Address source, IPv6Address destination, IpProtocol protocol, bool hasPorts, ushort sourcePort, ushort destinationPort)
    {
        (IsIp, IsIPv4, Source, Destination, Protocol) = (true, isIPv4, source, destination, protocol);
        (EtherType, HasPorts, SourcePort, DestinationPort) = (isIPv4 ? EtherType.IPv4 : EtherType.IPv6, hasPorts, sourcePort, destinationPort);
    }

    /// <summary>EtherType behind VLAN tags.</summary>
    public readonly EtherType EtherType;

    /// <summary>Whether there is an IP header.</summary>
    public readonly bool IsIp;

    /// <summary>Whether it is of IPv4; addresses are mapped ones then.</summary>
    public readonly bool IsIPv4;

    /// <summary>Source address.</summary>
    public readonly IPv6Address Source;

    /// <summary>Destination address.</summary>
    public readonly IPv6Address Destination;

    /// <summary>Protocol behind extension headers.</summary>
    public readonly IpProtocol Protocol;

    /// <summary>Whether there are ports, or type and code of ICMP.</summary>
    public readonly bool HasPorts;

    /// <summary>Source port; the code of ICMP.</summary>
    public readonly ushort SourcePort;

    /// <summary>Destination port; the type of ICMP.</summary>
    public readonly ushort DestinationPort;

    /// <summary>Code point and two bits that go with it in one lookup.</summary>
    internal readonly byte Marks;

    /// <summary>Whether it is a fragment that is not the first.</summary>
    public bool IsLaterFragment => (Marks & LaterFragmentMark) != 0;

    /// <summary>Differentiated services code point; 0 without an IP header.</summary>
    public byte Dscp => (byte)(Marks & DscpMarks);

    private static void ReadPorts(ReadOnlySpan<byte> transport, IpProtocol protocol, out bool hasPorts, out ushort source, out ushort destination, out byte marks)
    {
        (hasPorts, source, destination, marks) = (true, 0, 0, 0);
        switch (protocol)
        {
            case IpProtocol.Tcp or IpProtocol.Udp or IpProtocol.Sctp:
                source = BinaryPrimitives.ReadUInt16BigEndian(transport);
                destination = BinaryPrimitives.ReadUInt16BigEndian(transport[sizeof(ushort)..]);
                if (protocol == IpProtocol.Tcp && transport.Length > TcpFlagsOffset && ((TcpFlags)transport[TcpFlagsOffset] & (TcpFlags.Ack | TcpFlags.Rst)) != 0)
                {
                    marks = EstablishedMark;
                }

                break;
            case IpProtocol.Icmp or IpProtocol.IcmpV6:
                (destination, source) = (transport[0], transport[1]);
                break;
            default:
                hasPorts = false;
                break;
        }
    }
}
