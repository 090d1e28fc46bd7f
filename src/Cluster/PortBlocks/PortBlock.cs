namespace Weft.Cluster;

/// <summary>A block of ports of a shared address that this host holds.</summary>
/// <param name="Address">The address, as the pool's options name it.</param>
/// <param name="Index">The block, from 0; the ports follow from the size that all hosts agreed on.</param>
/// <param name="Token">The commit that granted it: higher than that of every earlier holder.</param>
public readonly record struct PortBlock(string Address, int Index, long Token);
