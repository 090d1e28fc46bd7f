using Weft.Packets;

namespace Weft.Host.Observe;

/// <summary>One interface of a virtual router.</summary>
/// <param name="Router">Name of the router.</param>
/// <param name="Segment">Its segment.</param>
/// <param name="Mac">Its MAC address.</param>
/// <param name="MtuBytes">Longest IP packet that it sends.</param>
/// <param name="Addresses">Its addresses.</param>
/// <param name="Proxied">ARP requests and neighbour solicitations that it answered for others, since the configuration is in force.</param>
public sealed record RouterInterfaceSnapshot(string Router, string Segment, MacAddress Mac, int MtuBytes, IReadOnlyList<string> Addresses, long Proxied = 0);
