namespace Weft.Host.Config;

/// <summary>A membership that needs no reports.</summary>
/// <param name="Group">The group.</param>
/// <param name="Source">The only source; null for all.</param>
/// <param name="Port">Index of the port; -1 for a tunnel peer.</param>
/// <param name="Peer">The tunnel peer; null for a port.</param>
public sealed record StaticGroupPlan(TunnelAddress Group, TunnelAddress? Source, int Port, TunnelAddress? Peer);
