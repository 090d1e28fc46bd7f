using Weft.Packets;

namespace Weft.Host.Datapath.Redirection;

/// <summary>Below IP, how the application of a connection is reached: kept from the packet that opened it.</summary>
/// <param name="Port">Index of its port.</param>
/// <param name="Application">Its MAC address.</param>
/// <param name="Gateway">Whom it believes to speak to.</param>
internal readonly record struct MeshWay(int Port, MacAddress Application, MacAddress Gateway);
