using System.Runtime.CompilerServices;
using System.Runtime.InteropServices;
using System.Runtime.Intrinsics;

namespace Weft.Packets;

/// <summary>The Internet checksum (RFC 1071): the complement of the one's complement sum of 16-bit words.</summary>
/// <remarks>
/// Sums are plain numbers of the words read in network byte order, so that pieces and pseudo headers are simply added:
/// <c>Fold(Sum(header) + PseudoHeader(…))</c>. Only the last piece of a message may have an odd length. A sum of up to
/// 65,535 pieces does not overflow.
/// </remarks>
public static class InternetChecksum
{
    private const int ScalarLimit = 64;

    /// <summary>The checksum of a message whose checksum field is 0, as the number to write in network byte order.</summary>
    public static ushort Compute(ReadOnlySpan<byte> bytes) => Fold(Sum(bytes));

    /// <summary>
    /// The checksum of a transport message whose checksum field is 0, from the sum of its pseudo header.
    /// Use <see cref="ComputeUdp"/> for UDP.
    /// </summary>
    public static ushort Compute(ReadOnlySpan<byte> bytes, uint pseudoHeader) => Fold(Sum(bytes) + pseudoHeader);

    /// <summary>As <see cref="Compute(ReadOnlySpan{byte}, uint)"/>, but 0 becomes 0xFFFF: on the wire 0 means "no checksum" (RFC 768).</summary>
    public static ushort ComputeUdp(ReadOnlySpan<byte> bytes, uint pseudoHeader)
    {
        ushort checksum = Compute(bytes, pseudoHeader);
        return checksum == 0 ? ushort.MaxValue : checksum;
    }

    /// <summary>True if a message that carries its checksum adds up (RFC 1071 section 1 (3)).</summary>
    public static bool IsValid(ReadOnlySpan<byte> bytes, uint pseudoHeader = 0) => Fold(Sum(bytes) + pseudoHeader) == 0;

    /// <summary>The checksum of a finished sum: folded to 16 bits and complemented.</summary>
    [MethodImpl(MethodImplOptions.AggressiveInlining)]
    public static ushort Fold(uint sum)
    {
        sum = (sum & 0xFFFF) + (sum >> 16);
        sum += sum >> 16;
        return (ushort)~sum;
    }

    /// <summary>Sum of the IPv4 pseudo header (RFC 768, RFC 9293 section 3.1).</summary>
    /// <param name="source">Source address.</param>
    /// <param name="destination">Destination address.</param>
    /// <param name="protocol">Transport protocol.</param>
    /// <param name="length">Octets of transport header and payload, up to 65,535.</param>
    [MethodImpl(MethodImplOptions.AggressiveInlining)]
    public static uint PseudoHeader(IPv4Address source, IPv4Address destination, IpProtocol protocol, int length) =>
        (source.Value >> 16) + (ushort)source.Value + (destination.Value >> 16) + (ushort)destination.Value + (uint)protocol + (uint)length;

    /// <summary>Sum of the IPv6 pseudo header (RFC 8200 section 8.1), at most 20 bits.</summary>
    /// <param name="source">Source address.</param>
    /// <param name="destination">Destination address: the final one if there is a routing header.</param>
    /// <param name="protocol">Protocol behind all extension headers.</param>
    /// <param name="length">Octets of transport header and payload, up to 65,535.</param>
    [MethodImpl(MethodImplOptions.AggressiveInlining)]
    public static uint PseudoHeader(IPv6Address source, IPv6Address destination, IpProtocol protocol, int length) =>
        Words(source.High) + Words(source.Low) + Words(destination.High) + Words(destination.Low) + (uint)protocol + (uint)length;

    /// <summary>
    /// The one's complement sum of <paramref name="bytes"/> read as 16-bit words in network byte order, folded to 16 bits; an
    /// odd last byte counts as the upper half of a word.
    /// </summary>
    public static uint Sum(ReadOnlySpan<byte> bytes)
    {
        if (bytes.Length >= ScalarLimit)
        {
            if (Vector512.IsHardwareAccelerated && bytes.Length >= 8 * ScalarLimit)
            {
                return SumVector512(bytes);
            }

            if (Vector256.IsHardwareAccelerated)
            {
                return SumVector256(bytes);
            }

            if (Vector128.IsHardwareAccelerated)
            {
                return SumVector128(bytes);
            }
        }

        return SumScalar(bytes);
    }

    /// <summary>The twin of the vector bodies for short input and processors without vectors.</summary>
    internal static uint SumScalar(ReadOnlySpan<byte> bytes) => Finish(AddTail(bytes, 0));

