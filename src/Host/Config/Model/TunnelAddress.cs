using Weft.Packets;

namespace Weft.Host.Config;

/// <summary>An IPv4 or IPv6 address of a tunnel endpoint.</summary>
public readonly record struct TunnelAddress
{
    /// <summary>An IPv4 endpoint.</summary>
    public TunnelAddress(IPv4Address address) => (IsIPv6, V4) = (false, address);

    /// <summary>An IPv6 endpoint.</summary>
    public TunnelAddress(IPv6Address address) => (IsIPv6, V6) = (true, address);

    /// <summary>Which of the two is meant.</summary>
    public bool IsIPv6 { get; }

    /// <summary>The IPv4 address.</summary>
    public IPv4Address V4 { get; }

    /// <summary>The IPv6 address.</summary>
    public IPv6Address V6 { get; }

    /// <summary>Bits of an address of this family: 32 or 128.</summary>
    public int Bits => IsIPv6 ? 128 : 32;

    /// <summary>True if one machine can own the address: neither unspecified nor loopback, multicast or limited broadcast.</summary>
    public bool IsUnicast => IsIPv6
        ? !V6.IsMulticast && !(V6.High == 0 && V6.Low <= 1)
        : V4.Value >> 24 is not (0 or 127) && V4.Value >> 28 < 0xE;

    /// <summary>Reads the text of either family: <c>192.0.2.1</c> or <c>2001:db8::1</c>.</summary>
    public static bool TryParse(ReadOnlySpan<char> text, out TunnelAddress address)
    {
        if (IPv4Address.TryParse(text, out IPv4Address v4))
        {
            address = new TunnelAddress(v4);
            return true;
        }

        bool isV6 = IPv6Address.TryParse(text, out IPv6Address v6);
        address = isV6 ? new TunnelAddress(v6) : default;
        return isV6;
    }

    /// <summary>True if both are of one family and their first <paramref name="prefixLength"/> bits agree.</summary>
    /// <param name="other">The address to compare with.</param>
    /// <param name="prefixLength">0 to <see cref="Bits"/>.</param>
    public bool SharesPrefix(TunnelAddress other, int prefixLength)
    {
        if (IsIPv6 != other.IsIPv6)
        {
            return false;
        }

        if (!IsIPv6)
        {
            return prefixLength == 0 || (V4.Value ^ other.V4.Value) >> (32 - prefixLength) == 0;
        }

        ulong high = V6.High ^ other.V6.High;
        ulong low = V6.Low ^ other.V6.Low;
        return prefixLength switch
        {
            0 => true,
            <= 64 => high >> (64 - prefixLength) == 0,
            _ => high == 0 && low >> (128 - prefixLength) == 0,
        };
    }

    /// <inheritdoc/>
    public override string ToString() => IsIPv6 ? V6.ToString() : V4.ToString();
}
