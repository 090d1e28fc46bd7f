using Weft.Packets;

namespace Weft.Host.Config;

/// <summary>Shared addresses whose ports the hosts of a cluster lease in blocks.</summary>
/// <param name="Addresses">The addresses.</param>
/// <param name="Log2BlockPorts">Logarithm of the number of ports of a block.</param>
/// <param name="FirstBlock">The first block of an address that is leased; those below it belong to nobody.</param>
/// <param name="SparePorts">Free ports below which another block is asked for.</param>
/// <param name="MaxBlocks">Most blocks of this host.</param>
/// <param name="Quarantine">Time that a block rests before another host gets it.</param>
public sealed record NatSharedPlan(IReadOnlyList<IPv4Address> Addresses, byte Log2BlockPorts, int FirstBlock, int SparePorts, int MaxBlocks, TimeSpan Quarantine)
{
    /// <summary>Blocks of an address, those below <see cref="FirstBlock"/> included.</summary>
    public int BlocksPerAddress => 65_536 >> Log2BlockPorts;
}
