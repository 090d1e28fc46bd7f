using Weft.Analytics;
using Weft.Bridge;
using Weft.Host.Analytics.Traffic;
using Weft.Host.Config;
using Weft.Host.Datapath.Balancing;
using Weft.Host.Datapath.Bridges;
using Weft.Host.Datapath.Egress;
using Weft.Host.Datapath.Groups;
using Weft.Host.Datapath.Intrusion;
using Weft.Host.Datapath.Links;
using Weft.Host.Datapath.Machines;
using Weft.Host.Datapath.Presence;
using Weft.Host.Datapath.Protection;
using Weft.Host.Datapath.Redirection;
using Weft.Host.Datapath.Routing;
using Weft.Host.Datapath.Security;
using Weft.Host.Datapath.Sharing;
using Weft.Host.Datapath.Translation;
using Weft.Host.Datapath.Underlay;
using Weft.Host.Datapath.Workers;
using Weft.Host.Observe;
using Weft.Host.Stages;
using Weft.Packets;
using Weft.Ports;

namespace Weft.Host.Datapath;

/// <summary>
/// Everything that one worker has for one configuration: engines, stages, graph and books. A new configuration gets new cores.
/// </summary>
/// <remarks>
/// Every core has all engines. Those whose stages stay with the first worker (<see cref="StagePlacement.Home"/>) are used there alone, and
/// what such an engine does by itself, without a packet, belongs under <see cref="WorkerLink.IsHome"/>.
/// </remarks>
internal sealed partial class SwitchCore : IDisposable
{
    /// <summary>Most frames that wait for next hops.</summary>
    private const int MaxHeldFrames = 256;

    private readonly Packet[] _burst = new Packet[PacketVector.MaxBurst];
    private readonly PacketPool _pool;
    private readonly WorkerPorts _ports;
    private readonly MacSharing? _sharing;
    private readonly PortWatch? _portWatch;
    private readonly FlowMeter? _meter;

