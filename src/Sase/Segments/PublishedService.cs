using Weft.Packets;

namespace Weft.Sase;

/// <summary>A port of a public address behind which a server of the tenant is, for flows that the Internet opens.</summary>
/// <param name="Protocol">TCP or UDP.</param>
/// <param name="Public">The public address, one of the tenant's.</param>
/// <param name="PublicPort">The port there.</param>
/// <param name="Inside">The server's own address.</param>
/// <param name="InsidePort">Its port.</param>
public sealed record PublishedService(IpProtocol Protocol, IPv4Address Public, ushort PublicPort, IPv4Address Inside, ushort InsidePort);
