namespace Weft.Host.Observe;

/// <summary>Packets dropped for one reason that had entered through one port.</summary>
/// <param name="Stage">Stage that owns the reason.</param>
/// <param name="Reason">Stable name, for example <c>vlan-not-allowed</c>.</param>
/// <param name="Port">Port of ingress; for frames that the switch made itself, the port whose frame caused them.</param>
/// <param name="Packets">How many.</param>
public sealed record DropSnapshot(string Stage, string Reason, string Port, long Packets);