    public SwitchCore(SwitchTopology topology, IPort[] ports, PacketPool pool, HashSeed seed, SecurityAssociations security, Timestamp start, WorkerLink link, PortQueues queues, EventLog events, TraceRecorder? trace = null, SwitchCore? earlier = null, Func<NatPlan, LeasedBlocks>? leases = null, FlowMeters? meters = null, Func<SasePlan, Sase.IOwnershipStore>? owners = null, TimeProvider? timeOfDay = null, Func<BridgePlan, IBridgeFence>? fences = null, PortShutdowns? shutdowns = null, Func<BlockOwners>? blockOwners = null)
    {
        SwitchPlan plan = topology.Plan;
        (Plan, Topology, Ports, _pool, Security, Link) = (plan, topology, ports, pool, security, link);
        _predecessor = earlier;
        _ports = new WorkerPorts(ports, link, queues);
        _meter = meters?.Of(link.Index);
        Ledger = new SwitchLedger(ports.Length, plan.Segments.Count, topology.Peers.Count);
        Shutdowns = shutdowns;
        _portWatch = link.IsHome ? new PortWatch(plan, ports, events) : null;
        Vector = new PacketVector(pool, Ledger, ports.Length) { Trace = trace, Link = link };
        Bridge = BridgeFor(topology, seed, start, earlier);
        Neighbors = new UnderlayNeighbors(Topology, Math.Min(MaxHeldFrames, pool.Capacity / 4));
        Tunnels = new TunnelEngines(Topology, security, Neighbors, seed, start, link, mayProbe: trace is null);
        Routers = new Routers(plan, start);
        RouterOutput = new RouterOutput(Routers, Math.Min(MaxHeldFrames, pool.Capacity / 4));
        // Their stages stay with the first worker, too.
        SwitchPlan balanced = link.IsHome ? plan : plan with { Nats = [], NatGateways = [], Lbs = [] };
        Translators = new Translators(balanced, Routers, seed, start, trace is null ? events : null, leases, earlier?.Translators);
        Gateways = new NatGateways(balanced, Routers, seed, blockOwners, earlier?.Gateways);
        ReturnPaths = new ReturnPaths(balanced, Routers, seed, start, earlier?.ReturnPaths);
        var places = new MachinePlaces(plan);
        Machines = new MachineSets(plan, security, seed, start, events, isTwin: trace is not null, isShared: leases is not null && plan.Cluster is not null, machine => places.WorkerOf(machine) == link.Index);
        Mesh = link.IsHome && plan.Mesh is { IsTranslated: true } mesh ? new MeshGate(mesh, plan.Ports.Count, seed, start, earlier?.Mesh) : null;
        // A trace runs in a twin, which must not speak for the switch.
        Listeners = [.. plan.BridgePairs.Select(pair => new HostFlushListener(pair, link.IsHome ? events : null, start))];
        Nodes = plan.Bridges.Count > 0 && trace is null && link.IsHome
            ? new BridgeNodes(Topology, Bridge, Neighbors, ports, seed, start, earlier?.Nodes, index => NodeThatGoesOn(earlier, plan, index), events, fences, timeOfDay)
            : null;
        foreach (BridgePlan awaited in plan.AwaitedBridges)
        {
            // Two nodes that do not know each other would make a loop.
            Array.ForEach([.. awaited.Segments], segment => Bridge.SetPortState(awaited.Port, plan.Segments[segment].Vlan, BridgePortState.Blocked));
        }

        _sharing = plan.Bridges.Count == 0 && !link.IsAlone ? new MacSharing(link, Bridge) : null;
        // Its stage stays with the first worker.
        Sensors = new IntrusionSensors(link.IsHome ? plan : plan with { Ids = [] }, seed, start, events, isTwin: trace is not null);
        var groups = new MulticastPlaces(Topology);
        Multicast = groups.Segments.Count > 0 && link.IsHome ? new MulticastDriver(groups, ports, seed, start, events, earlier?.Multicast) : null;
        // Its stage stays with the first worker.
        Presence = plan.Sase is SasePlan sase && link.IsHome ? new SasePoint(sase, Routers, security, seed, start, events, isTwin: trace is not null || !ports.Any(port => port.Capabilities.IsLive), owners, timeOfDay) : null;
        // Its stage stays with the first worker.
        Guard = link.IsHome && Topology.IsGuarded ? new AccessGuard(GuardOptionsFactory.Create(Topology, seed, start)) : null;
        Acl = AclOptionsFactory.Create(plan, seed, link.IsHome);
        Qos = QosStage.Create(plan, start);
        Mirrors = plan.Mirrors.Count > 0 ? new MirrorTaps(Topology) : null;
        // What routers are told is told to the first worker.
        Relays = link.IsHome && DhcpRelays.IsNeeded(plan) ? new DhcpRelays(Routers, RouterOutput, Guard, start) : null;
        Bonds = new BondDirectory(plan, seed);
        Links = link.IsHome && LinkDriver.Concerns(plan).Contains(true) ? new LinkDriver(plan, ports, Bonds, seed, start, events, shutdowns) : null;
        Egress = EgressQueues.Create(plan, _ports.Handles, pool.Capacity, start);
        Graph = new SwitchGraph(Vector, Topology, Bridge, _sharing, Neighbors, Tunnels, security, Nodes, Listeners, new BridgeObserver(Topology, events, start, PortSecurity.Create(Topology, Bridge, shutdowns, events, start)), Sensors, groups, Multicast, Routers, RouterOutput, Translators, Gateways, ReturnPaths, Mesh, places, Machines, Presence, _ports, _meter, Links, Bonds, Guard, Acl is null ? null : new AclGate(Topology, Acl, events, start), Qos, Mirrors, Relays, shutdowns, Egress, start);
    }

    public SwitchPlan Plan { get; }

    public IPort[] Ports { get; }

    public SwitchTopology Topology { get; }

    /// <summary>The other workers.</summary>
    public WorkerLink Link { get; }

    public SwitchLedger Ledger { get; }

    public PacketVector Vector { get; }

    public LearningBridge Bridge { get; }

    public UnderlayNeighbors Neighbors { get; }

    public TunnelEngines Tunnels { get; }

    public SecurityAssociations Security { get; }

    /// <summary>The bridge nodes, if any are configured.</summary>
    public BridgeNodes? Nodes { get; }

    /// <summary>What listens to pairs of bridge nodes, if this switch is one of their hosts.</summary>
    public HostFlushListener[] Listeners { get; }

    /// <summary>Sensors of intrusion detection.</summary>
    public IntrusionSensors Sensors { get; }

    /// <summary>Multicast, at the first worker, if a segment snoops.</summary>
    public MulticastDriver? Multicast { get; }

    /// <summary>Holds machines to their addresses, at the first worker, if a port wants that.</summary>
    public AccessGuard? Guard { get; }

    /// <summary>Access lists; null if none is in force.</summary>
    public AccessFilter? Acl { get; }

