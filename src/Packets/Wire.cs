using System.Buffers.Binary;
using System.Runtime.CompilerServices;

namespace Weft.Packets;

/// <summary>Numbers in network byte order at an offset, and the one way a writer refuses a short buffer.</summary>
internal static class Wire
{
    [MethodImpl(MethodImplOptions.AggressiveInlining)]
    public static ushort U16(ReadOnlySpan<byte> bytes, int offset) => BinaryPrimitives.ReadUInt16BigEndian(bytes[offset..]);

    [MethodImpl(MethodImplOptions.AggressiveInlining)]
    public static uint U24(ReadOnlySpan<byte> bytes, int offset) => ((uint)U16(bytes, offset) << 8) | bytes[offset + 2];

    [MethodImpl(MethodImplOptions.AggressiveInlining)]
    public static uint U32(ReadOnlySpan<byte> bytes, int offset) => BinaryPrimitives.ReadUInt32BigEndian(bytes[offset..]);

    [MethodImpl(MethodImplOptions.AggressiveInlining)]
    public static ulong U64(ReadOnlySpan<byte> bytes, int offset) => BinaryPrimitives.ReadUInt64BigEndian(bytes[offset..]);

    [MethodImpl(MethodImplOptions.AggressiveInlining)]
    public static void Put16(Span<byte> bytes, int offset, int value) => BinaryPrimitives.WriteUInt16BigEndian(bytes[offset..], (ushort)value);

    [MethodImpl(MethodImplOptions.AggressiveInlining)]
    public static void Put32(Span<byte> bytes, int offset, uint value) => BinaryPrimitives.WriteUInt32BigEndian(bytes[offset..], value);

    /// <summary>Cuts <paramref name="destination"/> to what a header needs.</summary>
    /// <exception cref="ArgumentException">It is shorter: the caller's mistake.</exception>
    [MethodImpl(MethodImplOptions.AggressiveInlining)]
    public static Span<byte> Take(Span<byte> destination, int length)
    {
        if (destination.Length < length)
        {
            ThrowShort(destination.Length, length, nameof(destination));
        }

        return destination[..length];
    }

    /// <summary>Refuses a field value that its bits cannot hold, or a list whose length is none that the format knows.</summary>
    /// <exception cref="ArgumentOutOfRangeException">The value is larger: the caller's mistake.</exception>
    public static void AtMost(long value, long maximum, string field)
    {
        if (value < 0 || value > maximum)
        {
            throw new ArgumentOutOfRangeException(field, value, $"{field} must be 0 to {maximum}.");
        }
    }

    /// <summary>Refuses options that are not padded to whole 32-bit words or too long.</summary>
    public static void Words(ReadOnlySpan<byte> options, int maximum, string field)
    {
        if (options.Length > maximum || options.Length % 4 != 0)
        {
            throw new ArgumentException($"{field} must be a multiple of 4 bytes and at most {maximum}, not {options.Length}.", field);
        }
    }

    private static void ThrowShort(int have, int need, string parameter) =>
        throw new ArgumentException($"The {parameter} holds {have} bytes where {need} are written.", parameter);
}
