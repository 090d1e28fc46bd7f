using System.Buffers.Binary;
using System.Net;
using System.Runtime.CompilerServices;

namespace Weft.Packets;

/// <summary>An IPv4 address as a 32-bit number, first octet most significant (RFC 791).</summary>
public readonly struct IPv4Address : IEquatable<IPv4Address>, IComparable<IPv4Address>
{
    /// <summary>Octets of an address on the wire.</summary>
    public const int Length = 4;

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

    /// <summary>Reads dotted decimal with exactly four parts.</summary>
    public static bool TryParse(ReadOnlySpan<char> text, out IPv4Address address)
    {
        address = default;
        if (text.Count('.') != 3 || !IPAddress.TryParse(text, out IPAddress? parsed))
        {
            return false;
        }

        Span<byte> bytes = stackalloc byte[16];
        if (!parsed.TryWriteBytes(bytes, out int written) || written != Length)
        {
            return false;
        }

        address = Read(bytes);
        return true;
    }

    /// <summary>Reads dotted decimal.</summary>
    /// <exception cref="FormatException">The text is no IPv4 address.</exception>
    public static IPv4Address Parse(ReadOnlySpan<char> text) =>
        TryParse(text, out IPv4Address address) ? address : throw new FormatException($"'{text}' is not an IPv4 address such as 192.0.2.1");

    /// <summary>Dotted decimal.</summary>
    public override string ToString() => $"{Value >> 24}.{(byte)(Value >> 16)}.{(byte)(Value >> 8)}.{(byte)Value}";

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
