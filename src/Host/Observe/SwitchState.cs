using System.Reflection;
using Weft.Bridge;
using Weft.Encap;
using Weft.Host.Config;
using Weft.Host.Datapath;
using Weft.Host.Datapath.Underlay;
using Weft.Host.Datapath.Workers;
using Weft.Host.Stages;
using Weft.Packets;
using Weft.Ports;

namespace Weft.Host.Observe;

/// <summary>Turns a switch into a snapshot, and what a snapshot remembers into the state of another switch.</summary>
internal static class SwitchState
{
    private const string RemovedPorts = "(removed)";

    /// <summary>Version of this assembly.</summary>
    public static string Version { get; } =
        typeof(SwitchState).Assembly.GetCustomAttribute<AssemblyInformationalVersionAttribute>()?.InformationalVersion ?? "unknown";

    /// <summary>The earliest moment that entries of a state count from; not later than <paramref name="now"/>.</summary>
    public static Timestamp OldestMoment(SwitchSnapshot? state, Timestamp now)
    {
        if (state is null)
        {
            return now;
        }

        double oldest = state.Fdb.Select(entry => entry.AgeSeconds).Concat(state.Bindings.Select(binding => binding.AgeSeconds)).DefaultIfEmpty().Max();
        return now - TimeSpan.FromSeconds(Math.Ceiling(oldest));
    }

    /// <summary>Everything that was asked for. What only the first worker has is read from its core, the rest summed.</summary>
    public static SwitchSnapshot Capture(IReadOnlyList<SwitchCore> cores, SwitchClock clock, SnapshotParts parts)
    {
        SwitchCore core = cores[WorkerLink.Home];
        List<FdbEntrySnapshot>? fdb = parts.HasFlag(SnapshotParts.Fdb) ? BridgeState.Macs(cores, clock.Now) : null;
        return new SwitchSnapshot
        {
            Name = core.Plan.Name,
            Version = Version,
            UptimeSeconds = (clock.Now - clock.Start).TotalSeconds,
            Totals = SwitchLedger.Sum(cores.Select(worker => worker.Ledger)),
            Ports = [.. core.Ports.Select((port, index) => PortOf(cores, port, index, clock.Now))],
            Stages = [.. core.Graph.Stages.Select(stage => StageOf(cores, stage))],
            Drops = [.. DropsOf(cores)],
            Workers = [.. cores.Select(WorkerState.Capture)],
            Segments = [.. core.Plan.Segments.Select((segment, index) => SegmentOf(cores, segment, index, fdb))],
            Associations = AssociationState.Capture(core),
            Crypto = AssociationState.Libraries,
            Tunnels = [.. core.Plan.Vteps.Select((vtep, index) => TunnelOf(cores, vtep, index))],
            Bridges = [.. (core.Nodes?.All ?? []).Select(node => BridgeNodeState.Capture(node, clock.Now))],
            AwaitedBridges = [.. core.Plan.AwaitedBridges.Select(bridge => new AwaitedBridgeSnapshot(bridge.Name, bridge.Id, core.Plan.Ports[bridge.Port].Name))],
            FlushListeners = [.. core.Listeners.Select(listener => BridgeNodeState.Capture(listener, core.Plan))],
            Guard = GuardState.Capture(core, clock.Now, parts),
            Acl = AclSnapshots.Capture(cores, clock.Now, parts),
            Qos = [.. QosSnapshots.Policies(cores)],
            EgressQueues = [.. QosSnapshots.Queues(cores)],
            Mirrors = [.. QosSnapshots.Mirrors(cores)],
            DhcpRelays = [.. core.Relays?.Capture() ?? []],
            Bonds = [.. LinkState.Bonds(core)],
            Lldp = LinkState.Lldp(core, clock.Now),
            LoopGuard = LinkState.LoopGuard(core),
            Learning = core.Learning,
            Suppression = core.Suppression,
            Ids = IdsState.Capture(core),
            Multicast = MulticastState.Capture(core, clock.Now, parts),
            Fdb = fdb ?? [],
            Bindings = parts.HasFlag(SnapshotParts.Bindings) ? BridgeState.Bindings(core, clock.Now) : [],
            Questions = parts.HasFlag(SnapshotParts.Bindings) ? [.. BridgeState.Questions(core, clock.Now)] : [],
            Nats = [.. NatState.Capture(core, clock.Now, parts)],
            NatGateways = [.. NatGatewayState.Capture(core)],
            Lbs = [.. NatState.CaptureLbs(core, clock.Now, parts)],
            Sase = core.Presence is null ? null : SaseState.Capture(core, core.Presence),
            Machines = [.. MachinePictures.Capture(cores, clock.Now, parts)],
            Mesh = MeshState.Capture(core, clock.Now, parts),
            RouterInterfaces = [.. RouterState.Interfaces(core)],
            Routes = parts.HasFlag(SnapshotParts.Routes) ? [.. RouterState.Routes(core)] : [],
            RouterNeighbors = parts.HasFlag(SnapshotParts.Neighbors) ? [.. RouterState.Neighbors(core, clock.Now)] : [],
            Neighbors = parts.HasFlag(SnapshotParts.Neighbors) ? [.. NeighborsOf(core, clock.Now)] : [],
        };
    }

