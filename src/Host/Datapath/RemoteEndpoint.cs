using Weft.Host.Config;

namespace Weft.Host.Datapath;

/// <summary>A remote tunnel endpoint and the local one that reaches it.</summary>
/// <param name="Vtep">Index into <see cref="SwitchPlan.Vteps"/>.</param>
/// <param name="Address">Its address on the underlay.</param>
internal sealed record RemoteEndpoint(int Vtep, TunnelAddress Address);
