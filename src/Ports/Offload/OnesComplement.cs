using System.Buffers.Binary;
using System.Runtime.InteropServices;

namespace Weft.Ports.Offload;

/// <summary>
/// The Internet checksum (RFC 1071) in the machine's byte order, in which it can be summed, folded and stored without ever
/// swapping (section 2, "byte order independence").
/// </summary>
internal static class OnesComplement
{
    /// <summary>Adds bytes to a sum; an odd last byte counts as padded with zero, so only the last piece may be odd.</summary>
    public static ulong Add(ulong sum, ReadOnlySpan<byte> bytes)
    {
        while (bytes.Length >= 32)
        {
            ReadOnlySpan<uint> words = MemoryMarshal.Cast<byte, uint>(bytes[..32]);
            // Eight 32-bit words cannot overflow 64 bits however often this is repeated below 2^29 rounds.
            sum += ((ulong)words[0] + words[1]) + ((ulong)words[2] + words[3]) + (((ulong)words[4] + words[5]) + ((ulong)words[6] + words[7]));
            bytes = bytes[32..];
        }

        while (bytes.Length >= 4)
        {
            sum += MemoryMarshal.Read<uint>(bytes);
            bytes = bytes[4..];
        }

        if (bytes.Length >= 2)
        {
            sum += MemoryMarshal.Read<ushort>(bytes);
            bytes = bytes[2..];
        }

        return bytes.Length == 0 ? sum : sum + (BitConverter.IsLittleEndian ? bytes[0] : (uint)bytes[0] << 8);
    }

    /// <summary>Adds a 16-bit number of the packet, such as a length or a protocol.</summary>
    public static ulong Add(ulong sum, int number) =>
        sum + (BitConverter.IsLittleEndian ? BinaryPrimitives.ReverseEndianness((ushort)number) : (ushort)number);

    /// <summary>The checksum to store, in the machine's byte order.</summary>
    public static ushort Finish(ulong sum)
    {
        sum = (sum & 0xFFFF_FFFF) + (sum >> 32);
        sum = (sum & 0xFFFF_FFFF) + (sum >> 32);
        sum = (sum & 0xFFFF) + (sum >> 16);
        sum = (sum & 0xFFFF) + (sum >> 16);
        return (ushort)~sum;
    }

    /// <summary>Stores a finished checksum.</summary>
    public static void Store(Span<byte> field, ushort checksum) => MemoryMarshal.Write(field, checksum);
}
