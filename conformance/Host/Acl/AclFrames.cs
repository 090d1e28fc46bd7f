using System.Buffers.Binary;
using System.Net;
using Weft.Packets;

namespace Weft.Conformance.HostTests;

/// <summary>TCP, UDP and ICMP over both versions of IP, octet by octet, without transport checksums.</summary>
internal static class AclFrames
{
    public const byte Syn = 2, SynAck = 18, Ack = 16, Rst = 4;

    public static byte[] Tcp(MacAddress to, MacAddress from, string source, string destination, ushort sourcePort, ushort port, byte flags) =>
        Ip(to, from, source, destination, 6, [.. Ports(sourcePort, port), 0, 0, 0, 1, 0, 0, 0, 0, 0x50, flags, 1, 0, 0, 0, 0, 0]);

    public static byte[] Udp(MacAddress to, MacAddress from, string source, string destination, ushort sourcePort, ushort port, int payload = 20) =>
        Ip(to, from, source, destination, 17, [.. Ports(sourcePort, port), 0, (byte)(8 + payload), 0, 0, .. new byte[payload]]);

    public static byte[] Ip(MacAddress to, MacAddress from, string source, string destination, byte protocol, byte[] transport, ushort fragment = 0, byte dscp = 0)
    {
        byte[] ends = new byte[12];
        to.Write(ends);
        from.Write(ends.AsSpan(6));
        byte[] a = IPAddress.Parse(source).GetAddressBytes(), b = IPAddress.Parse(destination).GetAddressBytes();
        if (a.Length == 16)
        {
            return [.. ends, 0x86, 0xDD, (byte)(0x60 | dscp >> 2), (byte)(dscp << 6), 0, 0, 0, (byte)transport.Length, protocol, 64, .. a, .. b, .. transport];
        }

        byte[] frame = [.. ends, 8, 0, 0x45, (byte)(dscp << 2), 0, (byte)(20 + transport.Length), 0x77, 0x77, (byte)(fragment >> 8), (byte)fragment, 64, protocol, 0, 0, .. a, .. b, .. transport];
        TestFrames.FixHeaderChecksum(frame);
        return frame;
    }

    /// <summary>An error of a router about a packet (RFC 792).</summary>
    public static byte[] Unreachable(MacAddress to, MacAddress from, string source, string destination, byte[] about) =>
        Ip(to, from, source, destination, 1, [3, 1, 0, 0, 0, 0, 0, 0, .. about[14..42]]);

    private static byte[] Ports(ushort from, ushort to)
    {
        byte[] ports = new byte[4];
        BinaryPrimitives.WriteUInt16BigEndian(ports, from);
        BinaryPrimitives.WriteUInt16BigEndian(ports.AsSpan(2), to);
        return ports;
    }
}
