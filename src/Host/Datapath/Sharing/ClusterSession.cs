namespace Weft.Host.Datapath.Sharing;

/// <summary>What one process of a host has in the cluster, and the next one goes on with: leases, and what is bound to them.</summary>
/// <param name="Blocks">Blocks of ports, for each NAT.</param>
/// <param name="Endpoints">The lease of the tunnel endpoints; null if it was just being renewed.</param>
internal sealed record ClusterSession(IReadOnlyList<SessionBlocks> Blocks, SessionLease? Endpoints = null);

/// <summary>A lease.</summary>
/// <param name="Id">Its number.</param>
/// <param name="Milliseconds">The time that was granted.</param>
/// <param name="Deadline">Until when it may be relied on, on the monotonic clock that both processes have, in nanoseconds.</param>
internal sealed record SessionLease(long Id, long Milliseconds, long Deadline);

/// <summary>Blocks of a NAT.</summary>
/// <param name="Nat">What tells the NAT from one with other addresses or sizes.</param>
/// <param name="Owner">The lease of the blocks.</param>
/// <param name="Hold">The lease that keeps others off.</param>
/// <param name="Held">Blocks in use.</param>
/// <param name="Ready">Blocks that are ready.</param>
/// <param name="Returned">Blocks that are being given back.</param>
internal sealed record SessionBlocks(string Nat, SessionLease Owner, SessionLease Hold, IReadOnlyList<SessionBlock> Held, IReadOnlyList<SessionBlock> Ready, IReadOnlyList<SessionBlock> Returned);

/// <summary>A block.</summary>
/// <param name="Address">The shared address.</param>
/// <param name="Index">The block, from 0.</param>
/// <param name="Token">The commit that granted it.</param>
internal sealed record SessionBlock(string Address, int Index, long Token);
