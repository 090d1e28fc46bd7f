using System.Buffers.Binary;
using Weft.Packets;

namespace Weft.Encap;

/// <summary>
/// Fragment information in the bits of a VXLAN header that RFC 7348 section 5 reserves, where its eight bytes have no place:
/// <code>
///  |R F R R I R R R|        datagram id (16)       |M|  offset 12-6  |
///  |                   VNI (24)                    | offset 5-0| v=0 |
/// </code>
/// F says that the packet is a fragment, M that more of the frame follows behind it. The length of the whole is not said: the
/// fragment without M ends it.
/// </summary>
/// <remarks>A receiver that does not know of this ignores the bits, as the RFC tells it to, and takes pieces for frames.</remarks>
internal static class VxlanFragmentFormat
{
    /// <summary>The flag: one that neither the group policy extension (0x80) nor VXLAN-GPE (0x37) uses.</summary>
    public const byte Flag = 0x40;

    private const int PositionOffset = 3;
    private const int LowOffset = 7;
    private const byte MoreFlag = 0x80;
    private const int LowBits = 6;
    private const int LowShift = 2;
    private const int VersionMask = (1 << LowShift) - 1;

    /// <summary>Writes into a VXLAN header; the VNI stays as it is.</summary>
    public static void Write(Span<byte> header, FragmentInfo info, bool isLast)
    {
        header[0] |= Flag;
        BinaryPrimitives.WriteUInt16BigEndian(header[1..], (ushort)info.DatagramId);
        header[PositionOffset] = (byte)((isLast ? 0 : MoreFlag) | (info.OffsetUnits >> LowBits));
        header[LowOffset] = (byte)(info.OffsetUnits << LowShift);
    }

    /// <summary>Reads a header that has <see cref="Flag"/>.</summary>
    /// <param name="header">The VXLAN header.</param>
    /// <param name="pieceBytes">Bytes behind it.</param>
    /// <param name="info">What it says; the total length is 0 for all fragments but the last.</param>
    /// <returns>False for another version, or an end beyond 65,535 bytes.</returns>
    public static bool TryRead(ReadOnlySpan<byte> header, int pieceBytes, out FragmentInfo info)
    {
        int position = header[PositionOffset];
        int units = ((position & ~MoreFlag) << LowBits) | (header[LowOffset] >> LowShift);
        int end = (units * FragmentInfo.UnitBytes) + pieceBytes;
        bool isLast = (position & MoreFlag) == 0;
        info = new FragmentInfo(BinaryPrimitives.ReadUInt16BigEndian(header[1..]), isLast ? (ushort)end : FragmentInfo.UnknownLength, (ushort)units);
        return (header[LowOffset] & VersionMask) == 0 && end <= ushort.MaxValue;
    }
}
