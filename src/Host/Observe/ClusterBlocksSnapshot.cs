namespace Weft.Host.Observe;

/// <summary>Blocks of ports that a NAT leases.</summary>
/// <param name="Nat">Name of the NAT.</param>
/// <param name="Held">Blocks in use.</param>
/// <param name="Ready">Blocks kept ready.</param>
/// <param name="LeaseSeconds">Seconds for which they may be used without another answer of the store.</param>
/// <param name="Conflicts">Claims that another host was faster with.</param>
/// <param name="Exhausted">Times that no block was free anywhere.</param>
/// <param name="Lost">Blocks that were lost because the store could not be reached in time.</param>
public sealed record ClusterBlocksSnapshot(string Nat, int Held, int Ready, double LeaseSeconds, long Conflicts, long Exhausted, long Lost);
