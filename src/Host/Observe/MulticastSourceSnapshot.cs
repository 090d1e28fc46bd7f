using Weft.Host.Config;

namespace Weft.Host.Observe;

/// <summary>A source that was asked for.</summary>
/// <param name="Address">The source.</param>
/// <param name="RemainingSeconds">Time until it is forgotten unless a host renews it; 0 if it is configured.</param>
public sealed record MulticastSourceSnapshot(TunnelAddress Address, double RemainingSeconds);
