using Weft.Bridge;
using Weft.Host.Config.Comparison;
using Weft.Packets;

namespace Weft.Host.Config;

/// <summary>
/// A validated configuration: every default filled in, every reference resolved to an index, every value in range. The
/// datapath reads plans and nothing else; the text that a person wrote is a different type, <c>SwitchDocument</c>.
/// </summary>
public sealed record SwitchPlan
{
    /// <summary>Name of this switch, shown in tables and traces.</summary>
    public required string Name { get; init; }

    /// <summary>Frames that a worker takes from a port at a time, 1 to 256.</summary>
    public required int VectorSize { get; init; }

    /// <summary>What a worker does when no frame waits.</summary>
    public required PollMode Poll { get; init; }

    /// <summary>Workers, 1 to 64: each a thread with packet buffers, tables and a graph of its own.</summary>
    public int Workers { get; init; } = 1;

    /// <summary>The processor that each worker keeps to, in their order; empty if the system may move them.</summary>
    public IReadOnlyList<int> Cores { get; init; } = [];

    /// <summary>The nice value of the workers' threads, -20 to 19; null for what the thread has that starts the switch.</summary>
    public int? WorkerNice { get; init; }

    /// <summary>Packet buffers a worker.</summary>
    public required int PoolBuffers { get; init; }

    /// <summary>Bytes of one packet buffer, headroom included: enough for the largest MTU of any port plus tunnel headers.</summary>
    public required int PoolBufferBytes { get; init; }

    /// <summary>Path of the Unix socket for <c>weft show</c>; null if there is none.</summary>
    public required string? ControlSocket { get; init; }

    /// <summary>Absolute path of the file that carries state from one run to the next; null for none.</summary>
    public string? StateFile { get; init; }

    /// <summary>An older state file is not used. Default 300 seconds.</summary>
    public TimeSpan StateMaxAge { get; init; } = TimeSpan.FromSeconds(300);

    /// <summary>Identifies the switch to neighbours; null for one that is made from <see cref="Name"/>.</summary>
    public MacAddress? Mac { get; init; }

    /// <summary>How ports with link layer discovery do it.</summary>
    public LldpPlan Lldp { get; init; } = new();

    /// <summary>Holds addresses that move too often where they are; null lets them move.</summary>
    public MoveDamping? MoveDamping { get; init; }

    /// <summary>Ports, in the order of the file; an index into this list names a port everywhere below.</summary>
    public required IReadOnlyList<PortPlan> Ports { get; init; }

    /// <summary>Tunnel endpoints.</summary>
    public required IReadOnlyList<VtepPlan> Vteps { get; init; }

    /// <summary>Layer-2 segments.</summary>
    public required IReadOnlyList<SegmentPlan> Segments { get; init; }

    /// <summary>Access lists.</summary>
    public IReadOnlyList<AccessList> AccessLists { get; init; } = [];

    /// <summary>Connections of stateful access lists that are remembered, of IPv4 and of IPv6 each, 16 to 16,777,216.</summary>
    public int AclConnections { get; init; } = 65_536;

    /// <summary>Policies of service.</summary>
    public IReadOnlyList<QosPolicy> QosPolicies { get; init; } = [];

    /// <summary>Queues in front of ports.</summary>
    public IReadOnlyList<SchedulerPlan> Schedulers { get; init; } = [];

    /// <summary>Mirrors, 32 at most.</summary>
    public IReadOnlyList<MirrorPlan> Mirrors { get; init; } = [];

    /// <summary>Bridge nodes.</summary>
    public IReadOnlyList<BridgePlan> Bridges { get; init; } = [];

    /// <summary>Bridge nodes whose other node is to be found in the cluster and is not known yet: their VLANs are closed until it is.</summary>
    public IReadOnlyList<BridgePlan> AwaitedBridges { get; init; } = [];

    /// <summary>Sensors of intrusion detection.</summary>
    public IReadOnlyList<IdsPlan> Ids { get; init; } = [];

    /// <summary>What all segments with multicast snooping have in common.</summary>
    public MulticastPlan Multicast { get; init; } = new();

    /// <summary>Pairs of bridge nodes whose requests this switch obeys as a host.</summary>
    public IReadOnlyList<BridgePairPlan> BridgePairs { get; init; } = [];

    /// <summary>Virtual routers between segments.</summary>
    public IReadOnlyList<RouterPlan> Routers { get; init; } = [];

    /// <summary>Source NAT, one a router at most.</summary>
    public IReadOnlyList<NatPlan> Nats { get; init; } = [];

    /// <summary>Ways from outside to hosts that share addresses, one a router at most.</summary>
    public IReadOnlyList<NatGatewayPlan> NatGateways { get; init; } = [];

    /// <summary>Ways back to load balancers.</summary>
    public IReadOnlyList<LbPlan> Lbs { get; init; } = [];

    /// <summary>The part in a point of presence; null if there is none.</summary>
    public SasePlan? Sase { get; init; }

    /// <summary>Services that machines can have.</summary>
    public IReadOnlyList<ServicePlan> Services { get; init; } = [];

    /// <summary>Machines with services of their own.</summary>
    public IReadOnlyList<MachinePlan> Machines { get; init; } = [];

    /// <summary>The part in a mesh; null without one.</summary>
    public MeshHostPlan? Mesh { get; init; }

    /// <summary>What is watched beside the traffic; null for nothing.</summary>
    public AnalyticsPlan? Analytics { get; init; }

    /// <summary>How machines move between hosts; null if they do not.</summary>
    public MovesPlan? Moves { get; init; }

    /// <summary>The web server; null if the configuration has none.</summary>
    public ApiPlan? Api { get; init; }

    /// <summary>Where metrics are sent; null if nowhere.</summary>
    public MetricsPlan? Metrics { get; init; }

    /// <summary>What hosts share; null if this host is alone.</summary>
    public ClusterPlan? Cluster { get; init; }

    /// <summary>What the plan was made of; null if a program made it.</summary>
    internal ConfigurationText? Text { get; init; }

    /// <summary>What a text changes that another plan was made of.</summary>
    /// <param name="next">The other plan.</param>
    /// <exception cref="ArgumentException">One of the two was not read from a text.</exception>
    public IReadOnlyList<ConfigurationChange> ChangesTo(SwitchPlan next)
    {
        ArgumentNullException.ThrowIfNull(next);
        return Text is not null && next.Text is not null ? Text.ChangesTo(next.Text) : throw new ArgumentException("Only configurations that were read from a text can be compared.", nameof(next));
    }
}
