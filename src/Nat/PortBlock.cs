using Weft.Packets;

namespace Weft.Nat;

/// <summary>A range of ports of a shared address that one host owns for a while: 2^<see cref="Log2Size"/> ports from <see cref="First"/> on.</summary>
/// <param name="Address">The shared address.</param>
/// <param name="First">The first port, a multiple of the size.</param>
/// <param name="Log2Size">Logarithm of the number of ports, <see cref="MinLog2Size"/> to <see cref="MaxLog2Size"/>.</param>
/// <param name="LeaseEpoch">Number of the lease; a larger one is newer.</param>
public readonly record struct PortBlock(IPv4Address Address, ushort First, byte Log2Size, uint LeaseEpoch = 0)
{
    /// <summary>Smallest <see cref="Log2Size"/>: 2 ports, one of either parity.</summary>
    public const int MinLog2Size = 1;

    /// <summary>Largest <see cref="Log2Size"/>: half of all ports.</summary>
    public const int MaxLog2Size = 15;

    /// <summary>Number of ports.</summary>
    public int Size => 1 << Log2Size;

    /// <summary>The last port.</summary>
    public ushort Last => (ushort)(First + Size - 1);

    /// <summary>True if the sizes and the alignment are as documented and port 0, which means "none", is not in the block.</summary>
    public bool IsValid => Log2Size is >= MinLog2Size and <= MaxLog2Size && (First & (Size - 1)) == 0 && First != 0;

    /// <summary>True if <paramref name="port"/> of <paramref name="address"/> is in the block.</summary>
    public bool Contains(IPv4Address address, ushort port) => address == Address && (port >> Log2Size) == (First >> Log2Size);

    /// <summary>True if the two have a port in common.</summary>
    public bool Overlaps(PortBlock other) =>
        Address == other.Address && First <= other.Last && other.First <= Last;

    /// <summary>For example <c>192.0.2.1:2048-3071</c>.</summary>
    public override string ToString() => $"{Address}:{First}-{Last}";
}