    /// <summary>Learns what a snapshot remembers, as far as segment, port and peer exist by name.</summary>
    public static void Restore(IReadOnlyList<SwitchCore> cores, SwitchSnapshot? state, Timestamp now)
    {
        foreach (SwitchCore core in cores)
        {
            Restore(core, state, now);
        }
    }

    private static void Restore(SwitchCore core, SwitchSnapshot? state, Timestamp now)
    {
        BridgeState.Pin(core);
        core.Routers.Pin(core.Bridge.Macs);
        LinkState.Rehearse(core, state, now);
        if (state is null)
        {
            return;
        }

        BridgeState.Restore(core, state, now);
        if (core.Link.IsHome)
        {
            core.Shutdowns?.Restore(state.Ports, now);
        }

        BridgeNodeState.Restore(core, state);
        AssociationState.Restore(core, state);
        if (core.Vector.Trace is not null)
        {
            // The switch itself hands over what it knows, deadlines included.
            core.Tunnels.PathMtus.Restore(state);
        }

        GuardState.Restore(core, state, now);
        AclSnapshots.Restore(core, state, now);
        MulticastState.Restore(core, state, now);
        RouterState.Restore(core, state, now);
        NatState.Restore(core, state, now);
        MachinePictures.Restore(core, state, now);
        MeshState.Restore(core, state, now);
        foreach (NeighborSnapshot neighbor in state.Neighbors)
        {
            int vtep = Position.Of(core.Plan.Vteps, known => known.Name == neighbor.Vtep);
            if (vtep >= 0 && neighbor.Mac is MacAddress mac && core.Neighbors.Find(vtep, VtepOptionsFactory.AddressOf(neighbor.Address)) is >= 0 and int known)
            {
                core.Neighbors.Resolvers[vtep].Remember(known, mac, now + TimeSpan.FromSeconds(neighbor.ReachableSeconds));
            }
        }
    }

    private static PortSnapshot PortOf(IReadOnlyList<SwitchCore> cores, IPort port, int index, Timestamp now)
    {
        PortPlan plan = cores[WorkerLink.Home].Plan.Ports[index];
        // What passed a bond passed its links.
        IEnumerable<int> places = plan.Bond?.Members ?? [index];
        PortCounters[] counters = [.. places.SelectMany(place => cores.Select(core => core.HandleOf(place))).OfType<IPort>().Select(handle => handle.Counters)];
        return new PortSnapshot
        {
            Name = plan.Name,
            Driver = port.Capabilities.Driver,
            Role = plan.Role,
            Status = port.Status,
            Problem = PortProblem.Of(port),
            MtuBytes = plan.MtuBytes,
            ReceivedFrames = counters.Sum(handle => handle.ReceivedFrames),
            ReceivedBytes = counters.Sum(handle => handle.ReceivedBytes),
            ReceiveLost = counters.Sum(handle => handle.ReceivedLost + handle.ReceivedOversize + handle.ReceivedGsoInvalid),
            SentFrames = counters.Sum(handle => handle.SentFrames),
            SentBytes = counters.Sum(handle => handle.SentBytes),
            Macs = cores[WorkerLink.Home].Bridge.Macs.CountAt(BridgeLocation.Port(index)),
            Dropped = DropReasons.All.Sum(reason => cores.Sum(core => core.Ledger.Drops(reason, index))),
            Shutdown = cores[WorkerLink.Home].Shutdowns?.Capture(index, now),
            Shutdowns = cores[WorkerLink.Home].Shutdowns?.CountOf(index) ?? 0,
        };
    }

    private static StageSnapshot StageOf(IReadOnlyList<SwitchCore> cores, StageId stage)
    {
        var meter = default(StageMeter);
        foreach (SwitchCore core in cores)
        {
            meter.Add(core.Graph.Meters[(int)stage]);
        }

        return new StageSnapshot
        {
            Name = StageNames.Of(stage),
            Calls = meter.Calls,
            Packets = meter.Packets,
            Bytes = meter.Bytes,
            Dropped = DropReasons.All.Where(reason => DropReasons.StageOf(reason) == stage).Sum(reason => cores.Sum(core => core.Ledger.Drops(reason))),
            NanosecondsPerPacket = meter.MeasuredPackets == 0 ? 0 : (double)meter.MeasuredNanoseconds / meter.MeasuredPackets,
        };
    }

