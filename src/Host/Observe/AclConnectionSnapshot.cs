using Weft.Host.Config;

namespace Weft.Host.Observe;

/// <summary>A connection that a stateful access list permitted.</summary>
/// <param name="Port">Name of the port where it is known; null if a segment knows it.</param>
/// <param name="Segment">Name of the segment where it is known; null if a port knows it.</param>
/// <param name="FromInside">Whether machines behind the port, or in the segment, opened it.</param>
/// <param name="Source">Who opened it.</param>
/// <param name="Destination">To whom.</param>
/// <param name="Protocol">Number of the protocol.</param>
/// <param name="SourcePort">Source port, or identifier of ICMP queries.</param>
/// <param name="DestinationPort">Destination port.</param>
/// <param name="State">State of TCP; none for other protocols.</param>
/// <param name="ExpiresSeconds">Seconds until it is forgotten unless another packet comes.</param>
public sealed record AclConnectionSnapshot(
    string? Port, string? Segment, bool FromInside, TunnelAddress Source, TunnelAddress Destination, int Protocol, int SourcePort, int DestinationPort, string State, double ExpiresSeconds);
