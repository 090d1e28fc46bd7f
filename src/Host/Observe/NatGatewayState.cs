using System.Numerics;
using Weft.Host.Config;
using Weft.Host.Datapath;
using Weft.Host.Datapath.Translation;
using Weft.Nat;
using Weft.Packets;

namespace Weft.Host.Observe;

/// <summary>Pictures of gateways, and what a twin knows from them.</summary>
internal static class NatGatewayState
{
    public static IEnumerable<NatGatewaySnapshot> Capture(SwitchCore core) => core.Gateways.All.Select(gateway => new NatGatewaySnapshot
    {
        Name = gateway.Plan.Name,
        Router = core.Plan.Routers[gateway.Plan.Router].Name,
        Source = gateway.Plan.Learns ? "cluster" : gateway.Owners is null ? "routes" : "configuration",
        Owners = [.. OwnersOf(gateway)],
        Sent = gateway.Engine.Tunnel.Counters.Sent,
        Readdressed = gateway.Readdressed,
        Unowned = gateway.Engine.Unowned,
        TooBig = gateway.Engine.Tunnel.Counters.TooBig,
    });

    /// <summary>The plan for a twin, which knows the owners that its original learned and asks no cluster.</summary>
    public static SwitchPlan WithOwnersOf(SwitchPlan plan, SwitchSnapshot? state) => plan with
    {
        NatGateways = [.. plan.NatGateways.Select(gateway => !gateway.Learns ? gateway : gateway with
        {
            Owners = [.. state?.NatGateways.FirstOrDefault(known => known.Name == gateway.Name)?.Owners.Select(OwnerOf) ?? []],
        })],
    };

    private static IEnumerable<PortOwnerSnapshot> OwnersOf(NatGateway gateway) =>
        (gateway.Owners?.Blocks ?? []).OrderBy(known => known.Owner.Block.Address.Value).ThenBy(known => known.Owner.Block.First)
            .Select(known => new PortOwnerSnapshot(known.Owner.Block.Address.ToString(), known.Owner.Block.First, known.Owner.Block.Last, new TunnelAddress(known.Owner.Host), known.Name, known.Owner.Block.LeaseEpoch));

    private static PortOwner OwnerOf(PortOwnerSnapshot owner) =>
        new(new PortBlock(IPv4Address.Parse(owner.Address), (ushort)owner.First, (byte)BitOperations.Log2((uint)(owner.Last - owner.First + 1)), owner.Lease), owner.Host.V6);
}
