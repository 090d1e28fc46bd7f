using Weft.Packets;

namespace Weft.Encap;

/// <summary>The IPv4 or IPv6 address of a tunnel endpoint, in sixteen bytes.</summary>
/// <remarks>
/// An IPv4 address is held in its IPv4-mapped form (RFC 4291 section 2.5.5.2). That form never appears on a wire (RFC 4038
/// section 4.2), so the two families cannot be confused.
/// </remarks>
public readonly struct VtepAddress : IEquatable<VtepAddress>
{
    private const ulong MappedPrefix = 0xFFFF_0000_0000;
    private const ulong MappedMask = 0xFFFF_FFFF_0000_0000;

    private readonly ulong _high;
    private readonly ulong _low;

    /// <summary>An IPv4 endpoint.</summary>
    public VtepAddress(IPv4Address address) => (_high, _low) = (0, MappedPrefix | address.Value);

    /// <summary>An IPv6 endpoint.</summary>
    public VtepAddress(IPv6Address address) => (_high, _low) = (address.High, address.Low);

    /// <summary>True for an IPv4 endpoint; the default value is the IPv6 address <c>::</c>.</summary>
    public bool IsIPv4 => _high == 0 && (_low & MappedMask) == MappedPrefix;

    /// <summary>The IPv4 address; meaningless unless <see cref="IsIPv4"/>.</summary>
    public IPv4Address V4 => new((uint)_low);

    /// <summary>The IPv6 address, IPv4-mapped for an IPv4 endpoint.</summary>
    public IPv6Address V6 => new(_high, _low);

    /// <summary>True for an address that one host may own: neither unspecified, loopback, multicast nor limited broadcast.</summary>
    public bool IsUnicast => IsIPv4
        ? !V4.IsMulticast && V4 != IPv4Address.LimitedBroadcast && (V4.Value >> 24) is not (0 or 127)
        : !V6.IsMulticast && (_high | (_low >> 1)) != 0;

    /// <summary>Reads an IPv4 or IPv6 address.</summary>
    /// <exception cref="FormatException">The text is neither.</exception>
    public static VtepAddress Parse(ReadOnlySpan<char> text) => IPv4Address.TryParse(text, out IPv4Address v4)
        ? new VtepAddress(v4)
        : new VtepAddress(IPv6Address.Parse(text));

    /// <inheritdoc/>
    public bool Equals(VtepAddress other) => _high == other._high && _low == other._low;

    /// <inheritdoc/>
    public override bool Equals(object? obj) => obj is VtepAddress other && Equals(other);

    /// <inheritdoc/>
    public override int GetHashCode() => HashCode.Combine(_high, _low);

    /// <summary>Dotted decimal or the canonical text of RFC 5952.</summary>
    public override string ToString() => IsIPv4 ? V4.ToString() : V6.ToString();

    /// <summary>True if both are the same address.</summary>
    public static bool operator ==(VtepAddress left, VtepAddress right) => left.Equals(right);

    /// <summary>True if they are different addresses.</summary>
    public static bool operator !=(VtepAddress left, VtepAddress right) => !left.Equals(right);
}
