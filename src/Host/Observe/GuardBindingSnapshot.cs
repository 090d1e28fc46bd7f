using Weft.Host.Config;
using Weft.Packets;

namespace Weft.Host.Observe;

/// <summary>An address that a machine behind a guarded port may use.</summary>
/// <param name="Port">Name of the port.</param>
/// <param name="Segment">Name of the segment.</param>
/// <param name="Address">The address.</param>
/// <param name="Mac">The machine; null for any behind the port.</param>
/// <param name="IsStatic">Whether it was configured; otherwise DHCP gave it.</param>
/// <param name="LeaseSeconds">Seconds until the lease ends; null for never.</param>
public sealed record GuardBindingSnapshot(string Port, string Segment, TunnelAddress Address, MacAddress? Mac, bool IsStatic, double? LeaseSeconds);
