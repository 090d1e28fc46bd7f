using Weft.Host.Config.Document;

namespace Weft.Host.Config.Shapes;

/// <summary>The keys of a neighbour that is configured.</summary>
internal static class NeighborShape
{
    public static Shape<NeighborSection> Shape { get; } = new(
        "neighbor",
        "A neighbour of a tunnel endpoint or router that is not asked for by ARP or ND.",
        new ScalarField<NeighborSection, TunnelAddress>("address", "Its address, within the network of the endpoint or interface.", Scalars.Address, (s, v) => s.Address = v).Required(),
        new ScalarField<NeighborSection, Packets.MacAddress>("mac", "Its MAC address.", Scalars.Mac, (s, v) => s.Mac = v).Required());
}
