using Weft.Host.Observe;

namespace Weft.Cli.Views;

/// <summary>What DHCP relays did, as a table.</summary>
internal static class DhcpRelayView
{
    public static void Write(IReadOnlyList<DhcpRelaySnapshot> relays) => Terminal.Write("DHCP relays", Tables.Of(
        relays,
        ("interface", r => $"{r.Router}/{r.Segment}"),
        ("servers", r => string.Join(", ", r.Servers)),
        ("#requests", r => Tables.Count(r.Requests)),
        ("#replies", r => Tables.Count(r.Replies)),
        ("#refused", r => Tables.Count(r.Refused)),
        ("#no route", r => Tables.Count(r.Unroutable))));
}
