namespace Weft.Host.Observe;

/// <summary>
/// Everything a switch knows at one instant, taken between two vectors so that all parts agree. It is immutable, and it is
/// enough to build a second switch in the same state.
/// </summary>
public sealed record SwitchSnapshot
{
    /// <summary>Name of the switch.</summary>
    public required string Name { get; init; }

    /// <summary>Version of Weft that runs it.</summary>
    public required string Version { get; init; }

    /// <summary>Seconds since the switch saw its first moment, on its own clock: real for live ports, virtual for captures.</summary>
    public required double UptimeSeconds { get; init; }

    /// <summary>Where all frames went.</summary>
    public required FrameTotals Totals { get; init; }

    /// <summary>Ports in the order of the configuration.</summary>
    public IReadOnlyList<PortSnapshot> Ports { get; init; } = [];

    /// <summary>Stages that the configuration needs, in the order of the graph.</summary>
    public IReadOnlyList<StageSnapshot> Stages { get; init; } = [];

    /// <summary>Workers: which ports each has, what it received, handed over and took over.</summary>
    public IReadOnlyList<WorkerSnapshot> Workers { get; init; } = [];

    /// <summary>Drops that happened, by stage, reason and port of ingress.</summary>
    public IReadOnlyList<DropSnapshot> Drops { get; init; } = [];

    /// <summary>Segments in the order of the configuration.</summary>
    public IReadOnlyList<SegmentSnapshot> Segments { get; init; } = [];

    /// <summary>Tunnel endpoints in the order of the configuration.</summary>
    public IReadOnlyList<TunnelSnapshot> Tunnels { get; init; } = [];

    /// <summary>Security associations of protected peers.</summary>
    public IReadOnlyList<AssociationSnapshot> Associations { get; init; } = [];

    /// <summary>Pairs of bridge nodes that the switch listens to as a host.</summary>
    public IReadOnlyList<FlushListenerSnapshot> FlushListeners { get; init; } = [];

    /// <summary>What the filtering database learned, moved and refused.</summary>
    public LearningTotals Learning { get; init; } = new();

    /// <summary>What became of questions for neighbours.</summary>
    public SuppressionTotals Suppression { get; init; } = new();

    /// <summary>Libraries that could encrypt, best first.</summary>
    public IReadOnlyList<CryptoSnapshot> Crypto { get; init; } = [];

    /// <summary>Bridge nodes.</summary>
    public IReadOnlyList<BridgeSnapshot> Bridges { get; init; } = [];

    /// <summary>Bridge nodes that wait for the cluster to know the other node.</summary>
    public IReadOnlyList<AwaitedBridgeSnapshot> AwaitedBridges { get; init; } = [];

    /// <summary>Whose addresses are known behind guarded ports; null if none is guarded.</summary>
    public GuardSnapshot? Guard { get; init; }

    /// <summary>Access control; null if no list is in force.</summary>
    public AclSnapshot? Acl { get; init; }

    /// <summary>Policies of service: what each rule did at each port.</summary>
    public IReadOnlyList<QosRuleSnapshot> Qos { get; init; } = [];

    /// <summary>Queues in front of ports.</summary>
    public IReadOnlyList<EgressQueueSnapshot> EgressQueues { get; init; } = [];

    /// <summary>Mirrors.</summary>
    public IReadOnlyList<MirrorSnapshot> Mirrors { get; init; } = [];

    /// <summary>Relays of DHCP.</summary>
    public IReadOnlyList<DhcpRelaySnapshot> DhcpRelays { get; init; } = [];

    /// <summary>Links that are used as one.</summary>
    public IReadOnlyList<BondSnapshot> Bonds { get; init; } = [];

    /// <summary>Link layer discovery; null if no port has it.</summary>
    public LldpSnapshot? Lldp { get; init; }

    /// <summary>The loop guard; null if no port has it.</summary>
    public LoopGuardSnapshot? LoopGuard { get; init; }

    /// <summary>Sensors of intrusion detection.</summary>
    public IReadOnlyList<IdsSnapshot> Ids { get; init; } = [];

    /// <summary>Multicast; null if no segment snoops.</summary>
    public MulticastSnapshot? Multicast { get; init; }

    /// <summary>The filtering database: which address is where.</summary>
    public IReadOnlyList<FdbEntrySnapshot> Fdb { get; init; } = [];

    /// <summary>Neighbours on the underlay: MAC addresses of tunnel peers and gateways.</summary>
    public IReadOnlyList<NeighborSnapshot> Neighbors { get; init; } = [];

    /// <summary>Interfaces of virtual routers.</summary>
    public IReadOnlyList<RouterInterfaceSnapshot> RouterInterfaces { get; init; } = [];

    /// <summary>Routes of virtual routers.</summary>
    public IReadOnlyList<RouteSnapshot> Routes { get; init; } = [];

    /// <summary>Address translation.</summary>
    public IReadOnlyList<NatSnapshot> Nats { get; init; } = [];

    /// <summary>Gateways in front of hosts that share addresses.</summary>
    public IReadOnlyList<NatGatewaySnapshot> NatGateways { get; init; } = [];

    /// <summary>Ways back to load balancers.</summary>
    public IReadOnlyList<LbSnapshot> Lbs { get; init; } = [];

    /// <summary>The part in a point of presence; null if there is none.</summary>
    public SaseSnapshot? Sase { get; init; }

    /// <summary>Machines with services of their own.</summary>
    public IReadOnlyList<MachineSnapshot> Machines { get; init; } = [];
    /// <summary>The mesh that the switch translates for; null without one.</summary>
    public MeshSnapshot? Mesh { get; init; }

    /// <summary>This host's part in a cluster; null if it is alone.</summary>
    public ClusterMemberSnapshot? Cluster { get; init; }

    /// <summary>The last change of the configuration; null if there was none, or the switch has ended.</summary>
    public ReloadSnapshot? LastReload { get; init; }

    /// <summary>Neighbours of virtual routers.</summary>
    public IReadOnlyList<RouterNeighborSnapshot> RouterNeighbors { get; init; } = [];

    /// <summary>Bindings of IP to MAC addresses that ARP and ND suppression answers from.</summary>
    public IReadOnlyList<BindingSnapshot> Bindings { get; init; } = [];

    /// <summary>Who was lately answered from them; who asks again while the machine is silent is not.</summary>
    public IReadOnlyList<QuestionSnapshot> Questions { get; init; } = [];

    /// <summary>Analytics; null if nothing is watched.</summary>
    public AnalyticsSnapshot? Analytics { get; init; }
}
