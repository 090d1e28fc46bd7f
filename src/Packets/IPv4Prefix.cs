namespace Weft.Packets;

/// <summary>An IPv4 prefix: an address whose bits behind the length are zero (RFC 4632 section 3.1).</summary>
public readonly struct IPv4Prefix : IEquatable<IPv4Prefix>, ISpanParsable<IPv4Prefix>, ISpanFormattable
{
    /// <summary>Longest prefix, a single address.</summary>
    public const int MaxPrefixLength = 32;

    /// <summary>Characters of the longest text.</summary>
    public const int MaxTextLength = IPv4Address.MaxTextLength + 3;

    /// <summary>Creates the prefix of <paramref name="length"/> bits that holds <paramref name="address"/>; further bits are cleared.</summary>
    /// <exception cref="ArgumentOutOfRangeException"><paramref name="length"/> is not 0 to 32.</exception>
    public IPv4Prefix(IPv4Address address, int length)
    {
        Wire.AtMost(length, MaxPrefixLength, nameof(length));
        Length = (byte)length;
        Address = Cut(address, length);
    }

    /// <summary>The first address of the prefix.</summary>
    public IPv4Address Address { get; }

    /// <summary>Number of leading bits that all addresses of the prefix share, 0 to 32.</summary>
    public byte Length { get; }

    /// <summary>True if <paramref name="address"/> lies in the prefix.</summary>
    public bool Contains(IPv4Address address) => Cut(address, Length) == Address;

    /// <summary>True if every address of <paramref name="other"/> lies in this prefix.</summary>
    public bool Contains(IPv4Prefix other) => other.Length >= Length && Contains(other.Address);

    /// <summary>Reads <c>192.0.2.0/24</c>; bits behind the length must be zero.</summary>
    public static bool TryParse(ReadOnlySpan<char> text, out IPv4Prefix prefix)
    {
        if (!PrefixText.TrySplit(text, MaxPrefixLength, out ReadOnlySpan<char> first, out byte length)
            || !IPv4Address.TryParse(first, out IPv4Address address)
            || Cut(address, length) != address)
        {
            prefix = default;
            return false;
        }

        prefix = new IPv4Prefix(address, length);
        return true;
    }

    /// <summary>Reads <c>192.0.2.0/24</c>; bits behind the length must be zero.</summary>
    /// <exception cref="FormatException">The text is no IPv4 prefix.</exception>
    public static IPv4Prefix Parse(ReadOnlySpan<char> text) =>
        TryParse(text, out IPv4Prefix prefix) ? prefix : throw new FormatException($"'{text}' is not an IPv4 prefix such as 192.0.2.0/24");

    /// <inheritdoc/>
    public static IPv4Prefix Parse(ReadOnlySpan<char> s, IFormatProvider? provider) => Parse(s);

    /// <inheritdoc/>
    public static bool TryParse(ReadOnlySpan<char> s, IFormatProvider? provider, out IPv4Prefix result) => TryParse(s, out result);

    /// <inheritdoc/>
    public static IPv4Prefix Parse(string s, IFormatProvider? provider) => Parse(s.AsSpan());

    /// <inheritdoc/>
    public static bool TryParse(string? s, IFormatProvider? provider, out IPv4Prefix result) => TryParse(s.AsSpan(), out result);

    /// <summary>Writes <c>192.0.2.0/24</c> without allocating; false if it does not fit. <see cref="MaxTextLength"/> characters always do.</summary>
    public bool TryFormat(Span<char> destination, out int charsWritten) =>
        Address.TryFormat(destination, out charsWritten) && PrefixText.TryAppendLength(destination, Length, ref charsWritten);

    /// <inheritdoc/>
    public bool TryFormat(Span<char> destination, out int charsWritten, ReadOnlySpan<char> format, IFormatProvider? provider) =>
        TryFormat(destination, out charsWritten);

    /// <inheritdoc/>
    public string ToString(string? format, IFormatProvider? formatProvider) => ToString();

    /// <summary>For example <c>192.0.2.0/24</c>.</summary>
    public override string ToString()
    {
        Span<char> text = stackalloc char[MaxTextLength];
        _ = TryFormat(text, out int length);
        return new string(text[..length]);
    }

    /// <inheritdoc/>
    public bool Equals(IPv4Prefix other) => Address == other.Address && Length == other.Length;

    /// <inheritdoc/>
    public override bool Equals(object? obj) => obj is IPv4Prefix other && Equals(other);

    /// <inheritdoc/>
    public override int GetHashCode() => HashCode.Combine(Address, Length);

    /// <summary>True if both are the same prefix.</summary>
    public static bool operator ==(IPv4Prefix left, IPv4Prefix right) => left.Equals(right);

    /// <summary>True if they differ.</summary>
    public static bool operator !=(IPv4Prefix left, IPv4Prefix right) => !left.Equals(right);

    private static IPv4Address Cut(IPv4Address address, int length) =>
        length == 0 ? default : new(address.Value & (uint.MaxValue << (MaxPrefixLength - length)));
}
