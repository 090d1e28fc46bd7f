using Weft.Host.Control;
using Weft.Host.Observe;

namespace Weft.Cli.Views;

/// <summary>A snapshot as tables.</summary>
internal static class SnapshotView
{
    /// <param name="snapshot">What to show.</param>
    /// <param name="topic">Which part of it.</param>
    /// <param name="overSeconds">Time that rates are taken over.</param>
    public static void Write(SwitchSnapshot snapshot, ShowTopic topic, double? overSeconds = null)
    {
        bool Wants(ShowTopic part) => topic == ShowTopic.All || topic == part;

        if (Wants(ShowTopic.Ports))
        {
            Ports(snapshot, overSeconds ?? snapshot.UptimeSeconds);
        }

        if (Wants(ShowTopic.Stages))
        {
            Stages(snapshot);
        }

        if (topic == ShowTopic.Workers || (topic == ShowTopic.All && snapshot.Workers.Count > 1))
        {
            WorkerView.Write(snapshot);
        }

        if (topic is ShowTopic.All or ShowTopic.Workers)
        {
            ReloadView.Write(snapshot.LastReload);
        }

        if (Wants(ShowTopic.Drops))
        {
            Drops(snapshot);
        }

        if (Wants(ShowTopic.Segments))
        {
            Segments(snapshot);
        }

        if (Wants(ShowTopic.Tunnels))
        {
            Tunnels(snapshot);
            Paths(snapshot);
        }

        if (Wants(ShowTopic.Sas) && (snapshot.Associations.Count > 0 || topic == ShowTopic.Sas))
        {
            Associations(snapshot);
        }

        if (topic == ShowTopic.Crypto)
        {
            Crypto(snapshot);
        }

        if (topic == ShowTopic.Bridge || (topic == ShowTopic.All && snapshot.Bridges.Count + snapshot.AwaitedBridges.Count + snapshot.FlushListeners.Count > 0))
        {
            BridgeView.Write(snapshot);
        }

        if (topic == ShowTopic.Ids || (topic == ShowTopic.All && snapshot.Ids.Count > 0))
        {
            IdsView.Write(snapshot);
        }

        if (topic is ShowTopic.All or ShowTopic.Multicast or ShowTopic.MulticastGroups or ShowTopic.MulticastFlows)
        {
            MulticastView.Write(snapshot.Multicast, topic);
        }

        if (topic == ShowTopic.Guard || (topic == ShowTopic.All && snapshot.Guard is not null))
        {
            GuardView.Write(snapshot.Guard);
        }

        if (topic is ShowTopic.Acl or ShowTopic.AclConnections || (topic == ShowTopic.All && snapshot.Acl is not null))
        {
            AclView.Write(snapshot.Acl, topic);
        }

        if (topic == ShowTopic.Qos || (topic == ShowTopic.All && snapshot.Qos.Count + snapshot.EgressQueues.Count > 0))
        {
            QosView.Policies(snapshot.Qos);
            QosView.Queues(snapshot.EgressQueues);
        }

        if (topic == ShowTopic.Mirrors || (topic == ShowTopic.All && snapshot.Mirrors.Count > 0))
        {
            QosView.Mirrors(snapshot.Mirrors);
        }

        if (topic == ShowTopic.DhcpRelays || (topic == ShowTopic.All && snapshot.DhcpRelays.Count > 0))
        {
            DhcpRelayView.Write(snapshot.DhcpRelays);
        }

        if (topic == ShowTopic.Bonds || (topic == ShowTopic.All && snapshot.Bonds.Count > 0))
        {
            LinkView.Bonds(snapshot.Bonds);
        }

        if (topic == ShowTopic.Lldp || (topic == ShowTopic.All && snapshot.Lldp is not null))
        {
            LinkView.Lldp(snapshot.Lldp);
        }

        if (Wants(ShowTopic.Fdb))
        {
            Fdb(snapshot);
            Learning(snapshot.Learning);
        }

        if (Wants(ShowTopic.Neighbors))
        {
            Neighbors(snapshot);
            Suppression(snapshot.Suppression);
            if (snapshot.RouterInterfaces.Count > 0)
            {
                RouterView.Neighbors(snapshot);
            }
        }

        if (topic is ShowTopic.Nat or ShowTopic.NatBlocks or ShowTopic.NatSessions || (topic == ShowTopic.All && snapshot.Nats.Count > 0))
        {
            NatView.Nats(snapshot, topic);
        }

        if (topic == ShowTopic.NatOwners || (topic is ShowTopic.Nat or ShowTopic.All && snapshot.NatGateways.Count > 0))
        {
            NatView.Gateways(snapshot, topic);
        }

        if (topic is ShowTopic.Lb or ShowTopic.LbFlows or ShowTopic.LbMembers || (topic == ShowTopic.All && snapshot.Lbs.Count > 0))
        {
            NatView.Lbs(snapshot, topic);
        }

        if (topic == ShowTopic.Sase || (topic == ShowTopic.All && snapshot.Sase is not null))
        {
            SaseView.Write(snapshot);
        }

        if (topic == ShowTopic.Services || (topic == ShowTopic.All && snapshot.Machines.Count > 0))
        {
            ServicesView.Write(snapshot);
        }

        if (topic == ShowTopic.Cluster || (topic == ShowTopic.All && snapshot.Cluster is not null))
        {
            ClusterView.Write(snapshot.Cluster);
        }

        if (topic is ShowTopic.Mesh or ShowTopic.MeshFlows || (topic == ShowTopic.All && snapshot.Mesh is not null))
        {
            MeshView.Write(snapshot, topic);
        }

        if (topic is ShowTopic.Alarms or ShowTopic.Anomalies or ShowTopic.Behaviours or ShowTopic.Quotients || (topic == ShowTopic.All && snapshot.Analytics is not null))
        {
            AnalyticsView.Write(snapshot, topic);
        }

        if (topic == ShowTopic.Routes || (topic == ShowTopic.All && snapshot.RouterInterfaces.Count > 0))
        {
            RouterView.Routes(snapshot);
        }

        if (Wants(ShowTopic.Ports))
        {
            Terminal.WriteLine();
            FrameTotals totals = snapshot.Totals;
            Terminal.WriteLine(
                $"received {Tables.Count(totals.Received)} + made {Tables.Count(totals.Generated)} = sent {Tables.Count(totals.Sent)} + dropped {Tables.Count(totals.Dropped)} + consumed {Tables.Count(totals.Consumed)} + held {Tables.Count(totals.Held)}");
        }
    }

