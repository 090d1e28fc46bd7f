using Weft.Bfd;
using Weft.Bridge;
using Weft.Host.Config;
using Weft.Host.Datapath.Underlay;
using Weft.Host.Observe;
using Weft.Packets;
using Weft.Ports;

namespace Weft.Host.Datapath.Bridges;

/// <summary>
/// Runs the bridge node of a switch: gives it time, messages, the word of BFD sessions and the carrier of its port, and opens or
/// closes that port as it says.
/// </summary>
internal sealed partial class BridgeNodeDriver : IDisposable
{
    private const int EventCapacity = 32;
    private const int PacketsPerTurn = 4;
    private const int PeersAtATime = 16;
    private static readonly TimeSpan PreparationInterval = TimeSpan.FromMilliseconds(100);

    private readonly EventLog _log;
    private readonly BridgePathWatch _overlay;
    private readonly BridgePathWatch? _vlan;
    private readonly byte[] _frame = new byte[BfdPath.MaxFrameLength];
    private readonly Queue<BridgeNodeEvent> _events = new(EventCapacity + 1);
    private int _index;
    private bool _sharesPort;
    private LearningBridge _bridge;
    private UnderlayNeighbors _neighbors;
    private OverlayWatch _hosts;
    private IPort _port;
    private IPort _underlay;
    private Timestamp _nextPrepared;
    private int _prepared;
    private bool _isOpen = true;
    private bool _isUp = true;
    private bool _isOfUse = true;
    private long _hostsAsked;
    /// <param name="topology">The switch.</param>
    /// <param name="index">Which of its bridges this is.</param>
    /// <param name="bridge">The learning bridge.</param>
    /// <param name="neighbors">Next hops on the underlay.</param>
    /// <param name="ports">The ports.</param>
    /// <param name="seed">Secret of the tables.</param>
    /// <param name="now">The time.</param>
    /// <param name="epoch">Latest epoch of an earlier node.</param>
    /// <param name="log">Takes events.</param>
    /// <param name="fence">Witness that the node asks before it forwards; null for none.</param>
    /// <param name="timeOfDay">The time of day; null for the machine's.</param>
    public BridgeNodeDriver(SwitchTopology topology, int index, LearningBridge bridge, UnderlayNeighbors neighbors, IPort[] ports, HashSeed seed, Timestamp now, uint epoch, EventLog log, IBridgeFence? fence = null, TimeProvider? timeOfDay = null)
    {
        (Topology, _index, _bridge, _neighbors, _log, _fence) = (topology, index, bridge, neighbors, log, fence);
        _sharesPort = SharesPort();
        (_port, _underlay) = (ports[Plan.Port], ports[Vtep.Port]);
        _hosts = new OverlayWatch(Plan, topology, neighbors);
        bool isLive = ports.Any(port => port.Capabilities.IsLive);
        uint wallClock = isLive ? (uint)(timeOfDay ?? TimeProvider.System).GetUtcNow().ToUnixTimeSeconds() : 1;
        Node = new BridgeNode(BridgeNodeFactory.Options(topology, index, seed, Math.Max(wallClock, epoch + 1)) with { NeedsFence = fence is not null }, bridge.Macs, now, bridge.Bindings);
        _overlay = BridgeNodeFactory.Overlay(topology.Plan, Plan, Node.Epoch, now);
        _vlan = BridgeNodeFactory.Vlan(topology.Plan, Plan, Node.Epoch, now);
        Node.Enable(now);
        Follow();
    }

    public SwitchTopology Topology { get; private set; }

    public BridgePlan Plan => Topology.Plan.Bridges[_index];

    public VtepPlan Vtep => Topology.Plan.Vteps[Plan.Vtep];

    /// <summary>Number of the other node's tunnel endpoint.</summary>
    public int Peer => Topology.PeerOf(Plan.Vtep, Plan.Peer);

    public BridgeNode Node { get; }

    public int UnderlayPort => Vtep.Port;

    /// <summary>Changes of role, the last few.</summary>
    public IReadOnlyCollection<BridgeNodeEvent> Events => _events;

    /// <summary>When <see cref="Advance"/> has something to do.</summary>
    public Timestamp NextDue
    {
        get
        {
            Timestamp next = Earlier(Earlier(Earlier(Node.NextDue, _hosts.NextDue), _overlay.Session.NextDue), NextFence);
            return _vlan is null ? next : Earlier(next, _vlan.Session.NextDue);
        }
    }

