using Weft.Host.Config;
using Weft.Host.Datapath.Sharing;
using Weft.Packets;

namespace Weft.Host.Datapath.Translation;

/// <summary>All gateways of a switch, found by router.</summary>
internal sealed class NatGateways : IDisposable
{
    private readonly NatGateway?[] _ofRouter;

    public NatGateways(SwitchPlan plan, Routing.Routers routers, HashSeed seed, Func<BlockOwners>? learned, NatGateways? earlier)
    {
        All = [.. plan.NatGateways.Select(gateway => new NatGateway(gateway, routers, seed, gateway.Learns ? learned?.Invoke() : null, Find(earlier, gateway.Name)))];
        _ofRouter = [.. plan.Routers.Select((_, router) => Array.Find(All, gateway => gateway.Plan.Router == router))];
    }

    /// <summary>All of them, in the order of the configuration.</summary>
    public NatGateway[] All { get; }

    /// <summary>The one of a router, if it has one.</summary>
    public NatGateway? Of(int router) => _ofRouter[router];

    /// <summary>Goes on where the gateways of the same names in the configuration before stop.</summary>
    public void TakeOver(NatGateways old)
    {
        foreach (NatGateway gateway in All)
        {
            if (Find(old, gateway.Plan.Name) is NatGateway before)
            {
                gateway.TakeOver(before);
            }
        }
    }

    public void Dispose() => Array.ForEach(All, gateway => gateway.Dispose());

    private static NatGateway? Find(NatGateways? all, string name) => all is null ? null : Array.Find(all.All, known => known.Plan.Name == name);
}
