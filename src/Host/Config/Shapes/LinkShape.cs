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

    /// <summary>The tables of the guide.</summary>
    public static IEnumerable<GuideTable> Guide() => [DocumentShape.Table(Lldp)];

    public static ScalarField<GeneralSection, Packets.MacAddress> Mac { get; } =
        new ScalarField<GeneralSection, Packets.MacAddress>("mac", "Identifies the switch to its neighbours: LLDP.", Scalars.Mac, (s, v) => s.Mac = v).IfAbsent("06:57 and four octets made from the name");

    public static ScalarField<PortSection, string> Description { get; } =
        new ScalarField<PortSection, string>("description", "What the port is for, as LLDP tells neighbours.", Scalars.Words(MaxDescription), (s, v) => s.Description = v).IfAbsent("none is told");

    public static ScalarField<PortSection, LldpMode> PortLldp { get; } = new ScalarField<PortSection, LldpMode>(
        "lldp",
        "Link layer discovery at the port: off, receive, transmit, or both.",
        Scalars.OneOf(("off", LldpMode.Off), ("receive", LldpMode.Receive), ("transmit", LldpMode.Transmit), ("both", LldpMode.Both)),
        (s, v) => s.Lldp = v).Default(LldpMode.Off);
}
