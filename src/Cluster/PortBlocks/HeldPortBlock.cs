namespace Weft.Cluster;

/// <summary>A block that a host holds, as others see it.</summary>
/// <param name="Address">The shared address.</param>
/// <param name="Index">The block, from 0.</param>
/// <param name="BlocksPerAddress">Blocks of the address: its ports are those from <c>Index × 65,536 / BlocksPerAddress</c> on.</param>
/// <param name="Host">Who holds it.</param>
/// <param name="Via">Where packets for its ports are sent.</param>
/// <param name="Token">The commit that granted it: higher than that of every earlier holder.</param>
public sealed record HeldPortBlock(string Address, int Index, int BlocksPerAddress, string Host, string Via, long Token);
