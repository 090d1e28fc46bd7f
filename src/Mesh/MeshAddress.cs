using Weft.Packets;

namespace Weft.Mesh;

/// <summary>Addresses of both families in one type: those of IPv4 are mapped (RFC 4291 section 2.5.5.2).</summary>
public static class MeshAddress
{
    private const ulong Mapped = 0xFFFF;

    /// <summary>True if the address is a mapped one of IPv4.</summary>
    public static bool IsIPv4(IPv6Address address) => address.High == 0 && address.Low >> 32 == Mapped;

    /// <summary>The IPv4 address that is mapped; without meaning for another.</summary>
    public static IPv4Address ToIPv4(IPv6Address address) => new((uint)address.Low);

    /// <summary>The text of the address in its own family.</summary>
    public static string Text(IPv6Address address) => IsIPv4(address) ? ToIPv4(address).ToString() : address.ToString();

    /// <summary>Reads the text of an address of either family.</summary>
    public static bool TryParse(ReadOnlySpan<char> text, out IPv6Address address)
    {
        if (IPv4Address.TryParse(text, out IPv4Address v4))
        {
            address = IPv6Address.MapIPv4(v4);
            return true;
        }

        return IPv6Address.TryParse(text, out address) && !IsIPv4(address);
    }
}