    // Each vector body splits 64-bit lanes into two 32-bit halves and adds both, so that a lane takes 2^32 additions to
    // overflow. One's complement sums do not care which 16-bit words end up in which half (RFC 1071 section 2).
    internal static uint SumVector128(ReadOnlySpan<byte> bytes)
    {
        Vector128<ulong> low = Vector128<ulong>.Zero;
        Vector128<ulong> high = Vector128<ulong>.Zero;
        Vector128<ulong> mask = Vector128.Create((ulong)uint.MaxValue);
        ReadOnlySpan<Vector128<ulong>> vectors = MemoryMarshal.Cast<byte, Vector128<ulong>>(bytes);
        foreach (Vector128<ulong> vector in vectors)
        {
            low += vector & mask;
            high += vector >>> 32;
        }

        return Finish(AddTail(bytes[(vectors.Length * Vector128<byte>.Count)..], Vector128.Sum(low + high)));
    }

    internal static uint SumVector256(ReadOnlySpan<byte> bytes)
    {
        Vector256<ulong> low = Vector256<ulong>.Zero;
        Vector256<ulong> high = Vector256<ulong>.Zero;
        Vector256<ulong> mask = Vector256.Create((ulong)uint.MaxValue);
        ReadOnlySpan<Vector256<ulong>> vectors = MemoryMarshal.Cast<byte, Vector256<ulong>>(bytes);
        foreach (Vector256<ulong> vector in vectors)
        {
            low += vector & mask;
            high += vector >>> 32;
        }

        return Finish(AddTail(bytes[(vectors.Length * Vector256<byte>.Count)..], Vector256.Sum(low + high)));
    }

    internal static uint SumVector512(ReadOnlySpan<byte> bytes)
    {
        Vector512<ulong> low = Vector512<ulong>.Zero;
        Vector512<ulong> high = Vector512<ulong>.Zero;
        Vector512<ulong> mask = Vector512.Create((ulong)uint.MaxValue);
        ReadOnlySpan<Vector512<ulong>> vectors = MemoryMarshal.Cast<byte, Vector512<ulong>>(bytes);
        foreach (Vector512<ulong> vector in vectors)
        {
            low += vector & mask;
            high += vector >>> 32;
        }

        return Finish(AddTail(bytes[(vectors.Length * Vector512<byte>.Count)..], Vector512.Sum(low + high)));
    }

    /// <summary>Adds what is left in the machine's byte order; the order is put right once, in <see cref="Finish"/>.</summary>
    [MethodImpl(MethodImplOptions.AggressiveInlining)]
    private static ulong AddTail(ReadOnlySpan<byte> bytes, ulong sum)
    {
        while (bytes.Length >= sizeof(ulong))
        {
            ulong word = MemoryMarshal.Read<ulong>(bytes);
            sum += (word & uint.MaxValue) + (word >> 32);
            bytes = bytes[sizeof(ulong)..];
        }

        if (bytes.Length >= sizeof(uint))
        {
            sum += MemoryMarshal.Read<uint>(bytes);
            bytes = bytes[sizeof(uint)..];
        }

        if (bytes.Length >= sizeof(ushort))
        {
            sum += MemoryMarshal.Read<ushort>(bytes);
            bytes = bytes[sizeof(ushort)..];
        }

        if (bytes.Length > 0)
        {
            sum += BitConverter.IsLittleEndian ? bytes[0] : (uint)bytes[0] << 8;
        }

        return sum;
    }

    /// <summary>Folds to 16 bits and turns to network byte order (RFC 1071 section 2 (B): the sum may be swapped at the end).</summary>
    [MethodImpl(MethodImplOptions.AggressiveInlining)]
    private static uint Finish(ulong sum)
    {
        sum = (sum & uint.MaxValue) + (sum >> 32);
        sum = (sum & 0xFFFF) + (sum >> 16 & 0xFFFF) + (sum >> 32);
        sum = (sum & 0xFFFF) + (sum >> 16);
        sum = (sum & 0xFFFF) + (sum >> 16);
        return BitConverter.IsLittleEndian ? System.Buffers.Binary.BinaryPrimitives.ReverseEndianness((ushort)sum) : (uint)sum;
    }

    [MethodImpl(MethodImplOptions.AggressiveInlining)]
    private static uint Words(ulong value) => (uint)(value >> 48) + (ushort)(value >> 32) + (ushort)(value >> 16) + (ushort)value;
}
