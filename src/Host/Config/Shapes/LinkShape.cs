using Weft.Bridge;
using Weft.Host.Config.Document;

namespace Weft.Host.Config.Shapes;

/// <summary>The keys of what ports say to and hear from the neighbours at the other ends of their cables.</summary>
internal static class LinkShape
{
    /// <summary>Octets of UTF-8 that an LLDP text has at most are 255; four for a character are the most.</summary>
    private const int MaxDescription = 63;

    public static Shape<LldpSection> Lldp { get; } = new(
        "lldp",
        "Link layer discovery (IEEE 802.1AB) of ports that have it switched on.",
        new ScalarField<LldpSection, int>("intervalSeconds", "Time between frames.", Scalars.Integer(1, 3600, "seconds"), (s, v) => s.IntervalSeconds = v).Default(30),
        new ScalarField<LldpSection, int>("hold", "Intervals for which neighbours are to remember the switch.", Scalars.Integer(1, 100), (s, v) => s.Hold = v).Default(4),
        new ScalarField<LldpSection, int>("maxNeighbors", "Neighbours remembered behind a port.", Scalars.Integer(1, 64), (s, v) => s.MaxNeighbors = v).Default(8),
        new ScalarField<LldpSection, TunnelAddress>("managementAddress", "Address under which neighbours are told to manage the switch.", Scalars.Address, (s, v) => s.ManagementAddress = v).IfAbsent("none is told"));

    public static Shape<BondSection> Bond { get; } = new(
        "bond",
        "Other ports of role member that are used as one link (IEEE 802.1AX).",
        new ScalarListField<BondSection, string>("members", "Names of the ports.", Scalars.Name, LinkAggregatorOptions.MaxMembers, "required", s => s.Members),
        new ScalarField<BondSection, LacpMode>(
            "mode",
            "active: the two ends agree by LACP, and the switch speaks first. passive: by LACP, once the other end speaks. static: every link that is up is used; the other end must be configured the same way.",
            Scalars.OneOf(("active", LacpMode.Active), ("passive", LacpMode.Passive), ("static", LacpMode.Static)),
            (s, v) => s.Mode = v).Default(LacpMode.Active),
        new ScalarField<BondSection, bool>("rate", "How often the partner is asked to speak: slow is every 30 s, and it is given up after 90; fast is every second, and 3.", Scalars.OneOf(("slow", false), ("fast", true)), (s, v) => s.FastRate = v).Default(false),
        new ScalarField<BondSection, int>("minLinks", "Least links that must be usable for the bond to be up.", Scalars.Integer(1, LinkAggregatorOptions.MaxMembers), (s, v) => s.MinLinks = v).Default(1),
        new ScalarField<BondSection, int>("maxLinks", "Most links that are used; the others stand by.", Scalars.Integer(1, LinkAggregatorOptions.MaxMembers), (s, v) => s.MaxLinks = v).Default(LinkAggregatorOptions.MaxMembers),
        new ScalarField<BondSection, bool>("fallback", "Whether one link is used alone while no partner speaks LACP.", Scalars.Boolean, (s, v) => s.Fallback = v).Default(false),
        new ScalarField<BondSection, int>("systemPriority", "Rank of the switch; the lower number of the two ends decides which links are used.", Scalars.Integer(0, ushort.MaxValue), (s, v) => s.SystemPriority = v).Default(0x8000));

    public static ScalarField<PortSection, int> BondPriority { get; } =
        new ScalarField<PortSection, int>("bondPriority", "Rank as a link of a bond; lower is preferred.", Scalars.Integer(0, ushort.MaxValue), (s, v) => s.BondPriority = v).Default(0x8000);

    /// <summary>The tables of the guide.</summary>
    public static IEnumerable<GuideTable> Guide() => [DocumentShape.Table(GuardShape.Port), DocumentShape.Table(Bond), DocumentShape.Table(Lldp)];

    public static ScalarField<GeneralSection, Packets.MacAddress> Mac { get; } =
        new ScalarField<GeneralSection, Packets.MacAddress>("mac", "Identifies the switch to its neighbours: LLDP and LACP.", Scalars.Mac, (s, v) => s.Mac = v).IfAbsent("06:57 and four octets made from the name");

    public static ScalarField<PortSection, string> Description { get; } =
        new ScalarField<PortSection, string>("description", "What the port is for, as LLDP tells neighbours.", Scalars.Words(MaxDescription), (s, v) => s.Description = v).IfAbsent("none is told");

    public static ScalarField<PortSection, LldpMode> PortLldp { get; } = new ScalarField<PortSection, LldpMode>(
        "lldp",
        "Link layer discovery at the port: off, receive, transmit, or both.",
        Scalars.OneOf(("off", LldpMode.Off), ("receive", LldpMode.Receive), ("transmit", LldpMode.Transmit), ("both", LldpMode.Both)),
        (s, v) => s.Lldp = v).Default(LldpMode.Off);
}