    private static void Ports(SwitchSnapshot snapshot, double seconds)
    {
        PortTable(snapshot, seconds);
        foreach (PortSnapshot port in snapshot.Ports.Where(port => port.Problem is not null))
        {
            Terminal.WriteLine($"  {port.Name}: {port.Problem}");
        }

        foreach (PortSnapshot port in snapshot.Ports.Where(port => port.Shutdown is not null))
        {
            string end = port.Shutdown!.RecoversInSeconds is double left ? $"opens in {Tables.Number(left)} s" : "stays shut until somebody says 'weft port enable'";
            Terminal.WriteLine($"  {port.Name}: shut for {Tables.Number(port.Shutdown.Seconds)} s because of {port.Shutdown.Cause}; {end}");
        }

        if (snapshot.LoopGuard is LoopGuardSnapshot loops)
        {
            Terminal.WriteLine($"loop guard: probes sent {Tables.Count(loops.Sent)}, come back {Tables.Count(loops.Returned)}, too late {Tables.Count(loops.Late)}, forged {Tables.Count(loops.Forged)}");
        }
    }

    private static void PortTable(SwitchSnapshot snapshot, double seconds) => Terminal.Write("Ports", Tables.Of(
        snapshot.Ports,
        ("port", p => p.Name),
        ("driver", p => p.Driver),
        ("role", p => Word(p.Role)),
        ("status", p => p.Shutdown is null ? Word(p.Status) : $"shut: {p.Shutdown.Cause}"),
        ("#rx frames", p => Tables.Count(p.ReceivedFrames)),
        ("#rx bytes", p => Tables.Count(p.ReceivedBytes)),
        ("#rx/s", p => Rate(p.ReceivedFrames, seconds)),
        ("#tx frames", p => Tables.Count(p.SentFrames)),
        ("#tx bytes", p => Tables.Count(p.SentBytes)),
        ("#tx/s", p => Rate(p.SentFrames, seconds)),
        ("#lost", p => Tables.Count(p.ReceiveLost)),
        ("#dropped", p => Tables.Count(p.Dropped))));

