namespace Weft.Sase;

/// <summary>A tenant as its gateways know it.</summary>
/// <param name="Vni">Virtual network identifier, 1 to 0xFFFFFE.</param>
/// <param name="Bundle">The placement bundle, 0 to <see cref="PopOptions.Bundles"/> - 1.</param>
/// <param name="Policy">A number that nodes are told with every packet.</param>
public sealed record GatewaySegment(uint Vni, int Bundle, ushort Policy = 0);
