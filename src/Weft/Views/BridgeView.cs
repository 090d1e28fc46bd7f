using Weft.Host.Observe;

namespace Weft.Cli.Views;

/// <summary>Bridge nodes, and pairs of them that a host listens to.</summary>
internal static class BridgeView
{
    public static void Write(SwitchSnapshot snapshot)
    {
        if (snapshot.Bridges.Count > 0 || snapshot.FlushListeners.Count + snapshot.AwaitedBridges.Count == 0)
        {
            Nodes(snapshot);
        }

        if (snapshot.AwaitedBridges.Count > 0)
        {
            Terminal.Write("Bridge nodes that wait for the cluster to know the other one", Tables.Of(
                snapshot.AwaitedBridges,
                ("bridge", b => b.Name),
                ("#pair", b => $"{b.Pair}"),
                ("closed port", b => b.Port)));
        }

        if (snapshot.FlushListeners.Count > 0)
        {
            Listeners(snapshot);
        }
    }

    private static void Nodes(SwitchSnapshot snapshot)
    {
        Terminal.Write("Bridge nodes", Tables.Of(
            snapshot.Bridges,
            ("bridge", b => b.Name),
            ("port", b => b.Port),
            ("role", b => b.IsDrained ? $"{b.Role}, drained" : b.Role),
            ("because", b => b.Cause),
            ("#for", b => $"{Tables.Number(b.RoleSeconds)} s"),
            ("overlay path", b => b.OverlayPath),
            ("vlan path", b => b.VlanPath),
            ("#peer heard", b => b.PeerHeardSeconds is double seconds ? $"{Tables.Number(seconds)} s ago" : "never"),
            ("#fence", b => b.FenceSeconds is double left ? left > 0 ? $"{Tables.Number(left)} s" : "not held" : "-"),
            ("table", b => b.Forwards ? "own" : b.InSync ? "in sync" : "differs"),
            ("#machines", b => Tables.Count(b.Machines)),
            ("#announced", b => Tables.Count(b.Announced)),
            ("#hosts asked", b => Tables.Count(b.FlushRequests)),
            ("#refused", b => Tables.Count(b.Refused)),
            ("#gaps", b => Tables.Count(b.Gaps))));
        foreach (BridgeSnapshot bridge in snapshot.Bridges)
        {
            foreach (BridgeEventSnapshot change in bridge.Events)
            {
                Terminal.WriteLine($"  {bridge.Name}: {change.From} -> {change.To} ({change.Cause}), {Tables.Number(change.SecondsAgo)} s ago");
            }
        }
    }

    private static void Listeners(SwitchSnapshot snapshot) => Terminal.Write("Pairs of bridge nodes that this switch listens to", Tables.Of(
        snapshot.FlushListeners,
        ("pair", l => $"{l.Pair}"),
        ("vtep", l => l.Vtep),
        ("nodes", l => string.Join(", ", l.Nodes)),
        ("#obeyed", l => Tables.Count(l.Obeyed)),
        ("#refused", l => Tables.Count(l.Refused)),
        ("#addresses", l => Tables.Count(l.Addresses))));
}
