using Weft.Host.Observe;

namespace Weft.Cli.Views;

/// <summary>Virtual routers as tables.</summary>
internal static class RouterView
{
    public static void Routes(SwitchSnapshot snapshot)
    {
        Terminal.Write("Router interfaces", Tables.Of(
            snapshot.RouterInterfaces,
            ("router", r => r.Router),
            ("segment", r => r.Segment),
            ("mac", r => r.Mac.ToString()),
            ("#mtu", r => Tables.Count(r.MtuBytes)),
            ("addresses", r => string.Join(", ", r.Addresses)),
            ("#answered for others", r => Tables.Count(r.Proxied))));
        Terminal.Write("Routes", Tables.Of(
            snapshot.Routes,
            ("router", r => r.Router),
            ("prefix", r => r.Prefix),
            ("kind", r => r.Kind),
            ("next hop", r => r.Via ?? "-"),
            ("segment", r => r.Segment ?? "-")));
    }

    public static void Neighbors(SwitchSnapshot snapshot) => Terminal.Write("Neighbours of routers", Tables.Of(
        snapshot.RouterNeighbors,
        ("router", n => n.Router),
        ("segment", n => n.Segment),
        ("address", n => n.Address.ToString()),
        ("mac", n => n.Mac is { } mac ? mac.ToString() : "-"),
        ("state", n => n.State)));
}
