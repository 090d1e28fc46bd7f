using Weft.Host.Config.Document;

namespace Weft.Host.Config.Shapes;

/// <summary>The keys of a pair of bridge nodes as a host of the overlay sees it.</summary>
internal static class BridgePairShape
{
    /// <summary>UDP port of requests to hosts, if nothing else is said.</summary>
    public const int DefaultPort = 8972;

    public static Shape<BridgePairSection> Shape { get; } = new(
        "bridge pair",
        "A pair of bridge nodes that may ask this switch, as a host of the overlay, to forget or re-point addresses when one takes over from the other.",
        new ScalarField<BridgePairSection, int>("id", "Number of the pair.", Scalars.Integer(1, int.MaxValue), (s, v) => s.Id = v).Required(),
        new ScalarField<BridgePairSection, string>("vtep", "Name of the tunnel endpoint that the nodes know.", Scalars.Name, (s, v) => s.Vtep = v).Required(),
        new ScalarListField<BridgePairSection, TunnelAddress>("nodes", "Tunnel endpoints of the two nodes; both are peers of the segments that they bridge.", Scalars.Address, 2, "found in the cluster's store, which needs etcd", s => s.Nodes),
        new ScalarField<BridgePairSection, string>("keyFile", "File with the secret that the nodes share with the hosts ('hostKeyFile' there), 16 bytes at least.", Scalars.Path, (s, v) => s.KeyFile = v).IfAbsent("requests are not authenticated"),
        new ScalarField<BridgePairSection, int>("port", "UDP port of requests ('hostPort' there).", Scalars.Integer(1024, 65535), (s, v) => s.Port = v).Default(DefaultPort));
}
