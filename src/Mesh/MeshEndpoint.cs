using System.Globalization;
using Weft.Packets;

namespace Weft.Mesh;

/// <summary>An address and a port of either family.</summary>
/// <param name="Address">The address; one of IPv4 in its mapped form (<see cref="IPv6Address.MapIPv4"/>).</param>
/// <param name="Port">The port.</param>
public readonly record struct MeshEndpoint(IPv6Address Address, ushort Port)
{
    /// <summary>Creates an IPv4 endpoint.</summary>
    public MeshEndpoint(IPv4Address address, ushort port)
        : this(IPv6Address.MapIPv4(address), port)
    {
    }

    /// <summary>True if the address is one of IPv4.</summary>
    public bool IsIPv4 => MeshAddress.IsIPv4(Address);

    /// <summary>Reads <c>192.0.2.1:443</c> or <c>[2001:db8::1]:443</c>.</summary>
    public static bool TryParse(ReadOnlySpan<char> text, out MeshEndpoint endpoint)
    {
        endpoint = default;
        int colon = text.LastIndexOf(':');
        if (colon < 0 || !ushort.TryParse(text[(colon + 1)..], NumberStyles.None, CultureInfo.InvariantCulture, out ushort port))
        {
            return false;
        }

        ReadOnlySpan<char> host = text[..colon];
        bool isBracketed = host is ['[', .., ']'];
        if (!MeshAddress.TryParse(isBracketed ? host[1..^1] : host, out IPv6Address address) || isBracketed == MeshAddress.IsIPv4(address))
        {
            return false;
        }

        endpoint = new MeshEndpoint(address, port);
        return true;
    }

    /// <summary><c>192.0.2.1:443</c> or <c>[2001:db8::1]:443</c>.</summary>
    public override string ToString() =>
        IsIPv4
            ? string.Create(CultureInfo.InvariantCulture, $"{MeshAddress.ToIPv4(Address)}:{Port}")
            : string.Create(CultureInfo.InvariantCulture, $"[{Address}]:{Port}");
}
