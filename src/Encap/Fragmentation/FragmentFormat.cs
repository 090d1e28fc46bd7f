using System.Buffers.Binary;

namespace Weft.Encap;

/// <summary>
/// The eight bytes of <see cref="FragmentInfo"/>, the same in a Geneve option and behind a VXLAN-GPE header:
/// <code>
///  |                        datagram id (32)                         |
///  |      total length (16)        |   offset in 8 bytes (13)  | v=0 |
/// </code>
/// </summary>
internal static class FragmentFormat
{
    public const int Length = 8;

    private const int TotalOffset = 4;
    private const int PositionOffset = 6;
    private const int VersionBits = 3;
    private const int VersionMask = (1 << VersionBits) - 1;

    public static void Write(Span<byte> data, FragmentInfo info)
    {
        BinaryPrimitives.WriteUInt32BigEndian(data, info.DatagramId);
        BinaryPrimitives.WriteUInt16BigEndian(data[TotalOffset..], info.TotalLength);
        BinaryPrimitives.WriteUInt16BigEndian(data[PositionOffset..], (ushort)(info.OffsetUnits << VersionBits));
    }

    /// <summary>Reads exactly eight bytes. False if there are more or fewer, or another version.</summary>
    public static bool TryRead(ReadOnlySpan<byte> data, out FragmentInfo info)
    {
        info = default;
        if (data.Length != Length)
        {
            return false;
        }

        int position = BinaryPrimitives.ReadUInt16BigEndian(data[PositionOffset..]);
        info = new FragmentInfo(
            BinaryPrimitives.ReadUInt32BigEndian(data),
            BinaryPrimitives.ReadUInt16BigEndian(data[TotalOffset..]),
            (ushort)(position >> VersionBits));
        return (position & VersionMask) == 0;
    }
}
