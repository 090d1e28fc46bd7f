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
internal sealed class BridgeNodeDriver : IDisposable
{
    private const int EventCapacity = 32;
    private const int PacketsPerTurn = 4;

    /// <summary>Group address by which BFD reaches the other end of a link whose MAC address is not known (RFC 7130 section 2.2).</summary>
    private static readonly MacAddress BfdGroup = new(0x0100_5E90_0001);

    private readonly LearningBridge _bridge;
    private readonly EventLog _log;
    private readonly UnderlayNeighbors _neighbors;
    private readonly IPort _port;
    private readonly IPort _underlay;
    private readonly int _peer;
    private readonly BfdSession _overlay;
    private readonly BfdPath _overlayPath;
    private readonly BfdSession? _vlan;
    private readonly BfdPath? _vlanPath;
    private readonly byte[] _frame = new byte[BfdPath.MaxFrameLength];
    private readonly Queue<BridgeNodeEvent> _events = new(EventCapacity + 1);
    private bool _isOpen = true;
    private bool _isUp = true;

    public BridgeNodeDriver(SwitchTopology topology, LearningBridge bridge, UnderlayNeighbors neighbors, IPort[] ports, HashSeed seed, Timestamp now, uint epoch, EventLog log)
    {
        (Topology, _bridge, _neighbors, _log) = (topology, bridge, neighbors, log);
        Plan = topology.Plan.Bridges[0];
        Vtep = topology.Plan.Vteps[Plan.Vtep];
        (_port, _underlay) = (ports[Plan.Port], ports[Vtep.Port]);
        _peer = topology.PeerOf(Plan.Vtep, Plan.Peer);
        bool isLive = ports.Any(port => port.Capabilities.IsLive);
        uint wallClock = isLive ? (uint)DateTimeOffset.UtcNow.ToUnixTimeSeconds() : 1;
        Node = new BridgeNode(Options(topology.Plan, seed, Math.Max(wallClock, epoch + 1)), bridge.Macs, now, bridge.Bindings);
        _overlay = Session(discriminator: 1, now);
        _overlayPath = Path(Vtep.Mac, vlan: 0);
        if (Plan.PathVlan != 0)
        {
            _vlan = Session(discriminator: 2, now);
            _vlanPath = Path(BfdGroup, Plan.PathVlan == topology.Plan.Ports[Plan.Port].NativeVlan ? (ushort)0 : Plan.PathVlan);
        }

        Node.Enable(now);
        Follow();
    }

    public SwitchTopology Topology { get; }

    public BridgePlan Plan { get; }

    public VtepPlan Vtep { get; }

    public BridgeNode Node { get; }

    public int UnderlayPort => Vtep.Port;

    /// <summary>Changes of role, the last few.</summary>
    public IReadOnlyCollection<BridgeNodeEvent> Events => _events;

    /// <summary>When <see cref="Advance"/> has something to do.</summary>
    public Timestamp NextDue
    {
        get
        {
            Timestamp next = Earlier(Node.NextDue, _overlay.NextDue);
            return _vlan is null ? next : Earlier(next, _vlan.NextDue);
        }
    }

