using Weft.Host.Config;

namespace Weft.Host.Datapath.Routing;

/// <summary>What the longest prefix says about a destination.</summary>
/// <param name="Kind">What it leads to.</param>
/// <param name="Prefix">The prefix.</param>
/// <param name="Interface">The interface it leaves by, -1 if it does not.</param>
/// <param name="Local">The router's own address in the network it leaves by, -1 if it does not.</param>
/// <param name="Neighbor">The next hop's number at that address, -1 if the destination is its own.</param>
/// <param name="Hop">The next hop in words.</param>
internal sealed record RouteTarget(RouteKind Kind, NetworkAddress Prefix, int Interface = -1, int Local = -1, int Neighbor = -1, TunnelAddress? Hop = null)
{
    /// <summary>True if packets leave by an interface.</summary>
    public bool Forwards => Kind is RouteKind.Connected or RouteKind.Via;
}
