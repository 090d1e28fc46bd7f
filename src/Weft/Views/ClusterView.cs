using Weft.Host.Observe;

namespace Weft.Cli.Views;

/// <summary>What hosts share, as tables.</summary>
internal static class ClusterView
{
    public static void Write(ClusterMemberSnapshot? cluster)
    {
        if (cluster is null)
        {
            Terminal.WriteLine("This host is in no cluster.");
            return;
        }

        Terminal.Write("Cluster", Tables.Of(
            [cluster],
            ("host", known => known.Host),
            ("store", known => known.Store),
            ("place", known => known.Place.Length > 0 ? known.Place : "-"),
            ("#revision", known => Tables.Count(known.Revision)),
            ("#silent s", known => known.SilentSeconds is double silent ? $"{silent:F1}" : "never answered"),
            ("#lease s", known => $"{known.LeaseSeconds:F1}"),
            ("#requests", known => Tables.Count(known.Requests)),
            ("#failures", known => Tables.Count(known.Failures)),
            ("#watches resumed", known => Tables.Count(known.WatchesResumed))));
        Terminal.Write("Endpoints of virtual networks", Tables.Of(
            cluster.Endpoints,
            ("#vni", endpoint => $"{endpoint.Vni}"),
            ("address", endpoint => endpoint.Address.ToString()),
            ("host", endpoint => endpoint.Host)));
        if (cluster.BridgeNodes.Count > 0)
        {
            Terminal.Write("Nodes of bridge pairs", Tables.Of(
                cluster.BridgeNodes,
                ("#pair", node => $"{node.Pair}"),
                ("#node", node => $"{node.Node}"),
                ("endpoint", node => node.Address.ToString())));
        }

        if (cluster.Blocks.Count > 0)
        {
            Terminal.Write("Leased blocks of ports", Tables.Of(
                cluster.Blocks,
                ("nat", blocks => blocks.Nat),
                ("#held", blocks => $"{blocks.Held}"),
                ("#ready", blocks => $"{blocks.Ready}"),
                ("#lease s", blocks => $"{blocks.LeaseSeconds:F1}"),
                ("#conflicts", blocks => Tables.Count(blocks.Conflicts)),
                ("#exhausted", blocks => Tables.Count(blocks.Exhausted)),
                ("#lost", blocks => Tables.Count(blocks.Lost))));
        }
    }
}
