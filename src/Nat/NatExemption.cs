using Weft.Packets;

namespace Weft.Nat;

/// <summary>Destinations that packets are sent to as they are (RFC 6888 REQ-6).</summary>
/// <param name="Destination">Addresses.</param>
/// <param name="FirstPort">First port of UDP, TCP or SCTP.</param>
/// <param name="LastPort">Last port; with the defaults, every packet to these addresses is exempt, whatever its protocol.</param>
public readonly record struct NatExemption(IPv4Prefix Destination, ushort FirstPort = 0, ushort LastPort = ushort.MaxValue)
{
    private bool HasPorts => FirstPort != 0 || LastPort != ushort.MaxValue;

    internal bool Covers(in NatPacket at) =>
        Destination.Contains(at.Destination)
        && (!HasPorts || (at.Protocol != IpProtocol.Icmp && at.DestinationPort >= FirstPort && at.DestinationPort <= LastPort));
}