    private static IEnumerable<DropSnapshot> DropsOf(IReadOnlyList<SwitchCore> cores)
    {
        SwitchCore core = cores[WorkerLink.Home];
        foreach (DropReason reason in DropReasons.All)
        {
            for (int port = 0; port <= core.Ledger.RemovedPorts; port++)
            {
                if (cores.Sum(worker => worker.Ledger.Drops(reason, port)) is > 0 and long packets)
                {
                    DropExplanation explanation = DropReasons.Explain(reason);
                    string name = port == core.Ledger.RemovedPorts ? RemovedPorts : core.Plan.Ports[port].Name;
                    yield return new DropSnapshot(explanation.Stage, explanation.Name, name, packets);
                }
            }
        }
    }

    private static SegmentSnapshot SegmentOf(IReadOnlyList<SwitchCore> cores, SegmentPlan segment, int index, List<FdbEntrySnapshot>? fdb)
    {
        SwitchCore core = cores[WorkerLink.Home];
        TrafficCount traffic = cores.Aggregate(default(TrafficCount), (sum, worker) => sum + worker.Ledger.Traffic.Segment(index));
        return new SegmentSnapshot
        {
            Name = segment.Name,
            Vlan = segment.Vlan,
            Vni = segment.Vni,
            Vtep = segment.Vtep < 0 ? null : core.Plan.Vteps[segment.Vtep].Name,
            Members = [.. core.Plan.Ports.Where(port => IsMember(port, segment.Vlan)).Select(port => port.Name)],
            Peers = [.. segment.Peers.Select(peer => peer.ToString())],
            Macs = fdb?.Count(entry => entry.Segment == segment.Name),
            Frames = traffic.Frames,
            Bytes = traffic.Bytes,
        };
    }

    private static PathSnapshot PathOf(IReadOnlyList<SwitchCore> cores, int peer, int mtu)
    {
        RemoteEndpoint remote = cores[0].Topology.Peers[peer];
        TrafficCount sent = cores.Aggregate(default(TrafficCount), (sum, core) => sum + core.Ledger.Traffic.Sent(peer));
        TrafficCount received = cores.Aggregate(default(TrafficCount), (sum, core) => sum + core.Ledger.Traffic.Received(peer));
        return new PathSnapshot(remote.Address, mtu, cores[0].Plan.Vteps[remote.Vtep].PathMtu.Probe)
        {
            SentFrames = sent.Frames,
            SentBytes = sent.Bytes,
            ReceivedFrames = received.Frames,
            ReceivedBytes = received.Bytes,
        };
    }

    private static TunnelSnapshot TunnelOf(IReadOnlyList<SwitchCore> cores, VtepPlan vtep, int index)
    {
        TunnelTotals totals = cores.Aggregate(default(TunnelTotals), (sum, core) => sum + core.Tunnels.TotalsOf(index));
        return new TunnelSnapshot
        {
            Vtep = vtep.Name,
            Port = cores[0].Plan.Ports[vtep.Port].Name,
            Policy = vtep.Fragmentation.Policy.ToString().ToLowerInvariant(),
            PathMtuBytes = cores.Min(core => core.Tunnels.PathMtuOf(index)),
            Paths = [.. cores[0].Tunnels.PathMtus.PathsOf(index).Select(path => PathOf(cores, path.Peer, path.MtuBytes))],
            SentWhole = totals.SentWhole,
            Fragmented = totals.Fragmented,
            FragmentsSent = totals.FragmentsSent,
            Delivered = totals.Delivered,
            FragmentsReceived = totals.FragmentsReceived,
            Reassembled = totals.Reassembled,
            Expired = totals.Expired,
            FragmentsWaiting = cores.Sum(core => core.Tunnels.Reassembly.CountersOf(index).Waiting),
        };
    }

    /// <summary>True if a port carries a VLAN, tagged or not.</summary>
    public static bool IsMember(PortPlan port, ushort vlan) =>
        port.Role == PortRole.Access && (port.NativeVlan == vlan || (port.VlanMode == VlanMode.Trunk && port.AllowedVlans.Contains(vlan)));

    private static IEnumerable<NeighborSnapshot> NeighborsOf(SwitchCore core, Timestamp now)
    {
        for (int vtep = 0; vtep < core.Plan.Vteps.Count; vtep++)
        {
            NeighborResolver resolver = core.Neighbors.Resolvers[vtep];
            for (int neighbor = 0; neighbor < resolver.Count; neighbor++)
            {
                VtepAddress address = resolver.Address(neighbor);
                yield return new NeighborSnapshot(
                    core.Plan.Vteps[vtep].Name,
                    address.IsIPv4 ? new TunnelAddress(address.V4) : new TunnelAddress(address.V6),
                    resolver.State(neighbor) is not NeighborState.Failed && resolver.Mac(neighbor) is { IsValidSource: true } mac ? mac : null,
                    resolver.State(neighbor).ToString().ToLowerInvariant(),
                    Math.Max(0, (resolver.ReachableUntil(neighbor) - now).TotalSeconds));
            }
        }
    }
}
