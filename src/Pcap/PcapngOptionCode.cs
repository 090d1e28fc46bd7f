namespace Weft.Pcap;

/// <summary>
/// Codes of pcapng options (draft-ietf-opsawg-pcapng). Codes from 2 up mean something else in each type of block, which is
/// why the names begin with the block's.
/// </summary>
public static class PcapngOptionCode
{
    /// <summary>Ends the options of a block.</summary>
    public const ushort End = 0;

    /// <summary>UTF-8 text for people, in any block; may repeat.</summary>
    public const ushort Comment = 1;

    /// <summary>Section header: UTF-8 description of the machine.</summary>
    public const ushort SectionHardware = 2;

    /// <summary>Section header: UTF-8 name of the operating system.</summary>
    public const ushort SectionOs = 3;

    /// <summary>Section header: UTF-8 name of the program that wrote it.</summary>
    public const ushort SectionApplication = 4;

    /// <summary>Interface: UTF-8 name of the device.</summary>
    public const ushort InterfaceName = 2;

    /// <summary>Interface: UTF-8 description of the device.</summary>
    public const ushort InterfaceDescription = 3;

    /// <summary>Interface: six octets of MAC address.</summary>
    public const ushort InterfaceMacAddress = 6;

    /// <summary>Interface: bits per second, 8 octets.</summary>
    public const ushort InterfaceSpeed = 8;

    /// <summary>Interface: unit of timestamps, see <see cref="PcapTimestampResolution"/>.</summary>
    public const ushort InterfaceTimestampResolution = 9;

    /// <summary>Interface: capture filter.</summary>
    public const ushort InterfaceFilter = 11;

    /// <summary>Interface: operating system of the machine that owns it.</summary>
    public const ushort InterfaceOs = 12;

    /// <summary>Interface: octets of frame check sequence.</summary>
    public const ushort InterfaceFcsLength = 13;

    /// <summary>Interface: seconds to add to each timestamp, 8 octets, signed.</summary>
    public const ushort InterfaceTimestampOffset = 14;

    /// <summary>Packet: direction, reception and errors, see <see cref="PcapPacketFlags"/>.</summary>
    public const ushort PacketFlags = 2;

    /// <summary>Packet: hash of the packet, first octet the algorithm.</summary>
    public const ushort PacketHash = 3;

    /// <summary>Packet: packets lost between the one before and this one, 8 octets.</summary>
    public const ushort PacketDropCount = 4;

    /// <summary>Packet: 8 octets that name the same packet wherever it was captured.</summary>
    public const ushort PacketId = 5;

    /// <summary>Packet: 4 octets, the queue of the interface.</summary>
    public const ushort PacketQueue = 6;

    /// <summary>Packet: what was decided about it, first octet the kind of verdict.</summary>
    public const ushort PacketVerdict = 7;

    /// <summary>Statistics: when the capture began, as a packet's timestamp.</summary>
    public const ushort StatisticsStart = 2;

    /// <summary>Statistics: when the capture ended, as a packet's timestamp.</summary>
    public const ushort StatisticsEnd = 3;

    /// <summary>Statistics: packets that the interface received, 8 octets.</summary>
    public const ushort StatisticsReceived = 4;

    /// <summary>Statistics: packets that the interface dropped for want of resources, 8 octets.</summary>
    public const ushort StatisticsDropped = 5;

    /// <summary>Statistics: packets that passed the filter, 8 octets.</summary>
    public const ushort StatisticsFilterAccepted = 6;

    /// <summary>Statistics: packets that the operating system dropped, 8 octets.</summary>
    public const ushort StatisticsOsDropped = 7;

    /// <summary>Statistics: packets delivered to the user, 8 octets.</summary>
    public const ushort StatisticsDelivered = 8;
}
