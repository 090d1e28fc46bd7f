namespace Weft.Multicast;

/// <summary>A port behind which a router is.</summary>
/// <param name="Segment">The segment.</param>
/// <param name="Port">The port.</param>
/// <param name="IsIPv6">The address family that it routes.</param>
/// <param name="Remaining">Time until it is forgotten unless it is heard again; zero if it was never heard, but configured.</param>
public sealed record RouterSnapshot(int Segment, int Port, bool IsIPv6, TimeSpan Remaining);
