using System.Diagnostics;
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
using Weft.Host.Datapath.Tapping;
using Weft.Host.Datapath.Translation;
using Weft.Host.Datapath.Underlay;
using Weft.Host.Datapath.Workers;
using Weft.Host.Stages;
using Weft.Packets;
using Weft.Services;

namespace Weft.Host.Datapath;

/// <summary>
/// The graph:
/// <code>
/// underlay ports ─► ingress ─► decap ─┬─► bridge ─► egress ─┬─────────────► transmit ─► ports
///                                     │     ▲               │                ▲  ▲
/// access ports ───► ingress ──────────┼─────┘               └─► encap ───────┘  │
///                                     │                           ▲             │
///                                     └─► endpoint ──(had waited)─┘             │
///                                             └────────────(answers)────────────┘
/// </code>
/// A frame that is addressed to a router goes from egress to <c>route</c>, and from there to the bridge again, in the segment of its next hop.
/// With protected peers, <c>open</c> stands between ingress and decap of underlay ports, and <c>seal</c> between encap and transmit: what
/// is cut is cut before it is sealed, and what is put together was authenticated before. With sensors, <c>ids</c> stands between bridge and
/// egress: a verdict is there before copies are. What machines with services of their own send goes through <c>services</c> behind the bridge, what
/// they are sent through <c>deliver</c> behind egress. With a mesh that the switch translates for, <c>mesh</c> stands in front of the bridge, and where machines are held to their addresses <c>guard</c> in front of both. Access lists stand in front of the mesh, <c>acl</c>, and in transmit; policies of service behind them, <c>qos</c>. Mirrors copy in front of all these, <c>span</c>, and in transmit, and <c>mirror</c> sends the copies. In segments that snoop, <c>multicast</c> takes the place of egress for groups. What neighbours say to the switch itself is taken by <c>link</c> behind ingress. With several workers <c>dispatch</c> stands behind ingress, and a packet may change
/// workers in front of any stage (see <see cref="StagePlacement"/>).
/// A superframe that a port received whole passes whole to a port that takes it; in front of the first stage that needs frames as they are on a wire it is cut
/// (<see cref="SingleFrameStage"/>).
/// Stages are called in the order of <see cref="StageId"/>, each once with everything that waits for it, until nothing does. Those that
/// no port or peer of the configuration needs are not there.
/// </summary>
internal sealed class SwitchGraph
{
    /// <summary>One vector in this many is measured: reading the clock around each stage would cost as much as a small stage.</summary>
    public const int MeasureEvery = 32;

    private readonly IGraphStage[] _stages;

    /// <summary>Their numbers, side by side: to ask each stage for its own is a call by interface, for every stage that nothing waits for as well.</summary>
    private readonly StageId[] _ids;
    private readonly StageMeter[] _meters = new StageMeter[StageNames.Count];
    private readonly PacketVector _vector;
    private int _untilMeasured = MeasureEvery;

    public SwitchGraph(PacketVector vector, SwitchTopology topology, LearningBridge bridge, MacSharing? sharing, UnderlayNeighbors neighbors, TunnelEngines tunnels, SecurityAssociations security, BridgeNodes? nodes, HostFlushListener[] listeners, BridgeObserver observer, IntrusionSensors sensors, MulticastPlaces groups, MulticastDriver? multicast, Routers routers, RouterOutput output, Translators translators, NatGateways gateways, ReturnPaths paths, MeshGate? mesh, MachinePlaces places, MachineSets machines, SasePoint? presence, WorkerPorts ports, FlowMeter? meter, LinkDriver? links, BondDirectory bonds, AccessGuard? guard, AclGate? acl, QosMarker? qos, MirrorTaps? mirrors, DhcpRelays? relays, PortShutdowns? shutdowns, EgressQueues? egress, Timestamp start)
    {
        _vector = vector;
        var service = new RouterService(routers, output, presence, relays);
        WorkerLink link = vector.Link;
        var steering = new WorkerSteering(topology.Plan);
        bool hasTunnels = topology.Plan.Vteps.Count > 0;
        bool hasProtectedPeers = topology.Plan.Vteps.Any(vtep => vtep.Security.Count > 0);
        bool hasSensors = topology.Plan.Ids.Count > 0;
        (bool IsNeeded, IGraphStage Stage)[] stages =
        [
            (true, new IngressStage(topology, shutdowns)),
            (LinkDriver.Concerns(topology.Plan).Contains(true), new LinkStage(topology, links, bonds, shutdowns)),
            (!link.IsAlone, new DispatchStage(IngressStage.Next(topology), link, steering)),
            (hasProtectedPeers, new OpenStage(topology, security)),
            (hasTunnels || topology.Plan.Ports.Any(port => port.Role == PortRole.Underlay), new DecapStage(topology, tunnels, security)),
            (hasTunnels || topology.Plan.Ports.Any(port => port.Role == PortRole.Underlay), new EndpointStage(topology, neighbors, tunnels.PathMtus, nodes, listeners, bridge)),
            (mirrors is not null, new SpanStage(topology, mirrors)),
            (mirrors is not null, Mirror = new MirrorStage(topology, routers, output, start)),
            (topology.IsGuarded, new GuardStage(topology, guard)),
            (acl is not null, new AclStage(topology, acl)),
            (qos is not null, new QosStage(topology, qos)),
            (mesh is not null || topology.BehindQos == StageId.Mesh, new MeshStage(topology, mesh)),
            (true, FlowTap.Before(new BridgeStage(topology, bridge, nodes, observer, sharing, groups, routers, service, places, next: hasSensors ? StageId.Ids : StageId.Egress), meter)),
            (places.Any, Services = new MachineStage(ServiceDirection.FromMachine, places, machines, next: hasSensors ? StageId.Ids : StageId.Egress)),
            (hasSensors, new IdsStage(topology, sensors)),
            (groups.Segments.Count > 0, new MulticastStage(groups, multicast, nodes, places, this)),
            (true, new EgressStage(topology, bridge, places)),
            (routers.Interfaces.Length > 0, new RouteStage(routers, output, service, translators, gateways, paths, presence)),
            (paths.All.Length > 0, new LbStage(paths, routers, output)),
            (translators.All.Length > 0, Nat = new NatStage(translators, routers, output)),
            (gateways.All.Length > 0, new NatGatewayStage(gateways, routers, output)),
            (presence is not null, Sase = new SaseStage(presence, routers, output)),
            (places.Any, new MachineStage(ServiceDirection.ToMachine, places, machines, next: StageId.Transmit)),
            (hasTunnels, new EncapStage(topology, tunnels, neighbors, security, ports.Handles)),
            (hasProtectedPeers, new SealStage(topology, security)),
            (true, Transmit = new TransmitStage(topology, ports.Handles, ports.Owners, bonds, acl is null ? null : new AclEgress(topology, acl), mirrors, shutdowns, egress)),
        ];
        Debug.Assert(stages.Index().All(stage => stage.Item.Stage.Id == (StageId)stage.Index), "Stages stand in the order of their numbers.");
        bool countsFrames = meter is not null || mirrors is not null || topology.Plan.Ports.Any(port => port.Storm is not null);
        _stages = [.. stages.Where(stage => stage.IsNeeded).Select(stage => PlacedStage.Of(SingleFrameStage.Of(stage.Stage, countsFrames, link), link, steering))];
        _ids = [.. _stages.Select(stage => stage.Id)];
    }

