using Weft.Host.Config.Document;

namespace Weft.Host.Config.Shapes;

/// <summary>The keys of mirrors.</summary>
internal static class MirrorShape
{
    private const int LeastSnap = 64;

    public static Shape<ErspanSection> Erspan { get; } = new(
        "erspan",
        "A collector that copies are sent to over IP (ERSPAN).",
        new ScalarField<ErspanSection, string>("router", "Name of the virtual router that sends them; its first address of the collector's family is their source.", Scalars.Name, (s, v) => s.Router = v).Required(),
        new ScalarField<ErspanSection, TunnelAddress>("collector", "Address of the collector.", Scalars.Address, (s, v) => s.Collector = v).Required(),
        new ScalarField<ErspanSection, int>("session", "Number by which the collector knows the mirror.", Scalars.Integer(0, 1023), (s, v) => s.Session = v).Required(),
        new ScalarField<ErspanSection, int>("type", "2 (GRE protocol 0x88BE), or 3 (0x22EB), which has direction and time as well.", Scalars.Integer(2, 3), (s, v) => s.Type = v).Default(2),
        new ScalarField<ErspanSection, int>("dscp", "Code point of the outer header.", MatchShape.Dscp, (s, v) => s.Dscp = v).Default(0),
        new ScalarField<ErspanSection, int>("ttl", "TTL or hop limit of the outer header.", Scalars.Integer(1, 255), (s, v) => s.Ttl = v).Default(64));

    public static Shape<MirrorSessionSection> Session { get; } = new(
        "mirrorSession",
        "Frames that are copied to a port of role monitor, or to a collector.",
        new ScalarField<MirrorSessionSection, string>("name", "Unique among mirrors.", Scalars.Name, (s, v) => s.Name = v).Required(),
        new ScalarListField<MirrorSessionSection, string>("ports", "Names of access-role ports whose frames are copied.", Scalars.Name, 1024, "none", s => s.Ports),
        new ScalarListField<MirrorSessionSection, string>("segments", "Names of segments whose frames are copied.", Scalars.Name, 4094, "none", s => s.Segments),
        new ScalarField<MirrorSessionSection, MirrorDirection>("direction", "in: what machines send, as it comes. out: what they are sent, as it leaves. both.", Scalars.OneOf(("in", MirrorDirection.In), ("out", MirrorDirection.Out), ("both", MirrorDirection.Both)), (s, v) => s.Direction = v).Default(MirrorDirection.Both),
        new ScalarField<MirrorSessionSection, string>("filter", "Name of an access list; what it permits is copied.", Scalars.Name, (s, v) => s.Filter = v).IfAbsent("everything is copied"),
        new ScalarField<MirrorSessionSection, int>("snap", "Bytes of each frame that are copied.", Scalars.Integer(LeastSnap, ushort.MaxValue, "bytes"), (s, v) => s.Snap = v).IfAbsent("whole frames"),
        new ScalarField<MirrorSessionSection, int>("packetsPerSecond", "Copies a second.", Scalars.Integer(1, 100_000_000), (s, v) => s.PacketsPerSecond = v).IfAbsent("no limit"),
        new ScalarField<MirrorSessionSection, string>("to", "Name of the port of role monitor that gets the copies.", Scalars.Name, (s, v) => s.To = v).IfAbsent("'erspan' says where they go"),
        new GroupField<MirrorSessionSection, ErspanSection>("erspan", "The collector that gets the copies.", Erspan, (s, v) => s.Erspan = v));

    /// <summary>The tables of the guide.</summary>
    public static IEnumerable<GuideTable> Guide() => [DocumentShape.Table(Session), DocumentShape.Table(Erspan)];
}
