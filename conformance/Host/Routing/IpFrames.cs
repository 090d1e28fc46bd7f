using System.Buffers.Binary;
using Weft.Packets;

namespace Weft.Conformance.HostTests;

/// <summary>IP packets in frames, written byte by byte; checksums are computed the slow way.</summary>
internal static class IpFrames
{
    /// <summary>UDP over IPv4, port 4000 to 5000, with the payload's bytes counting up.</summary>
    public static byte[] Udp4(MacAddress to, MacAddress from, string source, string destination, int payload = 18, byte ttl = 64, ushort flags = 0x4000, ushort id = 0x1234, byte[]? options = null)
    {
        options ??= [];
        byte[] frame = new byte[14 + 20 + options.Length + 8 + payload];
        to.Write(frame);
        from.Write(frame.AsSpan(6));
        Span<byte> ip = frame.AsSpan(14);
        frame[12] = 0x08;
        ip[0] = (byte)(0x45 + (options.Length / 4));
        BinaryPrimitives.WriteUInt16BigEndian(ip[2..], (ushort)ip.Length);
        BinaryPrimitives.WriteUInt16BigEndian(ip[4..], id);
        BinaryPrimitives.WriteUInt16BigEndian(ip[6..], flags);
        (ip[8], ip[9]) = (ttl, 17);
        IPv4Address.Parse(source).Write(ip[12..]);
        IPv4Address.Parse(destination).Write(ip[16..]);
        options.CopyTo(ip[20..]);
        Ports(ip[(20 + options.Length)..]);
        BinaryPrimitives.WriteUInt16BigEndian(ip[10..], Sum(ip[..(20 + options.Length)]));
        return frame;
    }

    /// <summary>UDP over IPv6, port 4000 to 5000.</summary>
    public static byte[] Udp6(MacAddress to, MacAddress from, string source, string destination, int payload = 18, byte hops = 64)
    {
        byte[] frame = Head6(to, from, source, destination, 17, 8 + payload, hops);
        Span<byte> udp = frame.AsSpan(54);
        Ports(udp);
        BinaryPrimitives.WriteUInt16BigEndian(udp[6..], Transport(frame, 17));
        return frame;
    }

    /// <summary>A ping.</summary>
    public static byte[] Echo4(MacAddress to, MacAddress from, string source, string destination, byte ttl = 64)
    {
        byte[] frame = Udp4(to, from, source, destination, payload: 8, ttl);
        frame[23] = 1;
        byte[] icmp = [8, 0, 0, 0, 0x12, 0x34, 0, 1];
        icmp.CopyTo(frame, 34);
        BinaryPrimitives.WriteUInt16BigEndian(frame.AsSpan(36), Sum(frame.AsSpan(34)));
        FixHeader(frame);
        return frame;
    }

    /// <summary>A ping.</summary>
    public static byte[] Echo6(MacAddress to, MacAddress from, string source, string destination, byte hops = 64)
    {
        byte[] frame = Head6(to, from, source, destination, 58, 12, hops);
        byte[] icmp = [128, 0, 0, 0, 0x12, 0x34, 0, 1, 1, 2, 3, 4];
        icmp.CopyTo(frame, 54);
        BinaryPrimitives.WriteUInt16BigEndian(frame.AsSpan(56), Transport(frame, 58));
        return frame;
    }

    /// <summary>A neighbour solicitation (RFC 4861 section 4.3) with the sender's address option.</summary>
    public static byte[] Solicitation(MacAddress from, string source, string target)
    {
        IPv6Address asked = IPv6Address.Parse(target);
        string group = new IPv6Address(0xFF02_0000_0000_0000, 0x1_FF00_0000 | (asked.Low & 0xFF_FFFF)).ToString();
        byte[] frame = Head6(new MacAddress(0x3333_FF00_0000 | (asked.Low & 0xFF_FFFF)), from, source, group, 58, 32, 255);
        frame[54] = 135;
        asked.Write(frame.AsSpan(62));
        (frame[78], frame[79]) = (1, 1);
        from.Write(frame.AsSpan(80));
        BinaryPrimitives.WriteUInt16BigEndian(frame.AsSpan(56), Transport(frame, 58));
        return frame;
    }

    /// <summary>A solicited neighbour advertisement (RFC 4861 section 4.4).</summary>
    public static byte[] Advertisement(MacAddress to, MacAddress from, string target, string destination)
    {
        byte[] frame = Head6(to, from, target, destination, 58, 32, 255);
        (frame[54], frame[58]) = (136, 0x60);
        IPv6Address.Parse(target).Write(frame.AsSpan(62));
        (frame[78], frame[79]) = (2, 1);
        from.Write(frame.AsSpan(80));
        BinaryPrimitives.WriteUInt16BigEndian(frame.AsSpan(56), Transport(frame, 58));
        return frame;
    }

    /// <summary>Computes the header checksum again after a change.</summary>
    public static void FixHeader(byte[] frame)
    {
        Span<byte> header = frame.AsSpan(14, (frame[14] & 0xF) * 4);
        (header[10], header[11]) = (0, 0);
        BinaryPrimitives.WriteUInt16BigEndian(header[10..], Sum(header));
    }

    /// <summary>True if every checksum of an IPv4 or IPv6 packet in a frame adds up.</summary>
    public static bool AddsUp(byte[] frame)
    {
        if (frame[12] == 0x08)
        {
            int header = (frame[14] & 0xF) * 4;
            int length = BinaryPrimitives.ReadUInt16BigEndian(frame.AsSpan(16));
            return Sum(frame.AsSpan(14, header)) == 0 && (frame[23] != 1 || Sum(frame.AsSpan(14 + header, length - header)) == 0);
        }

        return Transport(frame, frame[20]) is 0 or 0xFFFF;
    }

    public static ushort Sum(ReadOnlySpan<byte> bytes, uint start = 0)
    {
        uint sum = start;
        for (int i = 0; i < bytes.Length; i++)
        {
            sum += (uint)(i % 2 == 0 ? bytes[i] << 8 : bytes[i]);
        }

        while (sum >> 16 != 0)
        {
            sum = (sum & 0xFFFF) + (sum >> 16);
        }

        return (ushort)~sum;
    }

    private static byte[] Head6(MacAddress to, MacAddress from, string source, string destination, byte next, int payload, byte hops)
    {
        byte[] frame = new byte[54 + payload];
        to.Write(frame);
        from.Write(frame.AsSpan(6));
        (frame[12], frame[13], frame[14]) = (0x86, 0xDD, 0x60);
        BinaryPrimitives.WriteUInt16BigEndian(frame.AsSpan(18), (ushort)payload);
        (frame[20], frame[21]) = (next, hops);
        IPv6Address.Parse(source).Write(frame.AsSpan(22));
        IPv6Address.Parse(destination).Write(frame.AsSpan(38));
        return frame;
    }

    private static ushort Transport(byte[] frame, byte next)
    {
        int payload = BinaryPrimitives.ReadUInt16BigEndian(frame.AsSpan(18));
        uint pseudo = (uint)(ushort)~Sum(frame.AsSpan(22, 32)) + (uint)payload + next;
        return Sum(frame.AsSpan(54, payload), pseudo);
    }

    private static void Ports(Span<byte> udp)
    {
        BinaryPrimitives.WriteUInt16BigEndian(udp, 4000);
        BinaryPrimitives.WriteUInt16BigEndian(udp[2..], 5000);
        BinaryPrimitives.WriteUInt16BigEndian(udp[4..], (ushort)udp.Length);
        for (int i = 8; i < udp.Length; i++)
        {
            udp[i] = (byte)i;
        }
    }
}
