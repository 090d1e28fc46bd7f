using Weft.Packets;

namespace Weft.Multicast;

/// <summary>What one port listens to in one group, as <see cref="MulticastSnooper.Snapshot"/> copies it.</summary>
/// <param name="Segment">The segment.</param>
/// <param name="Group">The group.</param>
/// <param name="Port">The port.</param>
/// <param name="IsExclude">True if all sources pass but the blocked ones (EXCLUDE mode).</param>
/// <param name="Forwarded">Sources that were asked for: all that pass in INCLUDE mode.</param>
/// <param name="Blocked">Sources that do not pass in EXCLUDE mode.</param>
/// <param name="Hosts">Hosts tracked, if the port tracks them.</param>
public sealed record MembershipSnapshot(
    int Segment, IPv6Address Group, int Port, bool IsExclude, IReadOnlyList<IPv6Address> Forwarded, IReadOnlyList<IPv6Address> Blocked, int Hosts);
