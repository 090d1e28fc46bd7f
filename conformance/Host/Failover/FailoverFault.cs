namespace Weft.Conformance.HostTests;

/// <summary>What happens to the node that forwards, and how it is undone.</summary>
/// <param name="Name">For the table.</param>
/// <param name="Strike">Does it to a node.</param>
/// <param name="Heal">Undoes it.</param>
/// <param name="TakesOver">Whether the other node is to take over.</param>
/// <param name="Fences">Times that the node fences itself because of it.</param>
/// <param name="MachinesSpeak">Whether a machine behind the VLANs speaks meanwhile: which node still hears it tells which one is cut off.</param>
internal sealed record FailoverFault(string Name, Action<FailoverLab, int> Strike, Action<FailoverLab, int> Heal, bool TakesOver = true, int Fences = 0, bool MachinesSpeak = false)
{
    /// <summary>All of them.</summary>
    public static IReadOnlyList<FailoverFault> All { get; } =
    [
        new("kill -9", (lab, node) => lab.Signal(node, "KILL"), (lab, node) => lab.Start(node)),
        new("freeze (SIGSTOP), wake (SIGCONT)", (lab, node) => lab.Signal(node, "STOP"), (lab, node) => lab.Signal(node, "CONT"), Fences: 1),
        new("overlay cable pulled", (lab, node) => lab.SetUnderlayCarrier(node, up: false), (lab, node) => lab.SetUnderlayCarrier(node, up: true)),
        new("VLAN cable pulled", (lab, node) => lab.SetVlanCarrier(node, up: false), (lab, node) => lab.SetVlanCarrier(node, up: true)),
        new(
            "both cables pulled",
            (lab, node) =>
            {
                lab.SetUnderlayCarrier(node, up: false);
                lab.SetVlanCarrier(node, up: false);
            },
            (lab, node) =>
            {
                lab.SetUnderlayCarrier(node, up: true);
                lab.SetVlanCarrier(node, up: true);
            },
            // Between one cable and the other it may notice that it hears nobody.
            Fences: 1),
        new(
            "cut off from both, carriers stay (partition)",
            (lab, node) =>
            {
                lab.SetVlanPath(node, connected: false);
                lab.SetUnderlayPath(node, connected: false);
            },
            (lab, node) =>
            {
                lab.SetUnderlayPath(node, connected: true);
                lab.SetVlanPath(node, connected: true);
            },
            Fences: 1),
        new("cut off from the overlay, carriers stay", (lab, node) => lab.SetUnderlayPath(node, connected: false), (lab, node) => lab.SetUnderlayPath(node, connected: true), Fences: 1),
        new(
            "cut off from a VLAN where a machine speaks, carriers stay",
            (lab, node) => lab.SetVlanPath(node, connected: false),
            (lab, node) => lab.SetVlanPath(node, connected: true),
            MachinesSpeak: true),
        new("nodes deaf to each other on the overlay", (lab, _) => lab.SetIsolated(true), (lab, _) => lab.SetIsolated(false), TakesOver: false),
        new("drain (weft bridge drain)", (lab, node) => lab.Move("drain", node).Required(), (_, _) => { }),
        new("failover (weft bridge failover)", (lab, node) => lab.Move("failover", node).Required(), (_, _) => { }),
    ];
}
