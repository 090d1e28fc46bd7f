using Weft.Packets;

namespace Weft.Nat;

/// <summary>
/// Which host owns which port of shared addresses, for a gateway whose routers know of no blocks: one array an address, cut as finely as its smallest
/// block, so that a lookup is a search among the addresses and one load.
/// </summary>
/// <remarks>
/// Immutable: any thread may use it, and whoever learns of changes makes another one. It takes two bytes for each part of an address, 128 KiB for an address in
/// blocks of two ports and 256 bytes for one in blocks of 512.
/// </remarks>
public sealed class PortOwnerTable
{
    /// <summary>Most shared addresses.</summary>
    public const int MaxAddresses = 4096;

    /// <summary>Most hosts.</summary>
    public const int MaxHosts = ushort.MaxValue;

    private const int AllPorts = 65_536;

    private readonly uint[] _addresses;
    private readonly byte[] _log2OfPart;
    private readonly ushort[][] _hostOfPart;
    private readonly IPv6Address[] _hosts;

    /// <summary>Makes a table.</summary>
    /// <param name="owners">Blocks with their owners, in any order.</param>
    /// <exception cref="ArgumentException">A block is not <see cref="PortBlock.IsValid"/>, or there are more than <see cref="MaxAddresses"/> addresses or <see cref="MaxHosts"/> hosts.</exception>
    public PortOwnerTable(IEnumerable<PortOwner> owners)
    {
        ArgumentNullException.ThrowIfNull(owners);
        // Of two that overlap the later lease is written last.
        PortOwner[] all = [.. owners.OrderBy(owner => owner.Block.LeaseEpoch)];
        if (Array.Exists(all, owner => !owner.Block.IsValid))
        {
            throw new ArgumentException($"{Array.Find(all, owner => !owner.Block.IsValid).Block} is no block: it has 2^{PortBlock.MinLog2Size} to 2^{PortBlock.MaxLog2Size} aligned ports without port 0.", nameof(owners));
        }

        Blocks = all.Length;
        _hosts = [.. all.Select(owner => owner.Host).Distinct()];
        IGrouping<uint, PortOwner>[] addresses = [.. all.GroupBy(owner => owner.Block.Address.Value).OrderBy(group => group.Key)];
        if (addresses.Length > MaxAddresses || _hosts.Length > MaxHosts)
        {
            throw new ArgumentException($"There are {addresses.Length} addresses and {_hosts.Length} hosts; {MaxAddresses} and {MaxHosts} is the most.", nameof(owners));
        }

        _addresses = [.. addresses.Select(group => group.Key)];
        _log2OfPart = [.. addresses.Select(group => group.Min(owner => owner.Block.Log2Size))];
        Dictionary<IPv6Address, ushort> numbers = _hosts.Index().ToDictionary(host => host.Item, host => (ushort)(host.Index + 1));
        _hostOfPart = [.. addresses.Select((group, index) => PartsOf(group, _log2OfPart[index], numbers))];
    }

    /// <summary>Nobody owns anything.</summary>
    public static PortOwnerTable Empty { get; } = new([]);

    /// <summary>Blocks that the table was made of.</summary>
    public int Blocks { get; }

    /// <summary>Finds the owner of a port.</summary>
    /// <param name="address">The shared address.</param>
    /// <param name="port">The port.</param>
    /// <param name="host">Gets the owner's end of the tunnel.</param>
    /// <returns>False if nobody owns the port.</returns>
    public bool TryFind(IPv4Address address, ushort port, out IPv6Address host)
    {
        int index = Array.BinarySearch(_addresses, address.Value);
        int number = index < 0 ? 0 : _hostOfPart[index][port >> _log2OfPart[index]];
        host = number == 0 ? default : _hosts[number - 1];
        return number != 0;
    }

    private static ushort[] PartsOf(IEnumerable<PortOwner> owners, int log2, Dictionary<IPv6Address, ushort> numbers)
    {
        ushort[] parts = new ushort[AllPorts >> log2];
        foreach (PortOwner owner in owners)
        {
            parts.AsSpan(owner.Block.First >> log2, owner.Block.Size >> log2).Fill(numbers[owner.Host]);
        }

        return parts;
    }
}
