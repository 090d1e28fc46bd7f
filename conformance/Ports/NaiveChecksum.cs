using System.Buffers.Binary;

namespace Weft.Conformance.PortsTests;

/// <summary>
/// Judges IP, TCP and UDP checksums of a frame the way a textbook would: sixteen bits at a time, in network byte order, no
/// code shared with the product.
/// </summary>
internal static class NaiveChecksum
{
    /// <summary>What is wrong with the frame, or null. Follows VXLAN into the inner frame.</summary>
    public static string? Complaint(ReadOnlySpan<byte> frame)
    {
        int at = 12;
        while (Number(frame, at) is 0x8100 or 0x88A8)
        {
            at += 4;
        }

        int ip = at + 2;
        return Number(frame, at) switch
        {
            0x0800 => ComplaintV4(frame[ip..]),
            0x86DD => ComplaintTransport(frame[ip..], 40, frame[ip + 6], frame.Slice(ip + 8, 32), Number(frame, ip + 4) + 40),
            _ => null,
        };
    }

    private static string? ComplaintV4(ReadOnlySpan<byte> packet)
    {
        int header = (packet[0] & 15) * 4;
        return Fold(packet[..header], 0) != 0xFFFF
            ? "IPv4 header checksum"
            : ComplaintTransport(packet, header, packet[9], packet.Slice(12, 8), Number(packet, 2));
    }

    private static string? ComplaintTransport(ReadOnlySpan<byte> packet, int header, int protocol, ReadOnlySpan<byte> addresses, int length)
    {
        // Frames below 60 bytes are padded; longer ones are exactly as long as the header says.
        if (length > packet.Length || (length < packet.Length && packet.Length > 46))
        {
            return $"length field {length} for {packet.Length} bytes";
        }

        ReadOnlySpan<byte> transport = packet[header..length];
        if (protocol is not (6 or 17) || (protocol == 17 && Number(transport, 6) == 0))
        {
            return protocol == 17 ? ComplaintTunnel(transport) : null;
        }

        if (protocol == 17 && Number(transport, 4) != transport.Length)
        {
            return "UDP length";
        }

        int pseudo = Fold(addresses, protocol + transport.Length);
        return Fold(transport, pseudo) == 0xFFFF ? protocol == 17 ? ComplaintTunnel(transport) : null : $"checksum of protocol {protocol}";
    }

    private static string? ComplaintTunnel(ReadOnlySpan<byte> udp) =>
        Number(udp, 2) == 4789 && Complaint(udp[16..]) is { } inner ? "inside VXLAN: " + inner : null;

    private static int Fold(ReadOnlySpan<byte> bytes, int sum)
    {
        for (int i = 0; i < bytes.Length; i += 2)
        {
            sum += i + 1 < bytes.Length ? Number(bytes, i) : bytes[i] << 8;
            sum = (sum & 0xFFFF) + (sum >> 16);
        }

        return (sum & 0xFFFF) + (sum >> 16);
    }

    private static int Number(ReadOnlySpan<byte> bytes, int at) => BinaryPrimitives.ReadUInt16BigEndian(bytes[at..]);
}