    /// <summary>Does what is due.</summary>
    public void Advance(PacketVector vector, SwitchGraph graph)
    {
        Timestamp now = vector.Now;
        var sink = new BridgeNodeSink(this, vector, graph);
        WatchPorts(now);
        WatchFence(now);

        Node.HasBacklog = vector.Link.IsAnyBehind || vector.Link.Waiting > 0;
        // The node first: whether it slept decides before what its sessions say about the other side.
        Node.Poll(now, ref sink);
        Follow();
        for (int i = 0; i < PacketsPerTurn && _overlay.Session.TryPoll(now, out BfdControlPacket packet); i++)
        {
            sink.ToPeer(_overlay.Frames, packet);
        }

        for (int i = 0; i < PacketsPerTurn && _vlan is not null && _vlan.Session.TryPoll(now, out BfdControlPacket packet); i++)
        {
            sink.ToVlan(Plan.PathVlan, _frame.AsSpan(0, _vlan.Frames.Write(_frame, packet)));
        }

        Report(now);
        NoteHosts(now);
        Prepare(vector);
        _hosts.Advance(vector, Node.OverlayPath == BridgePathState.Up);
        // What the sessions said may have made the node take over: its first announcements go with this turn.
        if (Node.NextDue <= now)
        {
            Node.Poll(now, ref sink);
            Follow();
        }

        WatchFence(now);
        while (Node.TryTakeEvent(out BridgeNodeEvent change))
        {
            Publish(change);
            _events.Enqueue(change);
            if (_events.Count > EventCapacity)
            {
                _ = _events.Dequeue();
            }
        }
    }

    /// <summary>Takes a packet from the underlay if it is BFD or MAC-SYNC of the other node.</summary>
    /// <param name="frame">The frame.</param>
    /// <param name="context">What is known of it.</param>
    /// <param name="now">The time.</param>
    /// <param name="isLast">No other node of the switch can take it: then this one counts it if it is for a pair that is not here.</param>
    public bool TryTakeDatagram(ReadOnlySpan<byte> frame, in PacketContext context, Timestamp now, bool isLast)
    {
        if (context.Ingress != UnderlayPort)
        {
            return false;
        }

        if (Plan.BfdEncapsulation == BfdEncapsulation.Underlay && _overlay.TryReceive(frame, context.Layout, now))
        {
            HearPeer(now);
            Report(now);
            return true;
        }

        if (UnderlayDatagram.TryRead(frame, context.Layout, Vtep.Address, Plan.Peer, Plan.SyncPort, out ReadOnlySpan<byte> payload) && (isLast || IsOwn(payload)))
        {
            _ = Node.Receive(payload, now);
            _hosts.HearPeer(now);
            Follow();
            return true;
        }

        return false;
    }

    /// <summary>Notes who speaks ARP or neighbour discovery on the underlay: a host or router that is heard proves that this node is connected.</summary>
    public void NoteNeighbor(ReadOnlySpan<byte> frame, in PacketContext context, Timestamp now)
    {
        if (context.Ingress == UnderlayPort && _hosts.IsMember(frame, context.Layout))
        {
            _hosts.HearMember(now);
            Node.HearOverlay(now);
            Follow();
        }
    }

    /// <summary>Takes a frame from the VLANs or out of a tunnel if it is a loop probe or BFD of the other node.</summary>
    public bool TryTakeFrame(ReadOnlySpan<byte> frame, in PacketContext context, Timestamp now)
    {
        bool isFromVlan = context.Segment < 0 && context.Ingress == Plan.Port;
        if (context.Segment >= 0 && context.Vtep == Plan.Vtep)
        {
            NoteTunnel(context, now);
        }
        if (!isFromVlan && context.Segment < 0)
        {
            return false;
        }

        // All of them go to group addresses.
        if ((frame[0] & 1) == 0)
        {
            if (isFromVlan)
            {
                NoteVlan(frame, context.Layout, now);
            }

            return false;
        }

        if (isFromVlan && _vlan is not null && MacAddress.Read(frame) == BridgeNodeFactory.BfdGroup && _vlan.TryReceive(frame, context.Layout, now))
        {
            Node.HearPeer(now);
            Report(now);
            return true;
        }

        bool isProbe = Node.ReceiveProbe(frame, now) != ProbeVerdict.NotProbe;
        Follow();
        if (isFromVlan && !isProbe)
        {
            NoteVlan(frame, context.Layout, now);
        }

        return isProbe;
    }

    /// <summary>Whether a frame of a management VNI is from this node's other node.</summary>
    public bool IsManagement(in PacketContext context) => Plan.BfdEncapsulation == BfdEncapsulation.Tunnel && context.Vtep == Plan.Vtep && context.Peer == Peer;