    /// <summary>Policies of service; null if no port has one.</summary>
    public QosMarker? Qos { get; }

    /// <summary>What is copied for mirrors; null without any.</summary>
    public MirrorTaps? Mirrors { get; }

    /// <summary>Relays of DHCP, at the first worker; null if there are none.</summary>
    public DhcpRelays? Relays { get; }

    /// <summary>Which ports are links of which bond.</summary>
    public BondDirectory Bonds { get; }

    /// <summary>Queues of the ports that this worker sends by; null without any.</summary>
    public EgressQueues? Egress { get; }

    /// <summary>Which ports the switch has shut itself, the same for all workers; null if none can be.</summary>
    public PortShutdowns? Shutdowns { get; }

    /// <summary>Protocols with neighbours, at the first worker, if a port has any.</summary>
    public LinkDriver? Links { get; }

    /// <summary>Virtual routers; their stage stays with the first worker.</summary>
    public Routers Routers { get; }

    /// <summary>Address translation, at the first worker.</summary>
    public Translators Translators { get; }

    /// <summary>Gateways of shared addresses, at the first worker.</summary>
    public NatGateways Gateways { get; }

    /// <summary>Ways back to load balancers, at the first worker.</summary>
    public ReturnPaths ReturnPaths { get; }

    /// <summary>Machines with services of their own, those of this worker.</summary>
    public MachineSets Machines { get; }

    /// <summary>Redirection to the agent of a mesh, at the first worker.</summary>
    public MeshGate? Mesh { get; }

    /// <summary>The part in a point of presence, at the first worker.</summary>
    public SasePoint? Presence { get; }

    /// <summary>What routers send, and what waits for their next hops.</summary>
    public RouterOutput RouterOutput { get; }

    public SwitchGraph Graph { get; }

    /// <summary>What was learned and refused, over all configurations.</summary>
    public LearningTotals Learning => _learned + LearningTotals.Of(Bridge.Macs.Counters);

    /// <summary>What became of questions for neighbours, over all configurations.</summary>
    public SuppressionTotals Suppression => _suppression + SuppressionTotals.Of(Bridge.Counters);

    /// <summary>The ports that this worker takes frames from.</summary>
    public IReadOnlyList<IPort> Receivers => [.. _ports.Handles.OfType<IPort>()];

    /// <summary>What this worker has of a port; null if nothing.</summary>
    public IPort? HandleOf(int port) => _ports.Handles[port];

    /// <summary>When a timer is due; the greatest timestamp if none runs.</summary>
    public Timestamp NextTimer => Earliest(Neighbors.NextDeadline, Tunnels.Reassembly.NextDeadline, RouterOutput.NextDeadline, Egress?.NextDue ?? Timestamp.MaxValue);

    /// <summary>
    /// As <see cref="NextTimer"/>, with those of bridge node, path probes and multicast querier, which never come to rest: virtual time does not run for them alone.
    /// </summary>
    public Timestamp NextDue
    {
        get
        {
            Timestamp next = Nodes is not null && Nodes.NextDue < NextTimer ? Nodes.NextDue : NextTimer;
            next = Machines.HasPending ? Timestamp.Zero : next;
            next = Links is not null && Links.NextDue < next ? Links.NextDue : next;
            next = Tunnels.PathMtus.NextDeadline < next ? Tunnels.PathMtus.NextDeadline : next;
            next = Presence is not null && Presence.NextDue < next ? Presence.NextDue : next;
            return Multicast is not null && Multicast.NextTimer < next ? Multicast.NextTimer : next;
        }
    }

