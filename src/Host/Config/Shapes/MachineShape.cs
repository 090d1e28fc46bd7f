using Weft.Host.Config.Document;
using Weft.Packets;
using Weft.Services;

namespace Weft.Host.Config.Shapes;

/// <summary>The keys of machines with services.</summary>
internal static class MachineShape
{
    private const int MaxFlows = 1 << 24;

    /// <summary>Tables for the guide.</summary>
    public static IEnumerable<GuideTable> Guide() => [DocumentShape.Table(Shape), DocumentShape.Table(Class), .. MovesShape.Guide()];

    public static Shape<ServiceClassSection> Class { get; } = new(
        "class",
        "Flows, and the services they visit. The first class that matches the first packet of a flow decides.",
        new ScalarField<ServiceClassSection, ServiceDirection>("opened", "Who opens the flow.", ServiceShape.Direction, (s, v) => s.Opened = v).IfAbsent("either side"),
        new ScalarField<ServiceClassSection, IpProtocol>("protocol", "Transport protocol.", ServiceShape.Protocol, (s, v) => s.Protocol = v).IfAbsent("every protocol"),
        new ScalarField<ServiceClassSection, NetworkAddress>("remote", "Where the other side is.", Scalars.Prefix, (s, v) => s.Remote = v).IfAbsent("anywhere"),
        new ScalarField<ServiceClassSection, NumberRange>("ports", "Destination ports.", Scalars.Range(0, 65_535), (s, v) => s.Ports = v).IfAbsent("every port"),
        new ScalarListField<ServiceClassSection, string>("services", "Services that the flow visits.", Scalars.Name, ServiceSet.MaxServices, "none", s => s.Services),
        new ScalarListField<ServiceClassSection, string>("answers", "Services that packets of the side that did not open the flow visit.", Scalars.Name, ServiceSet.MaxServices, "as 'services'", s => s.Answers));

    public static Shape<MachineSection> Shape { get; } = new(
        "machine",
        "A machine with services of its own, on its path to and from the network. It is what is behind a port, or a MAC address or IP addresses behind a port or in a segment.",
        new ScalarField<MachineSection, string>("name", "Unique among machines.", Scalars.Name, (s, v) => s.Name = v).Required(),
        new ScalarField<MachineSection, int>("id", "Number of the machine, unlike every other's, the same on every host that it may move to.", Scalars.Integer(1, int.MaxValue), (s, v) => s.Id = v).Required(),
        new ScalarField<MachineSection, string>("port", "Name of the access-role port that it is behind.", Scalars.Name, (s, v) => s.Port = v).IfAbsent("any port of its segment; then 'segment', and 'mac' or 'addresses', are required"),
        new ScalarField<MachineSection, string>("segment", "Name of its segment.", Scalars.Name, (s, v) => s.Segment = v).IfAbsent("any segment of its port"),
        new ScalarField<MachineSection, MacAddress>("mac", "Its MAC address, where others are behind the same port.", Scalars.Mac, (s, v) => s.Mac = v).IfAbsent("every MAC address is the machine's"),
        new ScalarListField<MachineSection, TunnelAddress>("addresses", "Its IP addresses, where several machines have one MAC address, or everything behind a port is not one machine.", Scalars.Address, 64, "whatever its packets have", s => s.Addresses),
        new ScalarField<MachineSection, int>("mtu", "Longest IP packet that its network takes: what services make longer is dropped, and its sender told which length fits.", Scalars.Integer(1280, 65_535, "bytes"), (s, v) => s.Mtu = v).Default(1500),
        new ScalarListField<MachineSection, string>("services", "Its services in order, from the machine outwards: what it sends visits them in this order, what it is sent in the opposite one.", Scalars.Name, ServiceSet.MaxServices, "required", s => s.Services),
        new GroupListField<MachineSection, ServiceClassSection>("classes", "Flows that visit only some of the services.", Class, 0, RuleClassifier.MaxRules, s => s.Classes),
        new ScalarField<MachineSection, int>("flows", "IPv4 flows that are remembered.", Scalars.Integer(16, MaxFlows), (s, v) => s.Flows = v).Default(4096),
        new ScalarField<MachineSection, int>("flows6", "IPv6 flows that are remembered.", Scalars.Integer(16, MaxFlows), (s, v) => s.Flows6 = v).Default(1024),
        new ScalarField<MachineSection, int>("halfOpenFlows", "Flows of each family that others opened and the machine has not answered.", Scalars.Integer(1, MaxFlows), (s, v) => s.HalfOpenFlows = v).IfAbsent("half of the flows"),
        new ScalarField<MachineSection, int>("budgetMicroseconds", "Time that its services may take for a burst of packets; those that had not their turn by then are out of order for its rest.", Scalars.Integer(1, 1_000_000, "microseconds"), (s, v) => s.BudgetMicroseconds = v).IfAbsent("no bound"),
        new ScalarField<MachineSection, string>("mirrorPort", "Name of the access-role port that mirrored packets are sent to.", Scalars.Name, (s, v) => s.MirrorPort = v).IfAbsent("nothing is mirrored"),
        new ScalarField<MachineSection, bool>("standby", "Whether the machine is on another host and may move here: until then its packets are not served but dropped.", Scalars.Boolean, (s, v) => s.Standby = v).Default(false));
}