    private static void Stages(SwitchSnapshot snapshot) => Terminal.Write("Stages", Tables.Of(
        snapshot.Stages,
        ("stage", s => s.Name),
        ("#packets", s => Tables.Count(s.Packets)),
        ("#bytes", s => Tables.Count(s.Bytes)),
        ("#dropped", s => Tables.Count(s.Dropped)),
        ("#calls", s => Tables.Count(s.Calls)),
        ("#packets/call", s => Tables.Number(s.MeanVector)),
        ("#ns/packet", s => s.NanosecondsPerPacket == 0 ? "-" : Tables.Number(s.NanosecondsPerPacket))));

    private static void Drops(SwitchSnapshot snapshot)
    {
        if (snapshot.Drops.Count == 0)
        {
            Terminal.WriteLine("nothing was dropped");
            return;
        }

        Terminal.Write("Drops, see 'weft explain REASON'", Tables.Of(
            snapshot.Drops,
            ("stage", d => d.Stage),
            ("reason", d => d.Reason),
            ("port of ingress", d => d.Port),
            ("#packets", d => Tables.Count(d.Packets))));
    }

    private static void Segments(SwitchSnapshot snapshot) => Terminal.Write("Segments", Tables.Of(
        snapshot.Segments,
        ("segment", s => s.Name),
        ("#vlan", s => $"{s.Vlan}"),
        ("#vni", s => s.Vni is uint vni ? $"{vni}" : "-"),
        ("vtep", s => s.Vtep ?? "-"),
        ("ports", s => List(s.Members)),
        ("peers", s => List(s.Peers)),
        ("#frames", s => Tables.Count(s.Frames)),
        ("#macs", s => s.Macs is int macs ? Tables.Count(macs) : "-")));

    private static void Tunnels(SwitchSnapshot snapshot) => Terminal.Write("Tunnel endpoints", Tables.Of(
        snapshot.Tunnels,
        ("vtep", t => t.Vtep),
        ("too long", t => t.Policy),
        ("#path mtu", t => Tables.Count(t.PathMtuBytes)),
        ("#sent whole", t => Tables.Count(t.SentWhole)),
        ("#cut", t => Tables.Count(t.Fragmented)),
        ("#fragments out", t => Tables.Count(t.FragmentsSent)),
        ("#delivered", t => Tables.Count(t.Delivered)),
        ("#fragments in", t => Tables.Count(t.FragmentsReceived)),
        ("#reassembled", t => Tables.Count(t.Reassembled)),
        ("#given up", t => Tables.Count(t.Expired)),
        ("#waiting", t => Tables.Count(t.FragmentsWaiting))));

    private static void Paths(SwitchSnapshot snapshot) => Terminal.Write("Tunnel paths", Tables.Of(
        [.. snapshot.Tunnels.SelectMany(tunnel => tunnel.Paths, (tunnel, path) => (tunnel.Vtep, Path: path))],
        ("vtep", p => p.Vtep),
        ("peer", p => p.Path.Peer.ToString()),
        ("#mtu", p => Tables.Count(p.Path.MtuBytes)),
        ("#in", p => Tables.Count(p.Path.ReceivedFrames)),
        ("#out", p => Tables.Count(p.Path.SentFrames)),
        ("learned from", p => p.Path.Probed ? "probes and routers" : "routers")));

