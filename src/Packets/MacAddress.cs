using System.Buffers.Binary;
using System.Runtime.CompilerServices;

namespace Weft.Packets;

/// <summary>
/// A 48-bit MAC address (IEEE 802, EUI-48), held as a number so that comparing and hashing cost one instruction.
/// </summary>
public readonly struct MacAddress : IEquatable<MacAddress>, IComparable<MacAddress>, ISpanParsable<MacAddress>, ISpanFormattable
{
    /// <summary>Octets of a MAC address on the wire.</summary>
    public const int Length = 6;

    /// <summary>Characters of the text form <c>02:00:00:00:00:01</c>.</summary>
    public const int TextLength = 17;

    private const ulong Mask = 0xFFFF_FFFF_FFFF;
    private const ulong GroupBit = 0x0100_0000_0000;
    private const ulong LocalBit = 0x0200_0000_0000;

    /// <summary>Creates an address from its number: the first octet on the wire is the most significant of 48 bits.</summary>
    /// <param name="value">Only the low 48 bits are used.</param>
    [MethodImpl(MethodImplOptions.AggressiveInlining)]
    public MacAddress(ulong value) => Value = value & Mask;

    /// <summary>The address as a number of 48 bits, first octet most significant.</summary>
    public ulong Value { get; }

    /// <summary>ff:ff:ff:ff:ff:ff.</summary>
    public static MacAddress Broadcast => new(Mask);

    /// <summary>00:00:00:00:00:00, never a valid source (IEEE 802.1Q 8.7).</summary>
    public static MacAddress Zero => default;

    /// <summary>True for multicast and broadcast: the first bit on the wire is set (IEEE 802 8.2).</summary>
    public bool IsGroup => (Value & GroupBit) != 0;

    /// <summary>True for ff:ff:ff:ff:ff:ff.</summary>
    public bool IsBroadcast => Value == Mask;

    /// <summary>True for an address that an administrator assigned, not a manufacturer (IEEE 802 8.2).</summary>
    public bool IsLocallyAdministered => (Value & LocalBit) != 0;

    /// <summary>True if the address may be a source and may be learned: individual and not zero.</summary>
    public bool IsValidSource => Value != 0 && (Value & GroupBit) == 0;

    /// <summary>
    /// True for 01-80-C2-00-00-00 to -0F, which a bridge never forwards (IEEE 802.1Q table 8-1).
    /// </summary>
    public bool IsBridgeReserved => (Value & ~0xFUL) == 0x0180_C200_0000;

    /// <summary>Reads the address at the start of <paramref name="bytes"/>, which must hold six bytes.</summary>
    [MethodImpl(MethodImplOptions.AggressiveInlining)]
    public static MacAddress Read(ReadOnlySpan<byte> bytes) =>
        new(((ulong)BinaryPrimitives.ReadUInt32BigEndian(bytes) << 16) | BinaryPrimitives.ReadUInt16BigEndian(bytes[4..]));

    /// <summary>Writes the address to the start of <paramref name="bytes"/>, which must hold six bytes.</summary>
    [MethodImpl(MethodImplOptions.AggressiveInlining)]
    public void Write(Span<byte> bytes)
    {
        BinaryPrimitives.WriteUInt16BigEndian(bytes[4..], (ushort)Value);
        BinaryPrimitives.WriteUInt32BigEndian(bytes, (uint)(Value >> 16));
    }

    /// <summary>Reads <c>aa:bb:cc:dd:ee:ff</c> or <c>aa-bb-cc-dd-ee-ff</c>, in either case.</summary>
    public static bool TryParse(ReadOnlySpan<char> text, out MacAddress address)
    {
        address = default;
        if (text.Length != TextLength || text[2] is not (':' or '-'))
        {
            return false;
        }

        ulong value = 0;
        for (int octet = 0; octet < Length; octet++)
        {
            int at = octet * 3;
            if (octet > 0 && text[at - 1] != text[2])
            {
                return false;
            }

            if (!HexDigits.TryReadByte(text[at], text[at + 1], out byte parsed))
            {
                return false;
            }

            value = (value << 8) | parsed;
        }

        address = new MacAddress(value);
        return true;
    }

    /// <summary>Reads <c>aa:bb:cc:dd:ee:ff</c> or <c>aa-bb-cc-dd-ee-ff</c>.</summary>
    /// <exception cref="FormatException">The text is no MAC address.</exception>
    public static MacAddress Parse(ReadOnlySpan<char> text) =>
        TryParse(text, out MacAddress address) ? address : throw new FormatException($"'{text}' is not a MAC address such as 02:00:00:00:00:01");

    /// <inheritdoc/>
    public static MacAddress Parse(ReadOnlySpan<char> s, IFormatProvider? provider) => Parse(s);

    /// <inheritdoc/>
    public static bool TryParse(ReadOnlySpan<char> s, IFormatProvider? provider, out MacAddress result) => TryParse(s, out result);

    /// <inheritdoc/>
    public static MacAddress Parse(string s, IFormatProvider? provider) => Parse(s.AsSpan());

    /// <inheritdoc/>
    public static bool TryParse(string? s, IFormatProvider? provider, out MacAddress result) => TryParse(s.AsSpan(), out result);

    /// <summary>Writes <c>02:00:00:00:00:01</c> without allocating; false if fewer than 17 characters are free.</summary>
    public bool TryFormat(Span<char> destination, out int charsWritten)
    {
        charsWritten = 0;
        if (destination.Length < TextLength)
        {
            return false;
        }

        for (int octet = 0; octet < Length; octet++)
        {
            int at = octet * 3;
            HexDigits.WriteByte(destination[at..], (byte)(Value >> (40 - 8 * octet)));
            if (octet < Length - 1)
            {
                destination[at + 2] = ':';
            }
        }

        charsWritten = TextLength;
        return true;
    }

    /// <inheritdoc/>
    public bool TryFormat(Span<char> destination, out int charsWritten, ReadOnlySpan<char> format, IFormatProvider? provider) =>
        TryFormat(destination, out charsWritten);

    /// <inheritdoc/>
    public string ToString(string? format, IFormatProvider? formatProvider) => ToString();

    /// <summary>The text form <c>02:00:00:00:00:01</c>.</summary>
    public override string ToString()
    {
        Span<char> text = stackalloc char[TextLength];
        _ = TryFormat(text, out _);
        return new string(text);
    }

    /// <inheritdoc/>
    public bool Equals(MacAddress other) => Value == other.Value;

    /// <inheritdoc/>
    public override bool Equals(object? obj) => obj is MacAddress other && Equals(other);

    /// <inheritdoc/>
    public override int GetHashCode() => Value.GetHashCode();

    /// <inheritdoc/>
    public int CompareTo(MacAddress other) => Value.CompareTo(other.Value);

    /// <summary>True if both are the same address.</summary>
    public static bool operator ==(MacAddress left, MacAddress right) => left.Value == right.Value;

    /// <summary>True if they are different addresses.</summary>
    public static bool operator !=(MacAddress left, MacAddress right) => left.Value != right.Value;

    /// <summary>True if <paramref name="left"/> is numerically less.</summary>
    public static bool operator <(MacAddress left, MacAddress right) => left.Value < right.Value;

    /// <summary>True if <paramref name="left"/> is numerically greater.</summary>
    public static bool operator >(MacAddress left, MacAddress right) => left.Value > right.Value;

    /// <summary>True if <paramref name="left"/> is numerically less or the same.</summary>
    public static bool operator <=(MacAddress left, MacAddress right) => left.Value <= right.Value;

    /// <summary>True if <paramref name="left"/> is numerically greater or the same.</summary>
    public static bool operator >=(MacAddress left, MacAddress right) => left.Value >= right.Value;
}