    /// <summary>Takes a frame that the other node sent in the management VNI.</summary>
    /// <returns>False if it is not BFD.</returns>
    public bool TryTakeManagement(ReadOnlySpan<byte> frame, in PacketLayout layout, Timestamp now)
    {
        bool isTaken = _overlay.TryReceive(frame, layout, now);
        if (isTaken)
        {
            HearPeer(now);
        }

        Report(now);
        return isTaken;
    }

    /// <summary>Finds the MAC address of the next hop to a tunnel endpoint; without one the packet is dropped.</summary>
    public bool TryAddress(PacketVector vector, ushort slot, int peer, out MacAddress nextHop)
    {
        vector[slot].Peer = peer;
        vector[slot].IsQuestion = true;
        if (_neighbors.TryResolve(vector, slot, out nextHop))
        {
            return true;
        }

        vector.Drop(slot, DropReason.NeighborUnresolved);
        return false;
    }

    /// <summary>Goes on in a switch that was built anew around the node; entries of the old filtering database are in the new one already.</summary>
    public void Rebind(SwitchTopology topology, int index, LearningBridge bridge, UnderlayNeighbors neighbors, IPort[] ports)
    {
        (Topology, _index, _bridge, _neighbors) = (topology, index, bridge, neighbors);
        _sharesPort = SharesPort();
        (_port, _underlay) = (ports[Plan.Port], ports[Vtep.Port]);
        var hosts = new OverlayWatch(Plan, topology, neighbors);
        hosts.ContinueFrom(_hosts);
        _hosts = hosts;
        Node.Rebind(bridge.Macs, Plan.Port, Peer, bridge.Bindings, index);
        // Ports of a new bridge are open.
        _isOpen = true;
        Follow();
    }

    public void Drain(Timestamp now)
    {
        Node.Drain(now);
        Follow();
    }

    public void Activate(Timestamp now)
    {
        Node.Activate(now);
        Follow();
    }

    public void Dispose() => Node.Dispose();

    private static Timestamp Earlier(Timestamp left, Timestamp right) => left < right ? left : right;

    /// <summary>
    /// A node without one of its two networks is of no use: it gives the role away, and says so on the path that is left, where the
    /// other node would otherwise go on hearing it.
    /// </summary>
    private void WatchPorts(Timestamp now)
    {
        bool isUp = _port.Status == PortStatus.Up && _underlay.Status == PortStatus.Up;
        if (isUp != _isUp)
        {
            _isUp = isUp;
            Node.SetPort(isUp, now);
        }

        bool isOfUse = isUp && Node is not { Role: BridgeRole.Fenced, IsCutOff: true };
        if (isOfUse == _isOfUse)
        {
            return;
        }

        _isOfUse = isOfUse;
        foreach (BfdSession? session in new ReadOnlySpan<BfdSession?>([_overlay.Session, _vlan?.Session]))
        {
            if (isOfUse)
            {
                session?.AdminUp(now);
            }
            else
            {
                session?.AdminDown(now);
            }
        }
    }

    /// <summary>Opens or closes the port, or the node's VLANs there, as the node says.</summary>
    private void Follow()
    {
        if ((Node.Forwards && HasFence) != _isOpen)
        {
            _isOpen = !_isOpen;
            BridgePortState state = _isOpen ? BridgePortState.Forwarding : BridgePortState.Blocked;
            if (!_sharesPort)
            {
                _bridge.SetPortState(Plan.Port, state);
                return;
            }

            foreach (int segment in Plan.Segments)
            {
                _bridge.SetPortState(Plan.Port, Topology.Plan.Segments[segment].Vlan, state);
            }
        }
    }

    /// <summary>Whether another pair has VLANs of the same port: then each opens and closes its own.</summary>
    private bool SharesPort() => Topology.Plan.Bridges.Count(bridge => bridge.Port == Plan.Port) > 1;

    /// <summary>
    /// Asks for the next hops of all peers in turn: whoever takes over has announcements for them at once, and no time to ask first.
    /// </summary>
    private void Prepare(PacketVector vector)
    {
        if (vector.Now < _nextPrepared || Topology.Peers.Count == 0)
        {
            return;
        }

        _nextPrepared = vector.Now + PreparationInterval;
        for (int i = 0; i < Math.Min(PeersAtATime, Topology.Peers.Count); i++)
        {
            _neighbors.KeepKnown(vector, _prepared++ % Topology.Peers.Count);
        }
    }
}
