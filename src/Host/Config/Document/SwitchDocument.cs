namespace Weft.Host.Config.Document;

/// <summary>What a person writes: values with their places in the text. The validated counterpart is <see cref="SwitchPlan"/>.</summary>
internal sealed class SwitchDocument : Section
{
    public Setting<string> Schema { get; set; }

    public GeneralSection General { get; set; } = new();

    public List<PortSection> Ports { get; } = [];

    public List<VtepSection> Vteps { get; } = [];

    public List<SegmentSection> Segments { get; } = [];

    public List<BridgeSection> Bridges { get; } = [];

    public List<IdsSection> Ids { get; } = [];

    public MulticastSection Multicast { get; set; } = new();

    public LldpSection Lldp { get; set; } = new();

    public List<BridgePairSection> BridgePairs { get; } = [];

    public List<RouterSection> Routers { get; } = [];

    public List<NatSection> Nat { get; } = [];

    public List<NatGatewaySection> NatGateways { get; } = [];

    public List<LbSection> Lb { get; } = [];

    public List<SaseSection> Sase { get; } = [];

    public List<AddressGroupSection> AddressGroups { get; } = [];

    public List<PortGroupSection> PortGroups { get; } = [];

    public List<ServiceGroupSection> ServiceGroups { get; } = [];

    public List<AccessListSection> AccessLists { get; } = [];

    public List<SchedulerSection> Schedulers { get; } = [];

    public List<QosSection> Qos { get; } = [];

    public List<MirrorSessionSection> Mirrors { get; } = [];

    public List<ServiceSection> Services { get; } = [];

    public List<MachineSection> Machines { get; } = [];

    public MeshSection Mesh { get; set; } = new();

    public AnalyticsSection Analytics { get; set; } = new();

    public MovesSection Moves { get; set; } = new();

    public ApiSection Api { get; set; } = new();

    public MetricsSection Metrics { get; set; } = new();

    public ClusterSection Cluster { get; set; } = new();
}
