using Weft.Host.Config;

namespace Weft.Host.Observe;

/// <summary>Where a node of a bridge pair is.</summary>
/// <param name="Pair">Number of the pair.</param>
/// <param name="Node">Number of the node.</param>
/// <param name="Address">Its tunnel endpoint.</param>
public sealed record ClusterBridgeNodeSnapshot(ulong Pair, int Node, TunnelAddress Address);