    /// <summary>Does what is due, and receives one burst from each of its ports and takes it to its end.</summary>
    /// <returns>Frames received.</returns>
    public int Round(Timestamp now)
    {
        _pool.Collect();
        Listen(now);
        // Before any frame: a node that slept too long must not forward what waited.
        if (Nodes is not null && now >= Nodes.NextDue)
        {
            Vector.Begin([], ingress: 0, now);
            Nodes.Advance(Vector, Graph);
            Graph.Run();
        }

        if (Presence is not null && now >= Presence.NextDue)
        {
            Vector.Begin([], ingress: 0, now);
            Graph.Sase.Advance(Vector);
            Graph.Run();
        }

        // A trace runs in a twin, which asks nobody anything.
        if (Multicast is not null && Vector.Trace is null)
        {
            Vector.Begin([], ingress: 0, now);
            Multicast.Advance(Vector, Graph);
        }

        // Nor does it speak with neighbours.
        if (Links is not null && Vector.Trace is null && now >= Links.NextDue)
        {
            Vector.Begin([], ingress: 0, now);
            Links.Advance(Vector, Graph);
            Graph.Run();
        }

        FollowShutdowns(now);
        Bridge.Advance(now);
        Guard?.Advance(now);
        Acl?.Advance(now);
        Sensors.Advance(now);
        if (now >= Neighbors.NextDeadline)
        {
            Vector.Begin([], ingress: 0, now);
            Neighbors.Advance(Vector);
            Graph.Run();
        }

        if (now >= RouterOutput.NextDeadline)
        {
            Vector.Begin([], ingress: 0, now);
            RouterOutput.Advance(Vector);
            Graph.Run();
        }

        if (Egress is not null && now >= Egress.NextDue)
        {
            Vector.Begin([], ingress: 0, now);
            Graph.Transmit.Advance(Vector);
        }

        if (Translators.All.Length > 0)
        {
            Vector.Begin([], ingress: 0, now);
            Graph.Nat.Advance(Vector);
            Graph.Run();
        }

        if (Machines.All.Length > 0)
        {
            Vector.Begin([], ingress: 0, now);
            Graph.Services.Advance(Vector);
            Graph.Run();
        }

        ReturnPaths.Advance(now);
        Mesh?.Advance(now);
        if (now >= Tunnels.Reassembly.NextDeadline)
        {
            Vector.Begin([], ingress: 0, now);
            Tunnels.Reassembly.Advance(Vector);
        }

        if (now >= Tunnels.PathMtus.NextDeadline)
        {
            Vector.Begin([], ingress: 0, now);
            Tunnels.PathMtus.Advance(Vector);
            Graph.Run();
        }

        _portWatch?.Advance(now);
        _meter?.Advance(now);
        Link.Flush();
        int received = 0;
        bool isBehind = false;
        for (int port = 0; port < Ports.Length; port++)
        {
            if (_ports.Handles[port] is not IPort receiver)
            {
                continue;
            }

            // Copies of flooded frames need buffers too: a burst takes half of what is left at most.
            int most = Math.Clamp(_pool.Available / 2, 1, Plan.VectorSize);
            int count = receiver.Receive(_pool, _burst.AsSpan(0, most), now);
            isBehind |= count == most;
            if (count > 0)
            {
                Vector.Begin(_burst.AsSpan(0, count), port, now);
                Graph.Run();
                Link.Flush();
                received += count;
            }
        }

        Link.IsBehind = isBehind;
        return received;
    }

    /// <summary>Learns what the other workers learned, and takes what they handed over to its end, a vector of each.</summary>
    /// <returns>Packets taken.</returns>
    public int Relay(Timestamp now)
    {
        Listen(now);
        int taken = 0;
        for (int from = 0; from < Link.Count; from++)
        {
            int left = from == Link.Index ? 0 : Plan.VectorSize;
            while (left > 0 || Link.HasNext)
            {
                Vector.Begin([], ingress: 0, now);
                int count = Link.Take(from, Vector, Math.Max(left, 1));
                if (count == 0)
                {
                    break;
                }

                Graph.Run();
                Link.Flush();
                (left, taken) = (left - count, taken + count);
            }
        }

        return taken;
    }

    private void Listen(Timestamp now)
    {
        _sharing?.Hear(now);
        _sharing?.Advance(now);
    }

    /// <summary>Tells neighbours that the switch ends.</summary>
    public void SayGoodbye(Timestamp now)
    {
        if (Links is not null && Vector.Trace is null)
        {
            Vector.Begin([], ingress: 0, now);
            Links.SayGoodbye(Vector, Graph);
            Graph.Run();
            Link.Flush();
        }
    }

    /// <summary>Ends what waits, so that every frame is accounted for.</summary>
    public void Stop()
    {
        Neighbors.Stop(Vector);
        RouterOutput.Stop(Vector);
        Egress?.Stop(Vector);
        Machines.Stop(Ledger);
        Tunnels.Reassembly.Stop(Ledger);
        Vector.Tap?.Complete();
    }

    private static Timestamp Earliest(params ReadOnlySpan<Timestamp> moments)
    {
        Timestamp earliest = Timestamp.MaxValue;
        foreach (Timestamp moment in moments)
        {
            earliest = moment < earliest ? moment : earliest;
        }

        return earliest;
    }
}
