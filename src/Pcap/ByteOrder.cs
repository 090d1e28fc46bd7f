using System.Buffers.Binary;
using System.Runtime.CompilerServices;
using System.Runtime.InteropServices;

namespace Weft.Pcap;

/// <summary>Numbers in the byte order of a capture file: this machine's, or the other one ("swapped").</summary>
internal static class ByteOrder
{
    [MethodImpl(MethodImplOptions.AggressiveInlining)]
    public static ushort ReadUInt16(ReadOnlySpan<byte> bytes, bool swapped)
    {
        ushort value = MemoryMarshal.Read<ushort>(bytes);
        return swapped ? BinaryPrimitives.ReverseEndianness(value) : value;
    }

    [MethodImpl(MethodImplOptions.AggressiveInlining)]
    public static uint ReadUInt32(ReadOnlySpan<byte> bytes, bool swapped)
    {
        uint value = MemoryMarshal.Read<uint>(bytes);
        return swapped ? BinaryPrimitives.ReverseEndianness(value) : value;
    }

    [MethodImpl(MethodImplOptions.AggressiveInlining)]
    public static ulong ReadUInt64(ReadOnlySpan<byte> bytes, bool swapped)
    {
        ulong value = MemoryMarshal.Read<ulong>(bytes);
        return swapped ? BinaryPrimitives.ReverseEndianness(value) : value;
    }

    [MethodImpl(MethodImplOptions.AggressiveInlining)]
    public static void Write(Span<byte> bytes, ushort value, bool swapped) =>
        MemoryMarshal.Write(bytes, swapped ? BinaryPrimitives.ReverseEndianness(value) : value);

    [MethodImpl(MethodImplOptions.AggressiveInlining)]
    public static void Write(Span<byte> bytes, uint value, bool swapped) =>
        MemoryMarshal.Write(bytes, swapped ? BinaryPrimitives.ReverseEndianness(value) : value);

    [MethodImpl(MethodImplOptions.AggressiveInlining)]
    public static void Write(Span<byte> bytes, ulong value, bool swapped) =>
        MemoryMarshal.Write(bytes, swapped ? BinaryPrimitives.ReverseEndianness(value) : value);
}
