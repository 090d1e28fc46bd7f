using Weft.Host.Config;
using Weft.Packets;

namespace Weft.Host.Observe;

/// <summary>One neighbour of a virtual router.</summary>
/// <param name="Router">Name of the router.</param>
/// <param name="Segment">Segment of the interface.</param>
/// <param name="Address">Address of the neighbour.</param>
/// <param name="Mac">Its MAC address, null while unknown.</param>
/// <param name="State">As in <see cref="NeighborSnapshot"/>.</param>
/// <param name="ReachableSeconds">Seconds for which the last confirmation still holds, 0 if it does not.</param>
public sealed record RouterNeighborSnapshot(string Router, string Segment, TunnelAddress Address, MacAddress? Mac, string State, double ReachableSeconds);
