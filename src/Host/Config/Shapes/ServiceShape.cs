using Weft.Host.Config.Document;
using Weft.Packets;
using Weft.Services;

namespace Weft.Host.Config.Shapes;

/// <summary>The keys of services.</summary>
internal static class ServiceShape
{
    private const int MaxPort = 65_535;

    /// <summary>Bounds of rates in kilobits: the least that an engine takes, and what fits an integer, two terabits.</summary>
    private const int LeastKilobits = 8;

    internal static readonly Scalar<ServiceDirection> Direction = Scalars.OneOf(("machine", ServiceDirection.FromMachine), ("network", ServiceDirection.ToMachine));

    internal static readonly Scalar<IpProtocol> Protocol = Scalars.OneOf(("tcp", IpProtocol.Tcp), ("udp", IpProtocol.Udp), ("icmp", IpProtocol.Icmp), ("icmpv6", IpProtocol.IcmpV6), ("sctp", IpProtocol.Sctp), ("esp", IpProtocol.Esp), ("gre", IpProtocol.Gre));

    private static readonly Scalar<FirewallAction> Action = Scalars.OneOf(("allow", FirewallAction.Allow), ("drop", FirewallAction.Drop), ("reject", FirewallAction.Reject));

    /// <summary>Tables for the guide.</summary>
    public static IEnumerable<GuideTable> Guide() =>
        [DocumentShape.Table(AddressGroup), DocumentShape.Table(Shape), DocumentShape.Table(Connections), DocumentShape.Table(Firewall), DocumentShape.Table(Rule), DocumentShape.Table(Balancer), DocumentShape.Table(Virtual), DocumentShape.Table(Backend), DocumentShape.Table(Policer), DocumentShape.Table(Mirror), DocumentShape.Table(Inspection), DocumentShape.Table(Container), DocumentShape.Table(ServicePathShape.Shape), .. EncryptionShape.Guide()];

    public static Shape<AddressGroupSection> AddressGroup { get; } = new(
        "addressGroup",
        "Addresses under a name, for rules.",
        new ScalarField<AddressGroupSection, string>("name", "Unique among groups.", Scalars.Name, (s, v) => s.Name = v).Required(),
        new ScalarListField<AddressGroupSection, NetworkAddress>("prefixes", "Prefixes of both families; they may overlap.", Scalars.Prefix, 65_536, "required", s => s.Prefixes));

    public static Shape<ConnectionsSection> Connections { get; } = new(
        "connections",
        "How strictly TCP connections are followed (RFC 9293, RFC 5961).",
        new ScalarField<ConnectionsSection, bool>("pickUp", "Whether connections whose opening was not seen are taken up in their middle.", Scalars.Boolean, (s, v) => s.PickUp = v).Default(false),
        new ScalarField<ConnectionsSection, bool>("liberal", "Whether segments outside the window pass, counted, instead of being dropped.", Scalars.Boolean, (s, v) => s.Liberal = v).Default(false));

    public static Shape<FirewallRuleSection> Rule { get; } = new(
        "rule",
        "Flows, and what becomes of them. Answers belong to the flow and need no rule.",
        new ScalarField<FirewallRuleSection, string>("name", "Shown in traces.", Scalars.Name, (s, v) => s.Name = v).Required(),
        new ScalarField<FirewallRuleSection, FirewallAction>("action", "reject tells the sender by a TCP reset or an ICMP error, drop does not.", Action, (s, v) => s.Action = v).Required(),
        new ScalarField<FirewallRuleSection, ServiceDirection>("opened", "Who opens the flow.", Direction, (s, v) => s.Opened = v).IfAbsent("either side"),
        new ScalarField<FirewallRuleSection, IpProtocol>("protocol", "Transport protocol.", Protocol, (s, v) => s.Protocol = v).IfAbsent("every protocol"),
        new ScalarListField<FirewallRuleSection, string>("remote", "Names of address groups: where the other side is.", Scalars.Name, 64, "anywhere", s => s.Remote),
        new ScalarListField<FirewallRuleSection, string>("local", "Names of address groups: which of the machine's addresses.", Scalars.Name, 64, "any of them", s => s.Local),
        new ScalarField<FirewallRuleSection, NumberRange>("ports", "Destination ports.", Scalars.Range(0, MaxPort), (s, v) => s.Ports = v).IfAbsent("every port"));

