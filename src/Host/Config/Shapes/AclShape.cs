using Weft.Bridge;
using Weft.Flows;
using Weft.Host.Config.Document;
using Weft.Packets;

namespace Weft.Host.Config.Shapes;

/// <summary>The keys of access lists, and of groups that their rules and places are named by.</summary>
internal static class AclShape
{
    private static readonly Scalar<AclAction> Action = Scalars.OneOf(("permit", AclAction.Permit), ("deny", AclAction.Deny), ("reject", AclAction.Reject));

    public static Shape<AclBindingSection> Binding { get; } = new(
        "acl",
        "Access lists of a port, a group of ports or a segment, by name.",
        new ScalarField<AclBindingSection, string>("in", "For what machines send: what comes in by the port, or into the segment by any port or tunnel.", Scalars.Name, (s, v) => s.In = v).IfAbsent("everything passes"),
        new ScalarField<AclBindingSection, string>("out", "For what machines are sent: what leaves by the port, or by any port of the segment.", Scalars.Name, (s, v) => s.Out = v).IfAbsent("everything passes"));

    public static Shape<AclRuleSection> Rule { get; } = new(
        "accessRule",
        "Packets, and what becomes of them. Keys that are absent match every packet.",
        [
            .. MatchShape.Fields<AclRuleSection>("Unique in its list; shown beside its counters."),
            new ScalarField<AclRuleSection, AclAction>("action", "permit, deny (dropped without a word) or reject (the sender is told by a TCP reset or an ICMP error).", Action, (s, v) => s.Action = v).Required(),
            new ScalarField<AclRuleSection, bool>("log", "Whether an event says what matched; at most 20 a second.", Scalars.Boolean, (s, v) => s.Log = v).Default(false),
        ]);

    public static Shape<AccessListSection> List { get; } = new(
        "accessList",
        "Rules in order; the first that matches a packet decides.",
        new ScalarField<AccessListSection, string>("name", "Unique among access lists.", Scalars.Name, (s, v) => s.Name = v).Required(),
        new ScalarField<AccessListSection, bool>("stateful", "Whether connections that a rule permits are remembered, so that all their packets pass in both directions.", Scalars.Boolean, (s, v) => s.Stateful = v).Default(false),
        new ScalarField<AccessListSection, AclAction>("default", "What becomes of packets that no rule matches. ARP and neighbour discovery pass even so.", Action, (s, v) => s.Otherwise = v).Default(AclAction.Deny),
        new GroupListField<AccessListSection, AclRuleSection>("rules", "Rules.", Rule, 0, PacketClassifier.MaxRules, s => s.Rules));

    public static Shape<PortGroupSection> PortGroup { get; } = new(
        "portGroup",
        "Ports that have the same access lists.",
        new ScalarField<PortGroupSection, string>("name", "Unique among groups of ports.", Scalars.Name, (s, v) => s.Name = v).Required(),
        new ScalarListField<PortGroupSection, string>("ports", "Names of access-role ports. A port has one list in each direction, of its own or of one group.", Scalars.Name, 1024, "required", s => s.Ports),
        new GroupField<PortGroupSection, AclBindingSection>("acl", "Their access lists.", Binding, (s, v) => s.Acl = v));

    public static Shape<ServiceGroupSection> ServiceGroup { get; } = new(
        "serviceGroup",
        "A protocol and ports under a name, for rules.",
        new ScalarField<ServiceGroupSection, string>("name", "Unique among service groups.", Scalars.Name, (s, v) => s.Name = v).Required(),
        new ScalarField<ServiceGroupSection, IpProtocol>("protocol", "Transport protocol.", ServiceShape.Protocol, (s, v) => s.Protocol = v).Required(),
        new ScalarListField<ServiceGroupSection, NumberRange>("ports", "Destination ports of TCP, UDP or SCTP.", Scalars.Range(0, ushort.MaxValue), 64, "every port", s => s.Ports));

    public static ScalarField<GeneralSection, int> Connections { get; } =
        new ScalarField<GeneralSection, int>("aclConnections", "Connections of stateful access lists that are remembered, of IPv4 and of IPv6 each.", Scalars.Integer(16, 1 << 24), (s, v) => s.AclConnections = v).Default(65_536);

    /// <summary>The tables of the guide.</summary>
    public static IEnumerable<GuideTable> Guide() =>
        [DocumentShape.Table(Binding), DocumentShape.Table(List), DocumentShape.Table(Rule), DocumentShape.Table(PortGroup), DocumentShape.Table(ServiceGroup)];
}
