using Weft.Packets;

namespace Weft.Host.Config;

/// <summary>How packets for shared ports reach the host that owns them.</summary>
/// <param name="Prefix">Prefix of 64 bits of the address plan.</param>
/// <param name="Source">Address that this host sends redirected packets from; one of the router's.</param>
/// <param name="Hosts">Where the tunnel addresses of all hosts are, and those of gateways are not.</param>
/// <param name="MtuBytes">Largest outer packet.</param>
public sealed record NatTunnelPlan(IPv6Prefix Prefix, IPv6Address Source, IPv6Prefix Hosts, int MtuBytes);