    public static Shape<FirewallSection> Firewall { get; } = new(
        "firewall",
        "Rules in order; the first that matches a flow decides.",
        new ScalarField<FirewallSection, FirewallAction>("default", "What becomes of flows that no rule matches.", Action, (s, v) => s.Otherwise = v).Default(FirewallAction.Drop),
        new GroupListField<FirewallSection, FirewallRuleSection>("rules", "Rules.", Rule, 0, FirewallPolicy.MaxRules, s => s.Rules));

    public static Shape<BackendSection> Backend { get; } = new(
        "backend",
        "A server.",
        new ScalarField<BackendSection, TunnelAddress>("address", "Its address.", Scalars.Address, (s, v) => s.Address = v).Required(),
        new ScalarField<BackendSection, int>("port", "Its port.", Scalars.Integer(1, MaxPort), (s, v) => s.Port = v).IfAbsent("that which the machine asked for"),
        new ScalarField<BackendSection, int>("weight", "Its share relative to the others'.", Scalars.Integer(1, 1_000_000), (s, v) => s.Weight = v).Default(1));

    public static Shape<VirtualServiceSection> Virtual { get; } = new(
        "virtual",
        "An address and port that stand for several servers.",
        new ScalarField<VirtualServiceSection, TunnelAddress>("address", "The address. It is behind the machine's gateway, so that nobody has to answer for it in the segment.", Scalars.Address, (s, v) => s.Address = v).Required(),
        new ScalarField<VirtualServiceSection, IpProtocol>("protocol", "Protocol.", Scalars.OneOf(("tcp", IpProtocol.Tcp), ("udp", IpProtocol.Udp)), (s, v) => s.Protocol = v).Required(),
        new ScalarField<VirtualServiceSection, int>("port", "The port.", Scalars.Integer(1, MaxPort), (s, v) => s.Port = v).IfAbsent("every port"),
        new GroupListField<VirtualServiceSection, BackendSection>("backends", "Servers. Without any, flows are refused.", Backend, 0, 1000, s => s.Backends));

    public static Shape<BalancerSection> Balancer { get; } = new(
        "balancer",
        "What the machine knows by one address and several servers share.",
        new GroupListField<BalancerSection, VirtualServiceSection>("virtual", "Virtual services.", Virtual, 0, 256, s => s.Virtual));

    public static Shape<PolicerSection> Policer { get; } = new(
        "policer",
        "Rates beyond which packets are dropped. Octets are those of IP packets.",
        new ScalarField<PolicerSection, int>("outKilobits", "What the machine may send in a second.", Scalars.Integer(LeastKilobits, int.MaxValue, "kilobits"), (s, v) => s.OutKilobits = v).IfAbsent("no limit"),
        new ScalarField<PolicerSection, int>("inKilobits", "What it may be sent in a second.", Scalars.Integer(LeastKilobits, int.MaxValue, "kilobits"), (s, v) => s.InKilobits = v).IfAbsent("no limit"),
        new ScalarField<PolicerSection, int>("flowKilobits", "What a flow may be in a second, each way.", Scalars.Integer(LeastKilobits, int.MaxValue, "kilobits"), (s, v) => s.FlowKilobits = v).IfAbsent("no limit"),
        new ScalarField<PolicerSection, int>("flowsPerSecond", "New flows in a second, of either side.", Scalars.Integer(1, 1_000_000_000), (s, v) => s.FlowsPerSecond = v).IfAbsent("no limit"),
        new ScalarField<PolicerSection, int>("burstMilliseconds", "How long a rate may be exceeded by what it left unused.", Scalars.Integer(1, 10_000, "milliseconds"), (s, v) => s.BurstMilliseconds = v).Default(100));

    public static Shape<MirrorSection> Mirror { get; } = new(
        "mirror",
        "Packets that are copied to the machine's 'mirrorPort'.",
        new ScalarField<MirrorSection, int>("packets", "Packets of each flow.", Scalars.Integer(1, int.MaxValue), (s, v) => s.Packets = v).IfAbsent("all"),
        new ScalarField<MirrorSection, int>("snap", "Bytes of each packet.", Scalars.Integer(64, MaxPort, "bytes"), (s, v) => s.Snap = v).IfAbsent("all"));

    public static Shape<InspectionSection> Inspection { get; } = new(
        "inspection",
        "Rules that every packet is compared with; drop and reject are carried out, alerts are events. Each machine has a detector of its own.",
        new ScalarListField<InspectionSection, string>("rules", "Files of rules in the language of Suricata and Snort.", Scalars.Path, 64, "required", s => s.Rules),
        new ScalarField<InspectionSection, bool>("midstream", "Whether TCP conversations whose beginning was not seen count as established; so do those of a machine that has moved here.", Scalars.Boolean, (s, v) => s.Midstream = v).Default(true),
        new ScalarField<InspectionSection, int>("maxFlows", "Conversations that are remembered.", Scalars.Integer(16, 1 << 24), (s, v) => s.MaxFlows = v).Default(4096));

