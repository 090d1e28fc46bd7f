using Weft.Host.Config;
using Weft.Packets;

namespace Weft.Host.Observe;

/// <summary>One neighbour of a tunnel endpoint.</summary>
/// <param name="Vtep">Name of the tunnel endpoint.</param>
/// <param name="Address">Address of the neighbour.</param>
/// <param name="Mac">Its MAC address, null while unknown.</param>
/// <param name="State"><c>idle</c>, <c>incomplete</c>, <c>reachable</c>, <c>stale</c>, <c>probe</c>, <c>failed</c> or <c>static</c>; see RFC 4861 section 7.3.2.</param>
/// <param name="ReachableSeconds">Seconds for which the last confirmation still holds, 0 if it does not.</param>
public sealed record NeighborSnapshot(string Vtep, TunnelAddress Address, MacAddress? Mac, string State, double ReachableSeconds);
