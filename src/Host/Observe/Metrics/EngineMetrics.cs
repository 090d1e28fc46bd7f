using static Weft.Host.Observe.SwitchMetrics;

namespace Weft.Host.Observe;

/// <summary>Metrics of engines: tunnels, NAT, load balancers, intrusion detection, multicast, machines, mesh, analytics, cluster.</summary>
internal static class EngineMetrics
{
    private const string Tunnel = "weft.vtep", Nat = "weft.nat", Lb = "weft.lb", Ids = "weft.ids", Fate = "weft.frame.fate", Service = "weft.service", Direction = "network.io.direction";

    public static IReadOnlyList<SwitchMetric> All { get; } =
    [
        Counter("weft.tunnel.frames", "{packet}", "Frames and fragments of a tunnel endpoint.", s => s.Tunnels.SelectMany(t => Labelled(
            Tunnel, t.Vtep, Fate, ("sent-whole", t.SentWhole), ("cut", t.Fragmented), ("fragments-sent", t.FragmentsSent), ("delivered", t.Delivered), ("fragments-received", t.FragmentsReceived), ("reassembled", t.Reassembled), ("expired", t.Expired)))),
        Counter("weft.tunnel.peer.frames", "{packet}", "Frames to and from a peer of a tunnel endpoint, as machines send them.", s => s.Tunnels.SelectMany(t => t.Paths.SelectMany(p => (MetricValue[])
            [Of(p.SentFrames, (Tunnel, t.Vtep), ("weft.peer", p.Peer.ToString()), (Direction, "transmit")), Of(p.ReceivedFrames, (Tunnel, t.Vtep), ("weft.peer", p.Peer.ToString()), (Direction, "receive"))]))),
        Counter("weft.segment.frames", "{packet}", "Frames that came into a segment.", s => s.Segments.Select(x => Of(x.Frames, ("weft.segment", x.Name)))),
        Gauge("weft.tunnel.path.mtu", "By", "Smallest path MTU towards a peer of a tunnel endpoint.", s => s.Tunnels.Select(t => Of(t.PathMtuBytes, (Tunnel, t.Vtep)))),
        Counter("weft.esp.packets", "{packet}", "Packets of security associations.", s => s.Associations.Select(a => Of(a.Packets, (Tunnel, a.Vtep), ("weft.peer", a.Peer.ToString()), ("weft.esp.direction", a.Direction), ("weft.esp.spi", $"0x{a.Spi:x8}")))),
        Counter("weft.esp.refused", "{packet}", "Sealed packets that were replayed, forged or refused otherwise.", s => s.Associations.SelectMany(a => Labelled(
            "weft.esp.spi", $"0x{a.Spi:x8}", "weft.esp.refusal", ("replayed", a.Replayed), ("forged", a.Forged), ("other", a.OtherRefusals)))),
        Gauge("weft.bridge.forwards", "1", "1 if a bridge node forwards, else 0.", s => s.Bridges.Select(b => Of(b.Forwards ? 1 : 0, ("weft.bridge", b.Name)))),
        Counter("weft.bridge.promotions", "{promotion}", "Times that a bridge node took the role.", s => s.Bridges.Select(b => Of(b.Promotions, ("weft.bridge", b.Name)))),
        Counter("weft.nat.packets", "{packet}", "Packets of address translation.", s => s.Nats.SelectMany(n => Labelled(
            Nat, n.Name, Fate, ("outbound", n.Outbound), ("inbound", n.Inbound), ("hairpinned", n.Hairpinned), ("redirected", n.Redirected), ("decapsulated", n.Decapsulated), ("refused", n.Refused)))),
        Gauge("weft.nat.sessions", "{session}", "Sessions and mappings of address translation.", s => s.Nats.Select(n => Of(n.Entries, (Nat, n.Name)))),
        Gauge("weft.nat.ports", "{port}", "Ports of address translation's blocks.", s => s.Nats.SelectMany(n => Labelled(
            Nat, n.Name, "weft.nat.port.state", ("free", n.Blocks.Sum(b => b.Free)), ("used", n.Blocks.Sum(b => b.Used)), ("resting", n.Blocks.Sum(b => b.Resting))))),
        Counter("weft.nat.gateway.packets", "{packet}", "Packets of gateways of shared addresses.", s => s.NatGateways.SelectMany(g => Labelled(
            "weft.nat.gateway", g.Name, Fate, ("sent", g.Sent), ("sent-on", g.Readdressed), ("no-owner", g.Unowned), ("too-big", g.TooBig)))),
        Gauge("weft.lb.flows", "{flow}", "Flows of a load balancer.", s => s.Lbs.SelectMany(l => l.Members.Select(m => Of(m.Flows, (Lb, l.Name), ("weft.lb.member", m.Name))))),
        Counter("weft.lb.packets", "{packet}", "Replies that went to their load balancer, and packets that were routed on.", s => s.Lbs.SelectMany(l => Labelled(Lb, l.Name, Fate, ("redirected", l.Redirected), ("routed", l.Routed)))),
        Counter("weft.ids.packets", "{packet}", "Frames that a sensor inspected and what it did to them.", s => s.Ids.SelectMany(i => Labelled(
            Ids, i.Name, Fate, ("inspected", i.Inspected), ("not-inspected", i.NotInspected), ("dropped", i.Dropped), ("changed", i.Changed), ("rejected", i.Rejected), ("lost", i.FramesLost)))),
        Counter("weft.ids.alerts", "{alert}", "Alerts of a sensor, and those that were lost or suppressed.", s => s.Ids.SelectMany(i => Labelled(
            Ids, i.Name, "weft.ids.alert.fate", ("raised", i.Alerts), ("lost", i.AlertsLost), ("suppressed", i.AlertsSuppressed)))),
        Counter("weft.ids.records", "{record}", "Messages and ends of conversations for EVE JSON, and those for which the queue to its writer had no room.", s => s.Ids.SelectMany(i => Labelled(
            Ids, i.Name, "weft.ids.record.fate", ("queued", i.Records), ("lost", i.RecordsLost)))),
        Gauge("weft.ids.rules", "{rule}", "Rules that a sensor uses, and those that it left out.", s => s.Ids.SelectMany(i => Labelled(Ids, i.Name, "weft.ids.rule.state", ("used", i.Rules), ("left-out", i.RulesLeftOut)))),
        Counter("weft.multicast.packets", "{packet}", "Multicast packets by the path that they took, and their copies.", s => s.Multicast is null ? [] : Named(
            Fate, ("fast", s.Multicast.Counters.FastPath), ("slow", s.Multicast.Counters.SlowPath), ("replicas", s.Multicast.Counters.Replicas), ("no-listener", s.Multicast.Counters.NoListener))),
        Counter("weft.multicast.messages", "{message}", "Messages of IGMP and MLD.", s => s.Multicast is null ? [] : Named(
            "weft.multicast.message", ("report", s.Multicast.Counters.Reports), ("query", s.Multicast.Counters.Queries), ("own-query", s.Multicast.Counters.QueriesSent))),
        Gauge("weft.machines", "{machine}", "Machines with services of their own.", s => [Of(s.Machines.Count)]),
        Gauge("weft.machine.flows", "{flow}", "Flows of all machines.", s => [Of(s.Machines.Sum(m => m.Flows))]),
        Counter("weft.service.packets", "{packet}", "Packets of services, all machines together.", s => s.Machines.SelectMany(m => m.Services).GroupBy(x => x.Name).SelectMany(x => Labelled(
            Service, x.Key, Fate, ("seen", x.Sum(y => y.Packets)), ("dropped", x.Sum(y => y.Dropped)), ("consumed", x.Sum(y => y.Consumed)), ("bypassed", x.Sum(y => y.Bypassed))))),
        Counter("weft.service.faults", "{fault}", "Faults of services, all machines together.", s => s.Machines.SelectMany(m => m.Services).GroupBy(x => x.Name).Select(x => Of(x.Sum(y => y.Faults), (Service, x.Key)))),
        Counter("weft.mesh.packets", "{packet}", "Packets that the mesh redirected, restored, passed and dropped.", s => s.Mesh is null ? [] : Named(
            Fate, ("redirected", s.Mesh.Redirected), ("restored", s.Mesh.Restored), ("passed", s.Mesh.Passed), ("dropped", s.Mesh.Dropped))),
        Gauge("weft.mesh.flows", "{flow}", "Connections of the mesh.", s => s.Mesh is null ? [] : [Of(s.Mesh.Flows)]),
        Gauge("weft.alarms", "{alarm}", "Alarms that are neither cleared nor shelved.", s => s.Analytics is null ? [] : s.Analytics.Alarms.Where(a => !a.IsCleared && !a.IsShelved)
            .GroupBy(a => a.Severity).Select(a => Of(a.Count(), ("weft.alarm.severity", a.Key)))),
        Gauge("weft.segmentation.quotient", "1", "How well the network is segmented, from 0 to 1.", s => s.Analytics?.Quotients is null ? [] : s.Analytics.Quotients.Entities
            .Where(e => e.Type != "machine").Select(e => Of(e.Quotient / 100, ("weft.segmentation.type", e.Type), ("weft.segmentation.name", e.Name)))),
        Counter("weft.flow.reports", "{report}", "Reports of conversations (IPFIX).", s => s.Analytics?.Flows is null ? [] : [Of(s.Analytics.Flows.Reported)]),
        Counter("weft.cluster.requests", "{request}", "Requests to the store that hosts share, and those that failed.", s => s.Cluster is null ? [] : Named("weft.cluster.outcome", ("asked", s.Cluster.Requests), ("failed", s.Cluster.Failures))),
        Gauge("weft.cluster.silence", "s", "Time since the store answered last.", s => s.Cluster?.SilentSeconds is double silent ? [Of(silent)] : []),
        Counter("weft.sase.packets", "{packet}", "Packets to and from tunnels of a point of presence.", s => s.Sase is null ? [] : Named(Fate, ("to-tunnel", s.Sase.ToTunnel), ("from-tunnel", s.Sase.FromTunnel), ("redirected", s.Sase.Redirected))),
    ];

    private static IEnumerable<MetricValue> Named(string label, params (string Word, long Value)[] values) => values.Select(value => Of(value.Value, (label, value.Word)));

    private static IEnumerable<MetricValue> Labelled(string owner, string name, string label, params (string Word, long Value)[] values) =>
        values.Select(value => Of(value.Value, (owner, name), (label, value.Word)));
}
