using Weft.Host.Control;
using Weft.Host.Observe;

namespace Weft.Cli.Views;

/// <summary>Address translation and load balancing as tables.</summary>
internal static class NatView
{
    public static void Nats(SwitchSnapshot snapshot, ShowTopic topic)
    {
        if (topic is ShowTopic.All or ShowTopic.Nat)
        {
            Terminal.Write("Address translation", Tables.Of(
                snapshot.Nats,
                ("nat", n => n.Name),
                ("router", n => n.Router),
                ("#entries", n => Tables.Count(n.Entries)),
                ("#machines", n => Tables.Count(n.Machines)),
                ("#outbound", n => Tables.Count(n.Outbound)),
                ("#inbound", n => Tables.Count(n.Inbound)),
                ("#hairpinned", n => Tables.Count(n.Hairpinned)),
                ("#from tunnel", n => Tables.Count(n.Decapsulated)),
                ("#redirected", n => Tables.Count(n.Redirected)),
                ("#refused", n => Tables.Count(n.Refused))));
        }

        if (topic is ShowTopic.All or ShowTopic.Nat or ShowTopic.NatBlocks)
        {
            Terminal.Write("Blocks of ports", Tables.Of(
                snapshot.Nats.SelectMany(nat => nat.Blocks.Select(block => (Nat: nat.Name, Block: block))).ToArray(),
                ("nat", b => b.Nat),
                ("address", b => b.Block.Address),
                ("ports", b => $"{b.Block.First}-{b.Block.Last}"),
                ("#free", b => Tables.Count(b.Block.Free)),
                ("#used", b => Tables.Count(b.Block.Used)),
                ("#resting", b => Tables.Count(b.Block.Resting)),
                ("state", b => b.Block.IsDraining ? "draining" : "in use")));
        }

        if (topic == ShowTopic.NatSessions)
        {
            Terminal.Write("Mappings and sessions", Tables.Of(
                snapshot.Nats.SelectMany(nat => nat.Sessions.Select(session => (Nat: nat.Name, Session: session))).ToArray(),
                ("nat", s => s.Nat),
                ("protocol", s => s.Session.Protocol),
                ("inside", s => s.Session.Inside),
                ("outside", s => s.Session.Outside),
                ("remote", s => s.Session.Remote ?? "any"),
                ("#last used", s => s.Session.IsStatic ? "static" : $"{Tables.Number(s.Session.IdleSeconds)} s ago")));
        }
    }

    public static void Gateways(SwitchSnapshot snapshot, ShowTopic topic)
    {
        if (topic is ShowTopic.All or ShowTopic.Nat)
        {
            Terminal.Write("Gateways of shared addresses", Tables.Of(
                snapshot.NatGateways,
                ("gateway", g => g.Name),
                ("router", g => g.Router),
                ("owners from", g => g.Source),
                ("#blocks", g => Tables.Count(g.Owners.Count)),
                ("#sent", g => Tables.Count(g.Sent)),
                ("#sent on", g => Tables.Count(g.Readdressed)),
                ("#no owner", g => Tables.Count(g.Unowned)),
                ("#too big", g => Tables.Count(g.TooBig))));
        }

        if (topic is ShowTopic.NatOwners)
        {
            Terminal.Write("Owners of ports", Tables.Of(
                snapshot.NatGateways.SelectMany(gateway => gateway.Owners.Select(owner => (Gateway: gateway.Name, Owner: owner))).ToArray(),
                ("gateway", o => o.Gateway),
                ("address", o => o.Owner.Address),
                ("ports", o => $"{o.Owner.First}-{o.Owner.Last}"),
                ("host", o => o.Owner.Host.ToString()),
                ("name", o => o.Owner.Name ?? "-"),
                ("#lease", o => $"{o.Owner.Lease}")));
        }
    }

    public static void Lbs(SwitchSnapshot snapshot, ShowTopic topic)
    {
        if (topic is ShowTopic.All or ShowTopic.Lb or ShowTopic.LbFlows)
        {
            Terminal.Write("Ways back to load balancers", Tables.Of(
                snapshot.Lbs,
                ("lb", l => l.Name),
                ("router", l => l.Router),
                ("#flows", l => Tables.Count(l.Flows)),
                ("#redirected", l => Tables.Count(l.Redirected)),
                ("#routed", l => Tables.Count(l.Routed))));
        }

        if (topic == ShowTopic.LbFlows)
        {
            Flows(snapshot);
        }

        if (topic is ShowTopic.All or ShowTopic.Lb or ShowTopic.LbMembers)
        {
            Terminal.Write("Load balancers", Tables.Of(
                snapshot.Lbs.SelectMany(lb => lb.Members.Select(member => (Lb: lb.Name, Member: member))).ToArray(),
                ("lb", m => m.Lb),
                ("member", m => m.Member.Name),
                ("mac", m => m.Member.Mac.ToString()),
                ("state", m => m.Member.State),
                ("#flows", m => Tables.Count(m.Member.Flows))));
        }
    }

    private static void Flows(SwitchSnapshot snapshot)
    {
        Terminal.Write("Flows", Tables.Of(
            snapshot.Lbs.SelectMany(lb => lb.FlowList.Select(flow => (Lb: lb.Name, Flow: flow))).ToArray(),
            ("lb", f => f.Lb),
            ("protocol", f => f.Flow.Protocol),
            ("client", f => f.Flow.Client),
            ("server", f => f.Flow.Server),
            ("load balancer", f => f.Flow.LoadBalancer ?? "removed"),
            ("state", f => f.Flow.State),
            ("#last packet", f => $"{Tables.Count(f.Flow.IdleSeconds)} s ago")));
        foreach (LbSnapshot lb in snapshot.Lbs.Where(lb => lb.FlowsNotListed > 0))
        {
            Terminal.WriteLine($"  {lb.Name}: and {Tables.Count(lb.FlowsNotListed)} more");
        }
    }
}