    private static void Associations(SwitchSnapshot snapshot) => Terminal.Write("Security associations", Tables.Of(
        snapshot.Associations,
        ("vtep", a => a.Vtep),
        ("peer", a => a.Peer.ToString()),
        ("direction", a => a.Direction),
        ("spi", a => $"0x{a.Spi:x8}"),
        ("algorithm", a => a.Algorithm),
        ("library", a => a.Library),
        ("#source port", a => a.SourcePort is int port ? $"{port}" : "-"),
        ("#queue", a => a.Queue is int queue ? $"{queue}" : "-"),
        ("#worker", a => $"{a.Worker}"),
        ("#packets", a => Tables.Count(a.Packets)),
        ("#bytes", a => Tables.Count(a.Bytes)),
        ("#sequence", a => $"{a.Sequence}"),
        ("#replayed", a => Tables.Count(a.Replayed)),
        ("#forged", a => Tables.Count(a.Forged)),
        ("#other refusals", a => Tables.Count(a.OtherRefusals)),
        ("state", a => a.State)));

    private static void Crypto(SwitchSnapshot snapshot) => Terminal.Write("Libraries that encrypt, the first that can is used", Tables.Of(
        snapshot.Crypto,
        ("library", c => c.Name),
        ("algorithms", c => List(c.Algorithms)),
        ("version", c => c.Description)));

    private static void Fdb(SwitchSnapshot snapshot) => Terminal.Write("MAC addresses", Tables.Of(
        snapshot.Fdb,
        ("segment", e => e.Segment),
        ("address", e => e.Mac.ToString()),
        ("behind", e => e.Port is not null ? $"port {e.Port}" : $"peer {e.Peer}"),
        ("kind", e => Kind(e)),
        ("#last seen", e => e.IsStatic ? "-" : $"{Tables.Number(e.AgeSeconds)} s ago")));

    private static string Kind(FdbEntrySnapshot entry) => entry switch
    {
        { IsStatic: true } => "static",
        { IsHeld: true } => "held",
        { IsSticky: true } => "sticky",
        _ => "learned",
    };

    private static void Learning(LearningTotals totals) => Terminal.WriteLine(
        $"learned {Tables.Count(totals.Learned)}, moved {Tables.Count(totals.Moved)}, aged {Tables.Count(totals.Aged)}, flushed {Tables.Count(totals.Flushed)}, re-pointed {Tables.Count(totals.Repointed)}; "
        + $"refused: limit {Tables.Count(totals.LimitReached)}, table full {Tables.Count(totals.TableFull)}, static {Tables.Count(totals.StaticConflict)}, sticky {Tables.Count(totals.StickyConflict)}, held {Tables.Count(totals.HeldDown)}");

    private static void Neighbors(SwitchSnapshot snapshot) => Terminal.Write("Neighbours on the underlay", Tables.Of(
        snapshot.Neighbors,
        ("vtep", n => n.Vtep),
        ("address", n => n.Address.ToString()),
        ("mac", n => n.Mac is { } mac ? mac.ToString() : "-"),
        ("state", n => n.State)));

    private static void Suppression(SuppressionTotals totals) => Terminal.WriteLine(
        $"questions in segments: answered ARP {Tables.Count(totals.AnsweredArp)}, answered ND {Tables.Count(totals.AnsweredNd)}, flooded because asked again {Tables.Count(totals.AskedAgain)}");

    private static string Rate(long count, double seconds) => seconds <= 0 ? "-" : Tables.Number(count / seconds);

    private static string List(IEnumerable<string> names) => string.Join(", ", names.DefaultIfEmpty("-"));

    private static string Word<T>(T value) where T : struct, Enum => value.ToString().ToLowerInvariant();
}
