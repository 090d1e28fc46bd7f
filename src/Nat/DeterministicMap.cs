using Weft.Packets;

namespace Weft.Nat;

/// <summary>
/// Which ports of which address belong to which inside address, by arithmetic alone (RFC 7422 section 2): nothing needs to be
/// logged to say later who used a port.
/// </summary>
/// <remarks>
/// Inside addresses are divided evenly over outside addresses in order; the ports of an outside address above the reserved ones
/// are divided evenly over the inside addresses that share it, and what is left over at the end is not used.
/// </remarks>
public readonly record struct DeterministicMap
{
    /// <summary>Ports that are never given out: 0 to 1023 (RFC 4787 REQ-3).</summary>
    public const int ReservedPorts = 1024;

    /// <summary>Creates a map.</summary>
    /// <param name="inside">The addresses of the machines.</param>
    /// <param name="outside">The shared addresses, no more than inside ones.</param>
    /// <exception cref="ArgumentOutOfRangeException">There are more outside than inside addresses, or fewer ports than machines that share an address.</exception>
    public DeterministicMap(IPv4Prefix inside, IPv4Prefix outside)
    {
        int ratioBits = outside.Length - inside.Length;
        if (ratioBits is < 0 or > 15)
        {
            throw new ArgumentOutOfRangeException(nameof(outside), outside, "An outside address must be shared by 1 to 32,768 inside ones.");
        }

        Inside = inside;
        Outside = outside;
        RatioLog2 = ratioBits;
    }

    /// <summary>The addresses of the machines.</summary>
    public IPv4Prefix Inside { get; }

    /// <summary>The shared addresses.</summary>
    public IPv4Prefix Outside { get; }

    /// <summary>Machines that share an address.</summary>
    public int SharingRatio => 1 << RatioLog2;

    /// <summary>Ports of each machine.</summary>
    public int PortsPerAddress => (65_536 - ReservedPorts) >> RatioLog2;

    private int RatioLog2 { get; }

    /// <summary>Finds the shared address and the ports of a machine.</summary>
    /// <returns>False if it is none of the map's.</returns>
    public bool TryGetPorts(IPv4Address inside, out IPv4Address outside, out ushort first, out ushort last)
    {
        (outside, first, last) = (default, 0, 0);
        if (!Inside.Contains(inside))
        {
            return false;
        }

        uint number = inside.Value - Inside.Address.Value;
        outside = new IPv4Address(Outside.Address.Value + (number >> RatioLog2));
        int begin = ReservedPorts + (int)(number & (uint)(SharingRatio - 1)) * PortsPerAddress;
        (first, last) = ((ushort)begin, (ushort)(begin + PortsPerAddress - 1));
        return true;
    }

    /// <summary>Finds the machine that a port belongs to.</summary>
    /// <returns>False if the address is none of the map's or the port belongs to nobody.</returns>
    public bool TryGetInside(IPv4Address outside, ushort port, out IPv4Address inside)
    {
        inside = default;
        int place = (port - ReservedPorts) / PortsPerAddress;
        if (!Outside.Contains(outside) || port < ReservedPorts || place >= SharingRatio)
        {
            return false;
        }

        uint shared = outside.Value - Outside.Address.Value;
        inside = new IPv4Address(Inside.Address.Value + (shared << RatioLog2) + (uint)place);
        return true;
    }
}
