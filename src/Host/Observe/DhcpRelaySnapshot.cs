namespace Weft.Host.Observe;

/// <summary>A relay of DHCP at a router's interface.</summary>
/// <param name="Router">Name of the router.</param>
/// <param name="Segment">Name of the segment.</param>
/// <param name="Servers">The servers.</param>
/// <param name="Requests">Messages of clients that were relayed, each counted once.</param>
/// <param name="Replies">Messages of servers that were relayed.</param>
/// <param name="Refused">Messages of clients that were not: damaged, forged, too many hops, too many a second.</param>
/// <param name="Unroutable">Messages for servers that no route leads to.</param>
public sealed record DhcpRelaySnapshot(string Router, string Segment, IReadOnlyList<string> Servers, long Requests, long Replies, long Refused, long Unroutable);