    public static Shape<ContainerSection> Container { get; } = new(
        "container",
        "Processes that packets are given to and taken back from, through memory that is shared with each of them. They are not trusted.",
        new ScalarField<ContainerSection, string>("memory", "Beginning of the paths of the files that are shared; '.', name of the machine, '.' and number of the instance follow. In /dev/shm they never reach a disk.", Scalars.Path, (s, v) => s.Memory = v).IfAbsent("required for type container"),
        new ScalarField<ContainerSection, int>("instances", "Processes that a machine's new flows are given to; a flow stays with its process.", Scalars.Integer(1, 64), (s, v) => s.Instances = v).Default(1),
        new ScalarField<ContainerSection, int>("slots", "Packets that can be with a process, a power of two.", Scalars.Integer(2, 65_536), (s, v) => s.Slots = v).Default(1024),
        new ScalarField<ContainerSection, int>("slotBytes", "Room for the longest packet, a multiple of 64.", Scalars.Integer(64, 65_536, "bytes"), (s, v) => s.SlotBytes = v).Default(2048),
        new ScalarField<ContainerSection, int>("patienceMilliseconds", "Silence after which a process is dead, and what it had is lost.", Scalars.Integer(1, 60_000, "milliseconds"), (s, v) => s.PatienceMilliseconds = v).Default(100),
        new GroupField<ContainerSection, ServicePathSection>("path", "Give packets under the identifier of a service path instead of as they are.", ServicePathShape.Shape, (s, v) => s.Path = v));

    public static Shape<ServiceSection> Shape { get; } = new(
        "service",
        "A service that machines can have. Each machine has an instance of its own.",
        new ScalarField<ServiceSection, string>("name", "Unique among services.", Scalars.Name, (s, v) => s.Name = v).Required(),
        new ScalarField<ServiceSection, ServiceKind>(
            "type",
            "connections: follows TCP windows. firewall: stateful rules. load-balancer: virtual addresses. policer: rates. mirror: copies for a collector. ids: rules of intrusion detection. container: processes of its own. encryption: ESP towards other machines.",
            Scalars.OneOf(("connections", ServiceKind.Connections), ("firewall", ServiceKind.Firewall), ("load-balancer", ServiceKind.LoadBalancer), ("policer", ServiceKind.Policer), ("mirror", ServiceKind.Mirror), ("ids", ServiceKind.Ids), ("container", ServiceKind.Container), ("encryption", ServiceKind.Encryption)),
            (s, v) => s.Type = v).Required(),
        new ScalarField<ServiceSection, FailurePolicy>(
            "whenFailed",
            "What becomes of packets while it is out of order. closed: they are dropped. open: they pass it by. bypass-established: those of flows that both sides have spoken in pass it by.",
            Scalars.OneOf(("closed", FailurePolicy.FailClosed), ("open", FailurePolicy.FailOpen), ("bypass-established", FailurePolicy.BypassEstablished)),
            (s, v) => s.WhenFailed = v).IfAbsent("open for policer and mirror, else closed"),
        new GroupField<ServiceSection, ConnectionsSection>("connections", "For type connections.", Connections, (s, v) => s.Connections = v),
        new GroupField<ServiceSection, FirewallSection>("firewall", "For type firewall.", Firewall, (s, v) => s.Firewall = v),
        new GroupField<ServiceSection, BalancerSection>("balancer", "For type load-balancer.", Balancer, (s, v) => s.Balancer = v),
        new GroupField<ServiceSection, PolicerSection>("policer", "For type policer.", Policer, (s, v) => s.Policer = v),
        new GroupField<ServiceSection, MirrorSection>("mirror", "For type mirror.", Mirror, (s, v) => s.Mirror = v),
        new GroupField<ServiceSection, InspectionSection>("ids", "For type ids.", Inspection, (s, v) => s.Ids = v),
        new GroupField<ServiceSection, ContainerSection>("container", "For type container.", Container, (s, v) => s.Container = v),
        new GroupField<ServiceSection, EncryptionSection>("encryption", "For type encryption.", EncryptionShape.Shape, (s, v) => s.Encryption = v));
}
