using Weft.Packets;

namespace Weft.Host.Config;

/// <summary>A configured filtering entry: exactly one of <see cref="Port"/> and <see cref="Peer"/> is set.</summary>
/// <param name="Mac">The address.</param>
/// <param name="Port">Index into <see cref="SwitchPlan.Ports"/>, or -1.</param>
/// <param name="Peer">Remote VTEP, or null.</param>
public sealed record StaticMacPlan(MacAddress Mac, int Port, TunnelAddress? Peer);
