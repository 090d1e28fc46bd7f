using System.Buffers.Binary;
using System.Numerics;
using Weft.Packets;

namespace Weft.Ports.Offload;

/// <summary>
/// Finishes checksums that a sender left to the device. A veth pair never does it: the frame crosses memory, which the
/// kernel trusts, and arrives at a packet socket with the pseudo header's sum in the field.
/// </summary>
internal static class PartialChecksum
{
    private const int SctpOffset = 8;

    /// <summary>Completes the checksum in place.</summary>
    /// <returns>False, and nothing changed, if the field is not inside the frame.</returns>
    public static bool TryComplete(Span<byte> frame, in VirtioNetHeader header)
    {
        int start = header.ChecksumStart;
        int field = start + header.ChecksumOffset;
        if (header.ChecksumOffset == SctpOffset)
        {
            return TryCompleteSctp(frame, start);
        }

        if (field + 2 > frame.Length)
        {
            return false;
        }

        // The field already holds the sum of the pseudo header, so it is summed with the rest.
        ushort checksum = InternetChecksum.Compute(frame[start..]);
        // Zero means "no checksum" to UDP (RFC 768); for everyone else the two zeros of one's complement are equal.
        BinaryPrimitives.WriteUInt16BigEndian(frame[field..], checksum == 0 ? ushort.MaxValue : checksum);
        return true;
    }

    /// <summary>SCTP has no pseudo header and a CRC32c instead of a sum (RFC 9260, appendix A), at the only offset of 8.</summary>
    private static bool TryCompleteSctp(Span<byte> frame, int start)
    {
        if (start + SctpOffset + 4 > frame.Length)
        {
            return false;
        }

        Span<byte> field = frame.Slice(start + SctpOffset, 4);
        field.Clear();
        uint crc = uint.MaxValue;
        ReadOnlySpan<byte> rest = frame[start..];
        for (; rest.Length >= 8; rest = rest[8..])
        {
            crc = BitOperations.Crc32C(crc, BinaryPrimitives.ReadUInt64LittleEndian(rest));
        }

        foreach (byte octet in rest)
        {
            crc = BitOperations.Crc32C(crc, octet);
        }

        BinaryPrimitives.WriteUInt32LittleEndian(field, ~crc);
        return true;
    }
}
