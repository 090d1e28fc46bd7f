using System.Buffers.Binary;
using System.Runtime.CompilerServices;

namespace Weft.Packets;

/// <summary>An IPv4 address as a 32-bit number, first octet most significant (RFC 791).</summary>
public readonly struct IPv4Address : IEquatable<IPv4Address>, IComparable<IPv4Address>, ISpanParsable<IPv4Address>, ISpanFormattable, IInternetAddress<IPv4Address>
{
    /// <summary>Octets of an address on the wire.</summary>
    public const int Length = 4;

    static int IInternetAddress<IPv4Address>.Octets => Length;

    /// <summary>Characters of the longest text, 255.255.255.255.</summary>
    public const int MaxTextLength = 15;

    /// <summary>Creates an address from its number: 192.0.2.1 is 0xC0000201.</summary>
    [MethodImpl(MethodImplOptions.AggressiveInlining)]
    public IPv4Address(uint value) => Value = value;

    /// <summary>The address as a number, first octet most significant.</summary>
    public uint Value { get; }

    /// <summary>0.0.0.0.</summary>
    public static IPv4Address Any => default;

    /// <summary>255.255.255.255 (RFC 919).</summary>
    public static IPv4Address LimitedBroadcast => new(uint.MaxValue);

    /// <summary>True for 224.0.0.0/4 (RFC 1112).</summary>
    public bool IsMulticast => (Value >> 28) == 0xE;

    /// <summary>Reads the address at the start of <paramref name="bytes"/>, which must hold four bytes.</summary>
    [MethodImpl(MethodImplOptions.AggressiveInlining)]
    public static IPv4Address Read(ReadOnlySpan<byte> bytes) => new(BinaryPrimitives.ReadUInt32BigEndian(bytes));

    /// <summary>Writes the address to the start of <paramref name="bytes"/>, which must hold four bytes.</summary>
    [MethodImpl(MethodImplOptions.AggressiveInlining)]
    public void Write(Span<byte> bytes) => BinaryPrimitives.WriteUInt32BigEndian(bytes, Value);

    /// <summary>Reads dotted decimal with exactly four parts of 0 to 255 and no leading zeros (RFC 6943 section 3.1.1 says why).</summary>
    public static bool TryParse(ReadOnlySpan<char> text, out IPv4Address address)
    {
        bool valid = AddressText.TryReadIPv4(text, out uint value);
        address = valid ? new IPv4Address(value) : default;
        return valid;
    }

    /// <summary>Reads dotted decimal.</summary>
    /// <exception cref="FormatException">The text is no IPv4 address.</exception>
    public static IPv4Address Parse(ReadOnlySpan<char> text) =>
        TryParse(text, out IPv4Address address) ? address : throw new FormatException($"'{text}' is not an IPv4 address such as 192.0.2.1");

    /// <inheritdoc/>
    public static IPv4Address Parse(ReadOnlySpan<char> s, IFormatProvider? provider) => Parse(s);

    /// <inheritdoc/>
    public static bool TryParse(ReadOnlySpan<char> s, IFormatProvider? provider, out IPv4Address result) => TryParse(s, out result);

    /// <inheritdoc/>
    public static IPv4Address Parse(string s, IFormatProvider? provider) => Parse(s.AsSpan());

    /// <inheritdoc/>
    public static bool TryParse(string? s, IFormatProvider? provider, out IPv4Address result) => TryParse(s.AsSpan(), out result);

    /// <summary>Writes dotted decimal without allocating; false if it does not fit. <see cref="MaxTextLength"/> characters always do.</summary>
    public bool TryFormat(Span<char> destination, out int charsWritten) => AddressText.TryWriteIPv4(destination, Value, out charsWritten);

    /// <inheritdoc/>
    public bool TryFormat(Span<char> destination, out int charsWritten, ReadOnlySpan<char> format, IFormatProvider? provider) =>
        TryFormat(destination, out charsWritten);

    /// <inheritdoc/>
    public string ToString(string? format, IFormatProvider? formatProvider) => ToString();

    /// <summary>Dotted decimal.</summary>
    public override string ToString()
    {
        Span<char> text = stackalloc char[MaxTextLength];
        _ = TryFormat(text, out int length);
        return new string(text[..length]);
    }

    /// <inheritdoc/>
    public bool Equals(IPv4Address other) => Value == other.Value;

    /// <inheritdoc/>
    public override bool Equals(object? obj) => obj is IPv4Address other && Equals(other);

    /// <inheritdoc/>
    public override int GetHashCode() => (int)Value;

    /// <inheritdoc/>
    public int CompareTo(IPv4Address other) => Value.CompareTo(other.Value);

    /// <summary>True if both are the same address.</summary>
    public static bool operator ==(IPv4Address left, IPv4Address right) => left.Value == right.Value;

    /// <summary>True if they are different addresses.</summary>
    public static bool operator !=(IPv4Address left, IPv4Address right) => left.Value != right.Value;

    /// <summary>True if <paramref name="left"/> is numerically less.</summary>
    public static bool operator <(IPv4Address left, IPv4Address right) => left.Value < right.Value;

    /// <summary>True if <paramref name="left"/> is numerically greater.</summary>
    public static bool operator >(IPv4Address left, IPv4Address right) => left.Value > right.Value;

    /// <summary>True if <paramref name="left"/> is numerically less or the same.</summary>
    public static bool operator <=(IPv4Address left, IPv4Address right) => left.Value <= right.Value;

    /// <summary>True if <paramref name="left"/> is numerically greater or the same.</summary>
    public static bool operator >=(IPv4Address left, IPv4Address right) => left.Value >= right.Value;
}
