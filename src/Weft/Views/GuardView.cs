using Weft.Host.Observe;

namespace Weft.Cli.Views;

/// <summary>Whose addresses are known, as a table.</summary>
internal static class GuardView
{
    public static void Write(GuardSnapshot? guard)
    {
        if (guard is null)
        {
            Terminal.WriteLine("No port is guarded.");
            return;
        }

        Terminal.Write("Addresses of machines behind guarded ports", Tables.Of(
            guard.Bindings,
            ("port", b => b.Port),
            ("segment", b => b.Segment),
            ("address", b => b.Address.ToString()),
            ("machine", b => b.Mac is { } mac ? mac.ToString() : "any"),
            ("from", b => b.IsStatic ? "configuration" : "dhcp"),
            ("#lease s", b => b.LeaseSeconds is double left ? Tables.Number(left) : "-")));
        Terminal.WriteLine($"bound {Tables.Count(guard.Bound)}, released {Tables.Count(guard.Released)}, expired {Tables.Count(guard.Expired)}, no room {Tables.Count(guard.TableFull)}");
    }
}
