using System.Buffers.Binary;
using System.Runtime.CompilerServices;

namespace Weft.Mesh.Records;

/// <summary>
/// Reads and writes numbers of network byte order behind a reference. Invariant, which <see cref="MeshTranslator"/> checks once a packet: the IP header and
/// the TCP or UDP header behind the two references that are handed round are whole. Spans cost half of the translation here: their
/// conversions and checks, twelve a packet, are more than the compiler is willing to inline.
/// </summary>
internal static class Fields
{
    [MethodImpl(MethodImplOptions.AggressiveInlining)]
    public static ushort Get16(ref byte start, int offset) => FromNetwork(Unsafe.ReadUnaligned<ushort>(ref Unsafe.AddByteOffset(ref start, offset)));

    [MethodImpl(MethodImplOptions.AggressiveInlining)]
    public static uint Get32(ref byte start, int offset) => FromNetwork(Unsafe.ReadUnaligned<uint>(ref Unsafe.AddByteOffset(ref start, offset)));

    [MethodImpl(MethodImplOptions.AggressiveInlining)]
    public static ulong Get64(ref byte start, int offset) => FromNetwork(Unsafe.ReadUnaligned<ulong>(ref Unsafe.AddByteOffset(ref start, offset)));

    [MethodImpl(MethodImplOptions.AggressiveInlining)]
    public static void Put16(ref byte start, int offset, ushort value) => Unsafe.WriteUnaligned(ref Unsafe.AddByteOffset(ref start, offset), FromNetwork(value));

    [MethodImpl(MethodImplOptions.AggressiveInlining)]
    public static void Put32(ref byte start, int offset, uint value) => Unsafe.WriteUnaligned(ref Unsafe.AddByteOffset(ref start, offset), FromNetwork(value));

    [MethodImpl(MethodImplOptions.AggressiveInlining)]
    public static void Put64(ref byte start, int offset, ulong value) => Unsafe.WriteUnaligned(ref Unsafe.AddByteOffset(ref start, offset), FromNetwork(value));

    [MethodImpl(MethodImplOptions.AggressiveInlining)]
    private static ushort FromNetwork(ushort value) => BitConverter.IsLittleEndian ? BinaryPrimitives.ReverseEndianness(value) : value;

    [MethodImpl(MethodImplOptions.AggressiveInlining)]
    private static uint FromNetwork(uint value) => BitConverter.IsLittleEndian ? BinaryPrimitives.ReverseEndianness(value) : value;

    [MethodImpl(MethodImplOptions.AggressiveInlining)]
    private static ulong FromNetwork(ulong value) => BitConverter.IsLittleEndian ? BinaryPrimitives.ReverseEndianness(value) : value;
}
