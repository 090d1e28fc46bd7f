using Weft.Encap;
using Weft.Flows;
using Weft.Host.Config.Document;
using Weft.Host.Config.Yaml;

namespace Weft.Host.Config.Shapes;

/// <summary>The keys of marking and metering.</summary>
internal static class QosShape
{
    private const int LeastBurst = 1500, MostBurst = 1_000_000_000;

    /// <summary>What stands for "as the inner header says".</summary>
    public const int CopyDscp = -1;

    public static Shape<QosMeterSection> Meter { get; } = new(
        "police",
        "A meter of two rates and three colours: green packets are within the first rate, yellow ones within the second, red ones are dropped or marked.",
        new ScalarField<QosMeterSection, MeterKind>("mode", "peak: the second rate is the peak, which contains the first (RFC 2698). excess: it is an excess beside the first (RFC 4115).", Scalars.OneOf(("peak", MeterKind.PeakRate), ("excess", MeterKind.ExcessRate)), (s, v) => s.Mode = v).Default(MeterKind.PeakRate),
        new ScalarField<QosMeterSection, int>("kilobits", "Committed rate, by octets of IP packets.", Scalars.Integer(8, int.MaxValue, "kilobits a second"), (s, v) => s.Kilobits = v).Required(),
        new ScalarField<QosMeterSection, int>("burstBytes", "Bytes at once that are green.", Scalars.Integer(LeastBurst, MostBurst, "bytes"), (s, v) => s.BurstBytes = v).IfAbsent("what the rate carries in 100 ms, 9000 at least"),
        new ScalarField<QosMeterSection, int>("secondKilobits", "Second rate.", Scalars.Integer(0, int.MaxValue, "kilobits a second"), (s, v) => s.SecondKilobits = v).IfAbsent("none: nothing is yellow"),
        new ScalarField<QosMeterSection, int>("secondBurstBytes", "Bytes at once of the second rate.", Scalars.Integer(LeastBurst, MostBurst, "bytes"), (s, v) => s.SecondBurstBytes = v).IfAbsent("as 'burstBytes', of the second rate"),
        new ScalarField<QosMeterSection, bool>("colorAware", "Whether the drop precedence of an assured forwarding code point is a colour that an earlier meter gave.", Scalars.Boolean, (s, v) => s.ColorAware = v).Default(false),
        new ScalarField<QosMeterSection, int>("yellowDscp", "Code point of yellow packets.", MatchShape.Dscp, (s, v) => s.YellowDscp = v).IfAbsent("that of the rule"),
        new ScalarField<QosMeterSection, int>("redDscp", "Code point of red packets.", MatchShape.Dscp, (s, v) => s.RedDscp = v).IfAbsent("they are dropped"));

    public static Shape<QosRuleSection> Rule { get; } = new(
        "qosRule",
        "Packets, and how they are marked and metered. Keys that are absent match every packet.",
        [
            .. MatchShape.Fields<QosRuleSection>("Unique in its policy; shown beside its counters."),
            new ScalarField<QosRuleSection, int>("markDscp", "Code point that IP packets get.", MatchShape.Dscp, (s, v) => s.MarkDscp = v).IfAbsent("as 'trust' says"),
            new ScalarField<QosRuleSection, int>("markPriority", "Priority that frames get in their VLAN tag wherever they leave with one (IEEE 802.1Q).", Scalars.Integer(0, 7), (s, v) => s.MarkPriority = v).IfAbsent("as 'trust' says"),
            new GroupField<QosRuleSection, QosMeterSection>("police", "How fast they may come by each port.", Meter, (s, v) => s.Police = v),
        ]);

    public static Shape<QosSection> Policy { get; } = new(
        "qosPolicy",
        "Rules in order; the first that matches a packet decides.",
        new ScalarField<QosSection, string>("name", "Unique among policies.", Scalars.Name, (s, v) => s.Name = v).Required(),
        new ScalarField<QosSection, bool>("trust", "true: packets keep code point and priority unless a rule says otherwise. false: they get 0.", Scalars.Boolean, (s, v) => s.Trust = v).Default(true),
        new GroupListField<QosSection, QosRuleSection>("rules", "Rules.", Rule, 0, PacketClassifier.MaxRules, s => s.Rules));

    public static ScalarField<PortSection, string> Port { get; } =
        new ScalarField<PortSection, string>("qos", "Name of the policy of service for what comes in, for role access.", Scalars.Name, (s, v) => s.Qos = v).IfAbsent("nothing is marked");

    public static ScalarField<VtepSection, int> OuterDscp { get; } = new ScalarField<VtepSection, int>(
        "dscp",
        "Code point of outer headers (RFC 2983): copy takes that of the inner packet, anything else is the same for all. Inner ones are left as they are. Congestion marks follow RFC 6040.",
        new Scalar<int>(
            $"copy, or {MatchShape.Dscp.Expected}",
            (ScalarNode node, out int value) => (value = CopyDscp) < 0 && node.Text == "copy" || MatchShape.Dscp.Parse(node, out value),
            MatchShape.DscpOrCopySchema,
            value => value),
        (s, v) => s.Dscp = v).Default(0);

    public static ScalarField<VtepSection, DscpModel> DscpModel { get; } = new ScalarField<VtepSection, DscpModel>(
        "dscpModel",
        "RFC 2983 section 3. pipe: what comes out of a tunnel keeps its own code point. uniform: it gets that of the outer header, and 'dscp' is copy.",
        Scalars.OneOf(("pipe", Encap.DscpModel.Pipe), ("uniform", Encap.DscpModel.Uniform)),
        (s, v) => s.DscpModel = v).Default(Encap.DscpModel.Pipe);

    /// <summary>The tables of the guide.</summary>
    public static IEnumerable<GuideTable> Guide() => [DocumentShape.Table(Policy), DocumentShape.Table(Rule), DocumentShape.Table(Meter)];
}