    /// <summary>Does what is due.</summary>
    public void Advance(PacketVector vector, SwitchGraph graph)
    {
        Timestamp now = vector.Now;
        var sink = new BridgeNodeSink(this, vector, graph);
        WatchPorts(now);

        // The node first: whether it slept decides before what its sessions say about the other side.
        Node.Poll(now, ref sink);
        Follow();
        for (int i = 0; i < PacketsPerTurn && _overlay.TryPoll(now, out BfdControlPacket packet); i++)
        {
            sink.ToPeer(_overlayPath, packet);
        }

        for (int i = 0; i < PacketsPerTurn && _vlan is not null && _vlan.TryPoll(now, out BfdControlPacket packet); i++)
        {
            sink.ToVlan(Plan.PathVlan, _frame.AsSpan(0, _vlanPath!.Write(_frame, packet)));
        }

        Report(now);
        // What the sessions said may have made the node take over: its first announcements go with this turn.
        if (Node.NextDue <= now)
        {
            Node.Poll(now, ref sink);
            Follow();
        }

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
    public bool TryTakeDatagram(ReadOnlySpan<byte> frame, in PacketContext context, Timestamp now)
    {
        if (context.Ingress != UnderlayPort)
        {
            return false;
        }

        if (_overlayPath.TryFind(frame, context.Layout, out ReadOnlySpan<byte> payload, out byte timeToLive))
        {
            _ = _overlay.Receive(payload, timeToLive, now);
            Report(now);
            return true;
        }

        if (UnderlayDatagram.TryRead(frame, context.Layout, Vtep.Address, Plan.Peer, Plan.SyncPort, out payload))
        {
            _ = Node.Receive(payload, now);
            Follow();
            return true;
        }

        return false;
    }

    /// <summary>Takes a frame from the VLANs or out of a tunnel if it is a loop probe or BFD of the other node.</summary>
    public bool TryTakeFrame(ReadOnlySpan<byte> frame, in PacketContext context, Timestamp now)
    {
        bool isFromVlan = context.Segment < 0 && context.Ingress == Plan.Port;
        // All of them go to group addresses; unicast pays this one test.
        if ((frame[0] & 1) == 0 || (!isFromVlan && context.Segment < 0))
        {
            return false;
        }

        if (isFromVlan && _vlan is not null && MacAddress.Read(frame) == BfdGroup
            && _vlanPath!.TryFind(frame, context.Layout, out ReadOnlySpan<byte> payload, out byte timeToLive))
        {
            _ = _vlan.Receive(payload, timeToLive, now);
            Report(now);
            return true;
        }

        bool isProbe = Node.ReceiveProbe(frame, now) != ProbeVerdict.NotProbe;
        Follow();
        return isProbe;
    }

    /// <summary>Finds the MAC address of the next hop to the other node; without one the packet is dropped.</summary>
    public bool TryAddress(PacketVector vector, ushort slot, out MacAddress nextHop)
    {
        vector[slot].Peer = _peer;
        vector[slot].IsQuestion = true;
        if (_neighbors.TryResolve(vector, slot, out nextHop))
        {
            return true;
        }

        vector.Drop(slot, DropReason.NeighborUnresolved);
        return false;
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
        if (isUp == _isUp)
        {
            return;
        }

        _isUp = isUp;
        Node.SetPort(isUp, now);
        foreach (BfdSession? session in new ReadOnlySpan<BfdSession?>([_overlay, _vlan]))
        {
            if (isUp)
            {
                session?.AdminUp(now);
            }
            else
            {
                session?.AdminDown(now);
            }
        }
    }

    /// <summary>Opens or closes the port as the node says.</summary>
    private void Follow()
    {
        if (Node.Forwards != _isOpen)
        {
            _isOpen = Node.Forwards;
            _bridge.SetPortState(Plan.Port, _isOpen ? BridgePortState.Forwarding : BridgePortState.Blocked);
        }
    }

    /// <summary>Tells the node what its sessions found out.</summary>
    private void Report(Timestamp now)
    {
        Report(_overlay, BridgePath.Overlay, now);
        if (_vlan is not null)
        {
            Report(_vlan, BridgePath.Vlan, now);
        }

        Follow();
    }

    private void Publish(in BridgeNodeEvent change)
    {
        string cause = EnumWords<FailoverCause>.Of(change.Cause);
        _log.Publish(change.At, BridgeEventTypes.RoleChanged, Plan.Name, EnumWords<BridgeRole>.Of(change.From), EnumWords<BridgeRole>.Of(change.To), cause, (long)change.Epoch);
        if (change.To == BridgeRole.Fenced)
        {
            _log.Publish(change.At, BridgeEventTypes.Fenced, Plan.Name, cause, (long)change.Epoch);
        }
    }

    private void Report(BfdSession session, BridgePath path, Timestamp now)
    {
        if (!session.TryTakeEvent(out BfdEvent change))
        {
            return;
        }

        if (change.To == BfdState.Up)
        {
            _log.Publish(now, BridgeEventTypes.PathUp, Plan.Name, EnumWords<BridgePath>.Of(path));
            Node.SetPath(path, BridgePathState.Up, now);
        }
        else if (change.From == BfdState.Up)
        {
            _log.Publish(now, BridgeEventTypes.PathDown, Plan.Name, EnumWords<BridgePath>.Of(path), EnumWords<BfdDiagnostic>.Of(change.Diagnostic), change.RemoteAdminDown ? "admin-down" : "silent");
            Node.SetPath(path, change.RemoteAdminDown ? BridgePathState.AdminDown : BridgePathState.Down, now);
        }
    }

    private BridgeNodeOptions Options(SwitchPlan plan, HashSeed seed, uint incarnation)
    {
        TimeSpan detection = Plan.BfdInterval * Plan.BfdMultiplier;
        TimeSpan gap = detection - Plan.BfdInterval;
        return new BridgeNodeOptions
        {
            Bridge = Plan.Id,
            Node = Plan.Node,
            Priority = Plan.Priority,
            Key = Plan.Key,
            Incarnation = incarnation,
            Port = Plan.Port,
            Vlans = [.. Plan.Segments.Select(segment => plan.Segments[segment].Vlan)],
            NativeVlan = plan.Ports[Plan.Port].NativeVlan,
            PeerVtep = _peer,
            Mac = Vtep.Mac,
            // The secret of one table must not be that of another.
            Seed = new HashSeed(seed.Low, ~seed.High),
            Capacity = Math.Clamp(Plan.Segments.Sum(segment => plan.Segments[segment].MaxMacs), 16, 1 << 20),
            Preemption = Plan.Preemption,
            Order = Plan.Order,
            InitHold = Plan.InitHold,
            PreemptHold = Plan.PreemptHold,
            // The other node waits one interval less than the detection time after our last packet, at worst.
            MaxGap = gap < TimeSpan.FromMilliseconds(5) ? TimeSpan.FromMilliseconds(5) : gap,
            AnnounceAddresses = Plan.AnnounceAddresses,
        };
    }

    private BfdSession Session(uint discriminator, Timestamp now) => new(
        new BfdSessionOptions
        {
            // Unlike that of our last life, so that the other side does not take us for it.
            Discriminator = (Node.Epoch << 2) | discriminator,
            DesiredMinTx = Plan.BfdInterval,
            RequiredMinRx = Plan.BfdInterval,
            DetectMultiplier = Plan.BfdMultiplier,
            JitterSeed = Plan.Node,
        },
        now);

    private BfdPath Path(MacAddress remote, ushort vlan) => new()
    {
        LocalMac = Vtep.Mac,
        RemoteMac = remote,
        Local = Mapped(Vtep.Address),
        Remote = Mapped(Plan.Peer),
        Vlan = vlan,
    };

    private static IPv6Address Mapped(TunnelAddress address) => address.IsIPv6 ? address.V6 : BfdPath.Map(address.V4);
}
