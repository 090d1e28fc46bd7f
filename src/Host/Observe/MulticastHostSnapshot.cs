using Weft.Packets;

namespace Weft.Host.Observe;

/// <summary>A host that listens, where hosts are tracked.</summary>
/// <param name="Mac">The host.</param>
/// <param name="RemainingSeconds">Time until it is presumed gone.</param>
public sealed record MulticastHostSnapshot(MacAddress Mac, double RemainingSeconds);
