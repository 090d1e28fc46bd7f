using System.Buffers.Binary;
using Weft.Packets;

namespace Weft.Conformance.HostTests;

/// <summary>DHCP, ARP, IP and neighbour discovery of machines, octet by octet as RFC 2131, RFC 8415 and RFC 4861 draw them.</summary>
internal static class DhcpFrames
{
    public const byte Discover = 1, Ack = 5, Release = 7;

    /// <summary>A client asks.</summary>
    public static byte[] FromClient(MacAddress source, MacAddress client, byte type = Discover, uint clientAddress = 0, uint relay = 0, params byte[] more) =>
        Udp4(source, 0, uint.MaxValue, 68, 67, Message(1, client, clientAddress, 0, relay, [53, 1, type, .. more, 255]));

    /// <summary>A server gives an address.</summary>
    public static byte[] FromServer(MacAddress source, MacAddress client, IPv4Address given, uint lease, byte type = Ack) =>
        Udp4(source, 0x0A000001, uint.MaxValue, 67, 68, Message(2, client, 0, given.Value, 0, [53, 1, type, 51, 4, (byte)(lease >> 24), (byte)(lease >> 16), (byte)(lease >> 8), (byte)lease, 255]));

    public static byte[] Udp4(MacAddress source, uint from, uint to, ushort fromPort, ushort toPort, byte[] payload)
    {
        byte[] frame = new byte[14 + 20 + 8 + payload.Length];
        MacAddress.Broadcast.Write(frame);
        source.Write(frame.AsSpan(6));
        byte[] head = [8, 0, 0x45, 0, (byte)((28 + payload.Length) >> 8), (byte)(28 + payload.Length), 0, 0, 0, 0, 64, 17, 0, 0];
        head.CopyTo(frame, 12);
        BinaryPrimitives.WriteUInt32BigEndian(frame.AsSpan(26), from);
        BinaryPrimitives.WriteUInt32BigEndian(frame.AsSpan(30), to);
        BinaryPrimitives.WriteUInt16BigEndian(frame.AsSpan(34), fromPort);
        BinaryPrimitives.WriteUInt16BigEndian(frame.AsSpan(36), toPort);
        BinaryPrimitives.WriteUInt16BigEndian(frame.AsSpan(38), (ushort)(8 + payload.Length));
        payload.CopyTo(frame, 42);
        TestFrames.FixHeaderChecksum(frame);
        return frame;
    }

    /// <summary>UDP over IPv6; the checksum is nobody's business here.</summary>
    public static byte[] Udp6(MacAddress to, MacAddress source, string from, string destination, ushort fromPort, ushort toPort, params byte[] payload) =>
        Packet6(to, source, from, destination, 17, [(byte)(fromPort >> 8), (byte)fromPort, (byte)(toPort >> 8), (byte)toPort, 0, (byte)(8 + payload.Length), 0, 0, .. payload]);

    /// <summary>An ICMPv6 message; for 136 with the address that it claims.</summary>
    public static byte[] Icmp6(MacAddress source, string from, byte type, string target = "::") => Packet6(MacAddress.Broadcast, source, from, "ff02::1", 58, [type, 0, 0, 0, 0x60, 0, 0, 0, .. Address(target)]);

    /// <summary>A Reply that gives an address in an IA_NA.</summary>
    public static byte[] Reply6(string given, uint valid) =>
        [7, 1, 2, 3, 0, 3, 0, 40, 0, 0, 0, 1, 0, 0, 0, 0, 0, 0, 0, 0, 0, 5, 0, 24, .. Address(given), 0, 0, 0, 60, (byte)(valid >> 24), (byte)(valid >> 16), (byte)(valid >> 8), (byte)valid];

    private static byte[] Packet6(MacAddress to, MacAddress source, string from, string destination, byte next, byte[] payload)
    {
        byte[] frame = new byte[14];
        to.Write(frame);
        source.Write(frame.AsSpan(6));
        (frame[12], frame[13]) = (0x86, 0xDD);
        return [.. frame, 0x60, 0, 0, 0, 0, (byte)payload.Length, next, 255, .. Address(from), .. Address(destination), .. payload];
    }

    private static byte[] Address(string text)
    {
        byte[] bytes = new byte[16];
        IPv6Address.Parse(text).Write(bytes);
        return bytes;
    }

    private static byte[] Message(byte operation, MacAddress client, uint clientAddress, uint given, uint relay, byte[] options)
    {
        byte[] message = new byte[240];
        (message[0], message[1], message[2]) = (operation, 1, 6);
        BinaryPrimitives.WriteUInt32BigEndian(message.AsSpan(12), clientAddress);
        BinaryPrimitives.WriteUInt32BigEndian(message.AsSpan(16), given);
        BinaryPrimitives.WriteUInt32BigEndian(message.AsSpan(24), relay);
        client.Write(message.AsSpan(28));
        BinaryPrimitives.WriteUInt32BigEndian(message.AsSpan(236), 0x63825363);
        return [.. message, .. options];
    }
}
