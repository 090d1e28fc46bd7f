using Weft.Packets;

namespace Weft.Services;

/// <summary>One server behind a <see cref="VirtualService"/>.</summary>
/// <param name="Address">Its address; IPv4 ones are mapped.</param>
/// <param name="Port">Its port; 0 for the one that the client asked for.</param>
/// <param name="Weight">Its share relative to the others', 1 to 1,000,000.</param>
public readonly record struct Backend(IPv6Address Address, ushort Port, int Weight = 1);
