using System.Buffers.Binary;
using Weft.Packets;

namespace Weft.Ports.Offload;

/// <summary>Where one IP header and its transport header are inside a frame.</summary>
/// <param name="Start">First byte of the IP header.</param>
/// <param name="IsV6">Its version.</param>
/// <param name="Protocol">The transport protocol.</param>
/// <param name="Transport">First byte of the transport header, behind options and extension headers.</param>
internal readonly record struct IpLayer(int Start, bool IsV6, byte Protocol, int Transport)
{
    public const byte Tcp = 6;
    public const byte Udp = 17;
    public const int V6HeaderBytes = 40;

    private const int V4HeaderBytes = 20;
    private const int MaxTags = 3;
    private const int MaxExtensionHeaders = 8;

    /// <summary>Finds the IP header behind the Ethernet header at <paramref name="ethernet"/>. Bounded, and never reads past the frame.</summary>
    public static bool TryFind(ReadOnlySpan<byte> frame, int ethernet, out IpLayer layer)
    {
        layer = default;
        int at = ethernet + 12;
        for (int tags = 0; tags <= MaxTags && at + 2 <= frame.Length; tags++)
        {
            switch (BinaryPrimitives.ReadUInt16BigEndian(frame[at..]))
            {
                case 0x0800:
                    return TryFindV4(frame, at + 2, out layer);
                case 0x86DD:
                    return TryFindV6(frame, at + 2, out layer);
                case 0x8100 or 0x88A8:
                    at += 4;
                    break;
                default:
                    return false;
            }
        }

        return false;
    }

    private static bool TryFindV4(ReadOnlySpan<byte> frame, int start, out IpLayer layer)
    {
        layer = default;
        if (start + V4HeaderBytes > frame.Length || frame[start] >> 4 != 4)
        {
            return false;
        }

        int length = (frame[start] & 0xF) * 4;
        bool isFragment = (BinaryPrimitives.ReadUInt16BigEndian(frame[(start + 6)..]) & 0x3FFF) != 0;
        if (length < V4HeaderBytes || start + length > frame.Length || isFragment)
        {
            return false;
        }

        layer = new IpLayer(start, IsV6: false, frame[start + 9], start + length);
        return true;
    }

    private static bool TryFindV6(ReadOnlySpan<byte> frame, int start, out IpLayer layer)
    {
        layer = default;
        if (start + V6HeaderBytes > frame.Length || frame[start] >> 4 != 6)
        {
            return false;
        }

        byte next = frame[start + 6];
        int at = start + V6HeaderBytes;
        // Hop-by-hop, routing, destination options: those that may stand before a transport header in an unfragmented packet.
        for (int headers = 0; next is 0 or 43 or 60; headers++)
        {
            if (headers == MaxExtensionHeaders || at + 8 > frame.Length)
            {
                return false;
            }

            next = frame[at];
            at += (frame[at + 1] + 1) * 8;
        }

        layer = new IpLayer(start, IsV6: true, next, at);
        return at <= frame.Length;
    }

    /// <summary>Writes the length that follows from a frame's end and, for IPv4, the identification and the header checksum.</summary>
    public void WriteLength(Span<byte> frame, int identificationStep)
    {
        Span<byte> header = frame[Start..];
        if (IsV6)
        {
            BinaryPrimitives.WriteUInt16BigEndian(header[4..], (ushort)(header.Length - V6HeaderBytes));
            return;
        }

        BinaryPrimitives.WriteUInt16BigEndian(header[2..], (ushort)header.Length);
        ushort identification = BinaryPrimitives.ReadUInt16BigEndian(header[4..]);
        BinaryPrimitives.WriteUInt16BigEndian(header[4..], (ushort)(identification + identificationStep));
        header.Slice(10, 2).Clear();
        BinaryPrimitives.WriteUInt16BigEndian(header[10..], InternetChecksum.Compute(header[..(Transport - Start)]));
    }

    /// <summary>True if the header says that the packet ends where the frame does, and, for IPv4, if its checksum is the one that <see cref="WriteLength"/> would write.</summary>
    public bool FitsFrame(ReadOnlySpan<byte> frame)
    {
        ReadOnlySpan<byte> header = frame[Start..];
        return IsV6
            ? BinaryPrimitives.ReadUInt16BigEndian(header[4..]) == header.Length - V6HeaderBytes
            : BinaryPrimitives.ReadUInt16BigEndian(header[2..]) == header.Length
                && BinaryPrimitives.ReadUInt16BigEndian(header[10..]) != ushort.MaxValue
                && InternetChecksum.IsValid(header[..(Transport - Start)]);
    }

    /// <summary>The checksum of everything behind the IP header with its pseudo header (RFC 9293 3.1, RFC 8200 8.1). The field must be zero.</summary>
    public ushort TransportChecksum(ReadOnlySpan<byte> frame) => InternetChecksum.Compute(frame[Transport..], PseudoHeader(frame));

    /// <summary>What a device that is to finish the checksum finds in the field: the folded sum of the pseudo header.</summary>
    public ushort PartialChecksum(ReadOnlySpan<byte> frame) => (ushort)~InternetChecksum.Fold(PseudoHeader(frame));

    /// <summary>Sum of the pseudo header of everything behind the IP header.</summary>
    public uint PseudoHeader(ReadOnlySpan<byte> frame)
    {
        ReadOnlySpan<byte> addresses = IsV6 ? frame.Slice(Start + 8, 32) : frame.Slice(Start + 12, 8);
        return InternetChecksum.Sum(addresses) + Protocol + (uint)(frame.Length - Transport);
    }
}
