using System.Buffers.Binary;
using System.Runtime.CompilerServices;

namespace Weft.Packets;

/// <summary>An IPv6 address as two 64-bit numbers, first octet most significant (RFC 4291).</summary>
public readonly struct IPv6Address : IEquatable<IPv6Address>, IComparable<IPv6Address>, ISpanParsable<IPv6Address>, ISpanFormattable, IInternetAddress<IPv6Address>
{
    /// <summary>Octets of an address on the wire.</summary>
    public const int Length = 16;

    static int IInternetAddress<IPv6Address>.Octets => Length;

    /// <summary>Characters of the longest text, eight groups of four digits.</summary>
    public const int MaxTextLength = 39;

    /// <summary>Creates an address from its two halves.</summary>
    [MethodImpl(MethodImplOptions.AggressiveInlining)]
    public IPv6Address(ulong high, ulong low)
    {
        High = high;
        Low = low;
    }

    /// <summary>The first eight octets as a number.</summary>
    public ulong High { get; }

    /// <summary>The last eight octets as a number.</summary>
    public ulong Low { get; }

    /// <summary>The unspecified address, ::.</summary>
    public static IPv6Address Any => default;

    /// <summary>The IPv4-mapped address <c>::ffff:a.b.c.d</c> (RFC 4291 section 2.5.5.2), for tables that hold both families.</summary>
    public static IPv6Address MapIPv4(IPv4Address address) => new(0, 0xFFFF_0000_0000UL | address.Value);

    /// <summary>True for ff00::/8 (RFC 4291 section 2.7).</summary>
    public bool IsMulticast => (High >> 56) == 0xFF;

    /// <summary>True for fe80::/10 (RFC 4291 section 2.5.6).</summary>
    public bool IsLinkLocal => (High >> 54) == 0x3FA;

    /// <summary>Reads the address at the start of <paramref name="bytes"/>, which must hold sixteen bytes.</summary>
    [MethodImpl(MethodImplOptions.AggressiveInlining)]
    public static IPv6Address Read(ReadOnlySpan<byte> bytes)
    {
        ulong low = BinaryPrimitives.ReadUInt64BigEndian(bytes[8..]);
        return new(BinaryPrimitives.ReadUInt64BigEndian(bytes), low);
    }

    /// <summary>Writes the address to the start of <paramref name="bytes"/>, which must hold sixteen bytes.</summary>
    [MethodImpl(MethodImplOptions.AggressiveInlining)]
    public void Write(Span<byte> bytes)
    {
        BinaryPrimitives.WriteUInt64BigEndian(bytes[8..], Low);
        BinaryPrimitives.WriteUInt64BigEndian(bytes, High);
    }

    /// <summary>Reads the text forms of RFC 4291 section 2.2, without scope or brackets.</summary>
    public static bool TryParse(ReadOnlySpan<char> text, out IPv6Address address)
    {
        bool valid = AddressText.TryReadIPv6(text, out ulong high, out ulong low);
        address = valid ? new IPv6Address(high, low) : default;
        return valid;
    }

    /// <summary>Reads the text forms of RFC 4291 section 2.2.</summary>
    /// <exception cref="FormatException">The text is no IPv6 address.</exception>
    public static IPv6Address Parse(ReadOnlySpan<char> text) =>
        TryParse(text, out IPv6Address address) ? address : throw new FormatException($"'{text}' is not an IPv6 address such as 2001:db8::1");

    /// <inheritdoc/>
    public static IPv6Address Parse(ReadOnlySpan<char> s, IFormatProvider? provider) => Parse(s);

    /// <inheritdoc/>
    public static bool TryParse(ReadOnlySpan<char> s, IFormatProvider? provider, out IPv6Address result) => TryParse(s, out result);

    /// <inheritdoc/>
    public static IPv6Address Parse(string s, IFormatProvider? provider) => Parse(s.AsSpan());

    /// <inheritdoc/>
    public static bool TryParse(string? s, IFormatProvider? provider, out IPv6Address result) => TryParse(s.AsSpan(), out result);

    /// <summary>Writes the canonical text of RFC 5952 without allocating; false if it does not fit. <see cref="MaxTextLength"/> characters always do.</summary>
    public bool TryFormat(Span<char> destination, out int charsWritten) => AddressText.TryWriteIPv6(destination, High, Low, out charsWritten);

    /// <inheritdoc/>
    public bool TryFormat(Span<char> destination, out int charsWritten, ReadOnlySpan<char> format, IFormatProvider? provider) =>
        TryFormat(destination, out charsWritten);

    /// <inheritdoc/>
    public string ToString(string? format, IFormatProvider? formatProvider) => ToString();

    /// <summary>The canonical text of RFC 5952.</summary>
    public override string ToString()
    {
        Span<char> text = stackalloc char[MaxTextLength];
        _ = TryFormat(text, out int length);
        return new string(text[..length]);
    }

    /// <inheritdoc/>
    public bool Equals(IPv6Address other) => High == other.High && Low == other.Low;

    /// <inheritdoc/>
    public override bool Equals(object? obj) => obj is IPv6Address other && Equals(other);

    /// <inheritdoc/>
    public override int GetHashCode() => HashCode.Combine(High, Low);

    /// <inheritdoc/>
    public int CompareTo(IPv6Address other) => High != other.High ? High.CompareTo(other.High) : Low.CompareTo(other.Low);

    /// <summary>True if both are the same address.</summary>
    public static bool operator ==(IPv6Address left, IPv6Address right) => left.Equals(right);

    /// <summary>True if they are different addresses.</summary>
    public static bool operator !=(IPv6Address left, IPv6Address right) => !left.Equals(right);

    /// <summary>True if <paramref name="left"/> is numerically less.</summary>
    public static bool operator <(IPv6Address left, IPv6Address right) => left.CompareTo(right) < 0;

    /// <summary>True if <paramref name="left"/> is numerically greater.</summary>
    public static bool operator >(IPv6Address left, IPv6Address right) => left.CompareTo(right) > 0;

    /// <summary>True if <paramref name="left"/> is numerically less or the same.</summary>
    public static bool operator <=(IPv6Address left, IPv6Address right) => left.CompareTo(right) <= 0;

    /// <summary>True if <paramref name="left"/> is numerically greater or the same.</summary>
    public static bool operator >=(IPv6Address left, IPv6Address right) => left.CompareTo(right) >= 0;
}
