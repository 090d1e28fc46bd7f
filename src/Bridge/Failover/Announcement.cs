using System.Buffers.Binary;
using Weft.Packets;

namespace Weft.Bridge;

/// <summary>
/// Frames by which a bridge tells others where a machine is now. A RARP is enough for switches, which look at the Ethernet source
/// alone; hosts that hear no RARP are told the machine's addresses.
/// </summary>
public static class Announcement
{
    /// <summary>Octets of an untagged RARP; a tag adds four.</summary>
    public const int RarpLength = EthernetLength + ArpMessage.Length;

    /// <summary>Octets of the longest announcement, a tagged neighbour advertisement.</summary>
    public const int MaxLength = EthernetLength + VlanTag.Length + IPv6Header.Length + NeighborMessage.MinLength + NeighborMessage.LinkLayerOptionLength;

    private const int EthernetLength = 14;
    private const byte NeighborHopLimit = 255;
    private const ulong BroadcastAnd16Bits = 0xFFFF_FFFF_FFFF_0000;
    private const ulong RarpForIPv4 = 0x8035_0001_0800_0604;
    private static readonly IPv6Address AllNodes = IPv6Address.Parse("ff02::1");
    private static readonly MacAddress AllNodesMac = new(0x3333_0000_0001);

    /// <summary>
    /// Writes a RARP "request reverse" (RFC 903) in the form that hypervisors and Open vSwitch send: broadcast, sender and target are
    /// the machine, no IP addresses.
    /// </summary>
    /// <param name="frame">Where to; 46 bytes are enough.</param>
    /// <param name="mac">The machine.</param>
    /// <param name="tci">Tag to carry, 0 for none.</param>
    /// <returns>Octets written. Short frames are not padded; a port that must pads.</returns>
    /// <exception cref="ArgumentException"><paramref name="frame"/> is too short.</exception>
    public static int WriteRarp(Span<byte> frame, MacAddress mac, ushort tci = 0)
    {
        if (tci != 0)
        {
            int at = WriteEthernet(frame, MacAddress.Broadcast, mac, EtherType.Rarp, tci);
            return at + new ArpMessage { Operation = ArpOperation.ReverseRequest, SenderMac = mac, TargetMac = mac }.Write(frame[at..]);
        }

        Require(frame.Length, RarpLength);
        Span<byte> bytes = frame[..RarpLength];
        ulong value = mac.Value;

        // Whole words, the last two of which overlap: a burst of thousands is made while hosts still send to a dead node.
        BinaryPrimitives.WriteUInt64BigEndian(bytes, BroadcastAnd16Bits | (value >> 32));
        BinaryPrimitives.WriteUInt32BigEndian(bytes[8..], (uint)value);
        BinaryPrimitives.WriteUInt64BigEndian(bytes[12..], RarpForIPv4);
        BinaryPrimitives.WriteUInt64BigEndian(bytes[20..], ((ulong)ArpOperation.ReverseRequest << 48) | value);
        BinaryPrimitives.WriteUInt64BigEndian(bytes[28..], value >> 16);
        BinaryPrimitives.WriteUInt64BigEndian(bytes[34..], value << 32);
        return RarpLength;
    }

    /// <summary>Writes an ARP announcement (RFC 5227 section 3): a request whose sender and target address are the machine's.</summary>
    /// <param name="frame">Where to; 46 bytes are enough.</param>
    /// <param name="mac">The machine.</param>
    /// <param name="address">Its address.</param>
    /// <param name="tci">Tag to carry, 0 for none.</param>
    /// <returns>Octets written.</returns>
    /// <exception cref="ArgumentException"><paramref name="frame"/> is too short.</exception>
    public static int WriteGratuitousArp(Span<byte> frame, MacAddress mac, IPv4Address address, ushort tci = 0)
    {
        int at = WriteEthernet(frame, MacAddress.Broadcast, mac, EtherType.Arp, tci);
        return at + new ArpMessage { Operation = ArpOperation.Request, SenderMac = mac, SenderAddress = address, TargetAddress = address }.Write(frame[at..]);
    }

    /// <summary>Writes an unsolicited neighbour advertisement to all nodes (RFC 4861 section 7.2.6), override flag set.</summary>
    /// <param name="frame">Where to; <see cref="MaxLength"/> bytes are enough.</param>
    /// <param name="mac">The machine.</param>
    /// <param name="address">Its address.</param>
    /// <param name="isRouter">Whether it is a router: advertising a router as a host would end its routes (RFC 4861 section 7.2.5).</param>
    /// <param name="tci">Tag to carry, 0 for none.</param>
    /// <returns>Octets written.</returns>
    /// <exception cref="ArgumentException"><paramref name="frame"/> is too short.</exception>
    public static int WriteNeighborAdvertisement(Span<byte> frame, MacAddress mac, IPv6Address address, bool isRouter, ushort tci = 0)
    {
        int at = WriteEthernet(frame, AllNodesMac, mac, EtherType.IPv6, tci);
        var message = new NeighborMessage { IsAdvertisement = true, IsRouter = isRouter, IsOverride = true, Target = address, LinkLayerAddress = mac };
        var header = new IPv6Header
        {
            NextHeader = IpProtocol.IcmpV6,
            HopLimit = NeighborHopLimit,
            PayloadLength = message.Length,
            Source = address,
            Destination = AllNodes,
        };
        at += header.Write(frame[at..]);
        return at + message.Write(frame[at..], address, AllNodes);
    }

    /// <summary>Writes an Ethernet header with a tag unless <paramref name="tci"/> is 0, and says how long it is.</summary>
    internal static int WriteEthernet(Span<byte> frame, MacAddress destination, MacAddress source, EtherType type, ushort tci)
    {
        int length = EthernetLength + (tci == 0 ? 0 : VlanTag.Length);
        Require(frame.Length, length);
        destination.Write(frame);
        source.Write(frame[MacAddress.Length..]);
        if (tci != 0)
        {
            BinaryPrimitives.WriteUInt16BigEndian(frame[12..], (ushort)EtherType.VlanTag);
            BinaryPrimitives.WriteUInt16BigEndian(frame[14..], tci);
        }

        BinaryPrimitives.WriteUInt16BigEndian(frame[(length - 2)..], (ushort)type);
        return length;
    }

    private static void Require(int have, int need)
    {
        if (have < need)
        {
            throw new ArgumentException($"The frame holds {have} bytes where {need} are written.", nameof(have));
        }
    }
}
