using Weft.Host.Observe;

namespace Weft.Cli.Views;

/// <summary>Whom the switch heard at the other ends of its cables, as tables.</summary>
internal static class LinkView
{
    public static void Bonds(IReadOnlyList<BondSnapshot> bonds) => Terminal.Write("Bonds", Tables.Of(
        bonds.SelectMany(bond => bond.Links, (bond, link) => (Bond: bond, Link: link)),
        ("bond", b => $"{b.Bond.Name} ({b.Bond.Mode})"),
        ("#usable", b => $"{b.Bond.Usable}"),
        ("link", b => b.Link.Port),
        ("carrier", b => b.Link.IsUp ? "up" : "down"),
        ("hears", b => b.Link.Receiver),
        ("does", b => b.Link.IsSelected ? b.Link.Mux : $"{b.Link.Mux}, standby"),
        ("partner", b => b.Link.Partner is { } partner ? $"{partner} key {b.Link.PartnerKey} port {b.Link.PartnerPort}" : "-"),
        ("partner says", b => string.Join(' ', b.Link.PartnerState.DefaultIfEmpty("-"))),
        ("#sent", b => Tables.Count(b.Link.Sent)),
        ("#received", b => Tables.Count(b.Link.Received)),
        ("#damaged", b => Tables.Count(b.Link.Malformed)),
        ("#left", b => Tables.Count(b.Link.Left))));

    public static void Lldp(LldpSnapshot? lldp)
    {
        if (lldp is null)
        {
            Terminal.WriteLine("No port has LLDP.");
            return;
        }

        Terminal.Write("LLDP neighbours", Tables.Of(
            lldp.Neighbors,
            ("port", n => n.Port),
            ("system", n => n.System.Length > 0 ? n.System : n.Chassis),
            ("its port", n => n.NeighborPort),
            ("described as", n => n.PortDescription.Length > 0 ? n.PortDescription : "-"),
            ("is", n => string.Join(", ", n.Capabilities.DefaultIfEmpty("-"))),
            ("managed at", n => n.ManagementAddress ?? "-"),
            ("#vlan", n => n.Pvid is int vlan ? $"{vlan}" : "-"),
            ("#expires s", n => Tables.Number(n.ExpiresSeconds))));
        Terminal.Write($"LLDP of {lldp.Chassis}", Tables.Of(
            lldp.Ports,
            ("port", p => p.Port),
            ("mode", p => p.Mode),
            ("#sent", p => Tables.Count(p.Sent)),
            ("#received", p => Tables.Count(p.Received)),
            ("#discarded", p => Tables.Count(p.Discarded)),
            ("#in errors", p => Tables.Count(p.InErrors)),
            ("#tlvs discarded", p => Tables.Count(p.TlvsDiscarded)),
            ("#tlvs unknown", p => Tables.Count(p.TlvsUnrecognized)),
            ("#aged out", p => Tables.Count(p.AgedOut)),
            ("#no room", p => Tables.Count(p.TooManyNeighbors))));
    }
}
