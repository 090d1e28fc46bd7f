namespace Weft.Host.Observe;

/// <summary>A bridge node that waits, closed, because the cluster does not know where the other node of its pair is.</summary>
/// <param name="Name">Name.</param>
/// <param name="Pair">Number of the pair.</param>
/// <param name="Port">The port that is closed for its segments.</param>
public sealed record AwaitedBridgeSnapshot(string Name, ulong Pair, string Port);
