using Weft.Packets;

namespace Weft.Nat;

/// <summary>The blocks of a host, with the ports of each protocol in them.</summary>
internal sealed class PortPool
{
    /// <summary>Most blocks of an engine: what a search for a free port may have to look at.</summary>
    public const int MaxBlocks = 64;

    /// <summary>A block that an entry belongs to which owns no port here: its port is another host's.</summary>
    public const byte Foreign = byte.MaxValue;

    private const int Protocols = 3;
    private const int FirstUnreserved = 1024;

    private readonly Block?[] _blocks = new Block?[MaxBlocks];
    private readonly TimeSpan _holdDown;
    private readonly IPv4Address[] _foreign = new IPv4Address[MaxBlocks];
    private int _foreignCount;

    /// <summary>A bit for every shared address, by its last six bits: most destinations are none, and most are told so here.</summary>
    private ulong _sharedBits;

    public PortPool(TimeSpan holdDown) => _holdDown = holdDown;

    /// <summary>Number of places that may hold a block.</summary>
    public int Count { get; private set; }

    /// <summary>The block at a place, or null.</summary>
    public Block? this[int index] => _blocks[index];

    public static int IndexOf(IpProtocol protocol) => protocol switch { IpProtocol.Udp => 0, IpProtocol.Tcp => 1, _ => 2 };

    /// <summary>Adds a block; false if there are too many, or another one has some of its ports.</summary>
    public bool TryAdd(PortBlock block, bool rest, Timestamp now)
    {
        int free = -1;
        for (int i = MaxBlocks - 1; i >= 0; i--)
        {
            free = _blocks[i] is null ? i : free;
            if (_blocks[i] is Block other && other.Range.Overlaps(block))
            {
                return false;
            }
        }

        if (free < 0)
        {
            return false;
        }

        var added = new Block(block, _holdDown, now);
        for (int protocol = 0; rest && protocol < Protocols; protocol++)
        {
            added.Ports[protocol].RestAll(now);
        }

        _sharedBits |= Bit(block.Address);
        _blocks[free] = added;
        Count = Math.Max(Count, free + 1);
        return true;
    }

    /// <summary>The place of the block that a port is in, or -1.</summary>
    public int Find(IPv4Address address, ushort port)
    {
        for (int i = 0; i < Count; i++)
        {
            if (_blocks[i] is Block block && block.Range.Contains(address, port))
            {
                return i;
            }
        }

        return -1;
    }

    /// <summary>The place of exactly this range, or -1.</summary>
    public int Find(PortBlock range)
    {
        int index = Find(range.Address, range.First);
        return index >= 0 && _blocks[index]!.Range.Log2Size == range.Log2Size ? index : -1;
    }

    /// <summary>Notes a shared address of which flows were taken over without a block; false if there are too many.</summary>
    public bool TryAddForeign(IPv4Address address)
    {
        if (IsShared(address))
        {
            return true;
        }

        if (_foreignCount == _foreign.Length)
        {
            return false;
        }

        _foreign[_foreignCount++] = address;
        _sharedBits |= Bit(address);
        return true;
    }

    /// <summary>True if some block, or some flow that was taken over, is of this address.</summary>
    public bool IsShared(IPv4Address address)
    {
        if ((_sharedBits & Bit(address)) == 0)
        {
            return false;
        }

        for (int i = 0; i < Count; i++)
        {
            if (_blocks[i] is Block block && block.Range.Address == address)
            {
                return true;
            }
        }

        return _foreign.AsSpan(0, _foreignCount).Contains(address);
    }

    /// <summary>Takes a port for a new mapping.</summary>
    /// <param name="request">What is asked for.</param>
    /// <param name="random">Chooses where the search begins.</param>
    /// <param name="now">The time.</param>
    /// <param name="index">Gets the place of the block.</param>
    /// <param name="port">Gets the port.</param>
    /// <returns>False if no block that will do has a free port.</returns>
    public bool TryAllocate(in PortRequest request, ulong random, Timestamp now, out int index, out ushort port)
    {
        bool reserved = request.InsidePort < FirstUnreserved && request.Protocol != IpProtocol.Icmp;
        return (reserved && TryAllocate(in request, fromReserved: true, random, now, out index, out port))
            || TryAllocate(in request, fromReserved: false, random, now, out index, out port);
    }

    /// <summary>Gives a port back.</summary>
    public void Release(int index, IpProtocol protocol, ushort port, Timestamp now)
    {
        if (index != Foreign && _blocks[index] is Block block)
        {
            block.Ports[IndexOf(protocol)].Release(port - block.Range.First, now);
        }
    }

    /// <summary>Removes a block whose ports are all free.</summary>
    public void Remove(int index) => _blocks[index] = null;

    private static ulong Bit(IPv4Address address) => 1UL << (int)(address.Value & 63);

    private bool TryAllocate(in PortRequest request, bool fromReserved, ulong random, Timestamp now, out int index, out ushort port)
    {
        int protocol = IndexOf(request.Protocol);
        bool? odd = request.PreserveParity ? (request.InsidePort & 1) != 0 : null;
        index = Count == 0 ? 0 : (int)((random >> 32) % (uint)Count);
        for (int tried = 0; tried < Count; tried++, index = index + 1 == Count ? 0 : index + 1)
        {
            Block? block = _blocks[index];
            if (block is null
                || block.Draining
                || block.Range.First < FirstUnreserved != fromReserved
                || (request.Pin is IPv4Address pin && pin != block.Range.Address)
                || !block.Ports[protocol].TryAllocate(odd, random, now, out int offset))
            {
                continue;
            }

            port = (ushort)(block.Range.First + offset);
            return true;
        }

        (index, port) = (-1, 0);
        return false;
    }

    internal sealed class Block(PortBlock range, TimeSpan holdDown, Timestamp now)
    {
        public readonly PortAllocator[] Ports =
        [
            new PortAllocator(range.Log2Size, holdDown, now),
            new PortAllocator(range.Log2Size, holdDown, now),
            new PortAllocator(range.Log2Size, holdDown, now),
        ];

        public PortBlock Range { get; } = range;

        public bool Draining { get; set; }
    }
}

/// <summary>What a new mapping needs.</summary>
internal readonly record struct PortRequest(IpProtocol Protocol, ushort InsidePort, bool PreserveParity, IPv4Address? Pin);
