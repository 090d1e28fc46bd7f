using Weft.Packets;

namespace Weft.Multicast;

/// <summary>Who queries one address family of a segment.</summary>
/// <param name="Segment">The segment.</param>
/// <param name="IsIPv6">The address family.</param>
/// <param name="IsSelf">True if this switch is the querier.</param>
/// <param name="Other">Address of another switch or router that is; null if none is known.</param>
/// <param name="Remaining">Time until this switch queries next, or until the other one is presumed gone; zero if nobody queries.</param>
/// <param name="StartupLeft">Queries that this switch still sends in quick succession, having just started to query.</param>
/// <param name="IsSettled">True once hosts had their time to answer: a group without members is then known to have none.</param>
/// <param name="SettlesIn">Time until then; zero if nobody queries or it is past.</param>
public sealed record QuerierSnapshot(
    int Segment, bool IsIPv6, bool IsSelf, IPv6Address? Other, TimeSpan Remaining, int StartupLeft, bool IsSettled, TimeSpan SettlesIn);
