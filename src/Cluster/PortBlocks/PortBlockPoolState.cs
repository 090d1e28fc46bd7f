using Weft.Packets;

namespace Weft.Cluster;

/// <summary>A <see cref="PortBlockPool"/> between two processes of a host: what the one has, and the other goes on with.</summary>
/// <param name="Owner">The lease of the blocks.</param>
/// <param name="OwnerDeadline">Until when it may be relied on, on the machine's monotonic clock.</param>
/// <param name="Hold">The longer lease that keeps others off.</param>
/// <param name="HoldDeadline">Until when that one may be relied on.</param>
/// <param name="Ready">Blocks that are ready.</param>
/// <param name="Returned">Blocks that were given back and whose rest the store does not know of yet.</param>
public sealed record PortBlockPoolState(StoreLease Owner, Timestamp OwnerDeadline, StoreLease Hold, Timestamp HoldDeadline, IReadOnlyList<PortBlock> Ready, IReadOnlyList<PortBlock> Returned);
