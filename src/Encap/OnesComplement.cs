using System.Buffers.Binary;

namespace Weft.Encap;

internal static class OnesComplement
{
    public static uint Sum(ReadOnlySpan<byte> bytes, uint sum = 0)
    {
        ulong total = sum;
        while (bytes.Length >= 2)
        {
            total += BinaryPrimitives.ReadUInt16BigEndian(bytes);
            bytes = bytes[2..];
        }

        if (bytes.Length == 1)
        {
            total += (uint)bytes[0] << 8;
        }

        while (total > uint.MaxValue >> 1)
        {
            total = (total & 0xFFFF) + (total >> 16);
        }

        return (uint)total;
    }

    public static ushort Finish(uint sum)
    {
        while (sum > 0xFFFF)
        {
            sum = (sum & 0xFFFF) + (sum >> 16);
        }

        return (ushort)~sum;
    }

    public static ushort Update(ushort checksum, ushort before, ushort after) =>
        Finish((uint)(ushort)~checksum + (ushort)~before + after);
}