    /// <summary>The stages that the configuration needs.</summary>
    public IReadOnlyList<StageId> Stages => _ids;

    /// <summary>The stage that translates; it has timers.</summary>
    public NatStage Nat { get; }

    /// <summary>The stage that sends; queues in front of ports have timers.</summary>
    public TransmitStage Transmit { get; }

    /// <summary>The stage that sends copies of mirrors.</summary>
    public MirrorStage Mirror { get; }

    /// <summary>The stage of machines' services, which have timers.</summary>
    public MachineStage Services { get; }

    /// <summary>The stage of a point of presence; it has timers.</summary>
    public SaseStage Sase { get; }

    /// <summary>What each stage has done.</summary>
    public ReadOnlySpan<StageMeter> Meters => _meters;

    /// <summary>Takes everything in the vector to its end.</summary>
    public void Run()
    {
        // Engines that might have had something to say mostly have not.
        if (_vector.AllWaiting == 0)
        {
            _vector.Tap?.Complete();
            return;
        }

        bool measured = --_untilMeasured < 0;
        if (measured)
        {
            _untilMeasured = MeasureEvery - 1;
        }

        do
        {
            for (int place = 0; place < _ids.Length; place++)
            {
                int waiting = Waiting(_ids[place]);
                if (waiting > 0)
                {
                    Call(place, waiting, measured);
                }
            }
        }
        while (AnythingWaits());
        _vector.Tap?.Complete();
    }

    /// <summary>
    /// Takes what waits behind a stage to its end, for a stage that has no room to go on: what is sent gives its slots and buffers back. What the stage
    /// itself was handed stays where it is.
    /// </summary>
    public void Drain(StageId stage)
    {
        bool anything;
        do
        {
            anything = false;
            for (int place = 0; place < _ids.Length; place++)
            {
                int waiting = _ids[place] > stage ? Waiting(_ids[place]) : 0;
                if (waiting > 0)
                {
                    anything = true;
                    Call(place, waiting, measured: false);
                }
            }
        }
        while (anything);
    }

    /// <summary>Adds the counts of a graph that this one replaces.</summary>
    public void CarryOver(SwitchGraph old)
    {
        for (int stage = 0; stage < _meters.Length; stage++)
        {
            _meters[stage].Add(old._meters[stage]);
        }
    }

    private void Call(int place, int waiting, bool measured)
    {
        (IGraphStage stage, StageId id) = (_stages[place], _ids[place]);
        bool sends = id == StageId.Transmit;
        // Lengths are read before the stage works: it may change, hand on or release the packets.
        long bytes = sends ? _vector.WaitingBytesToSend : _vector.WaitingBytes(id);
        long start = measured ? Stopwatch.GetTimestamp() : 0;
        ReadOnlySpan<ushort> slots = _vector.TakeAll(id);
        if (_vector.Tap is PacketTap tap && stage is not PlacedStage)
        {
            tap.AtStage(_vector, id, slots);
        }

        stage.Process(_vector, slots);
        // What the stage put back for want of room is counted when it is taken again.
        int done = waiting - (sends ? 0 : _vector.Waiting(id));
        ref StageMeter meter = ref _meters[(int)id];
        meter.Calls++;
        meter.Packets += done;
        meter.Bytes += bytes - (sends ? 0 : _vector.WaitingBytes(id));
        if (measured)
        {
            meter.MeasuredNanoseconds += (long)Stopwatch.GetElapsedTime(start).TotalNanoseconds;
            meter.MeasuredPackets += done;
        }
    }

    private int Waiting(StageId stage) => stage == StageId.Transmit ? _vector.WaitingToSend : _vector.Waiting(stage);

    private bool AnythingWaits()
    {
        if (_vector.AllWaiting == 0)
        {
            return false;
        }

        foreach (StageId stage in _ids)
        {
            if (Waiting(stage) > 0)
            {
                return true;
            }
        }

        return false;
    }
}
