using Weft.Packets;

namespace Weft.Nat;

/// <summary>The blocks of a host, with the ports of each protocol in them, and the addresses that are the translator's.</summary>
internal sealed class PortPool
{
    /// <summary>Most blocks of an engine: what a search for a free port may have to look at.</summary>
    public const int MaxBlocks = 64;

    /// <summary>A block that an entry belongs to which owns no port here: its port is another host's.</summary>
    public const byte Foreign = byte.MaxValue;

    private const int FirstUnreserved = 1024;

    private readonly PoolBlock?[] _blocks = new PoolBlock?[MaxBlocks];
    private readonly IPv4Address[] _foreign = new IPv4Address[MaxBlocks];
    private readonly Timestamp[] _nothingUntil = new Timestamp[PoolBlock.Protocols];
    private readonly AddressSet _shared;
    private readonly TimeSpan _holdDown;
    private readonly bool _overlap;
    private int _foreignCount;

    /// <param name="holdDown">How long a port rests.</param>
    /// <param name="overlap">Whether a port may serve several flows to different remotes.</param>
    /// <param name="mappedAddresses">Addresses besides those of blocks: <see cref="Share"/>.</param>
    public PortPool(TimeSpan holdDown, bool overlap, int mappedAddresses)
    {
        _holdDown = holdDown;
        _overlap = overlap;
        _shared = new AddressSet(2 * MaxBlocks + mappedAddresses);
        Reconsider();
    }

    /// <summary>Number of places that may hold a block.</summary>
    public int Count { get; private set; }

    /// <summary>The block at a place, or null.</summary>
    public PoolBlock? this[int index] => _blocks[index];

    /// <summary>Adds a block; false if there are too many, or another one has some of its ports.</summary>
    public bool TryAdd(PortBlock block, bool rest, uint predecessor, Timestamp expires, Timestamp now)
    {
        int free = -1;
        for (int i = MaxBlocks - 1; i >= 0; i--)
        {
            free = _blocks[i] is null ? i : free;
            if (_blocks[i] is PoolBlock other && other.Range.Overlaps(block))
            {
                return false;
            }
        }

        if (free < 0)
        {
            return false;
        }

        _blocks[free] = new PoolBlock(block, _holdDown, _overlap, rest, now) { Predecessor = predecessor, Expires = expires };
        _shared.Add(block.Address);
        Count = Math.Max(Count, free + 1);
        Reconsider();
        return true;
    }

    /// <summary>The place of the block that a port is in, or -1.</summary>
    public int Find(IPv4Address address, ushort port)
    {
        for (int i = 0; i < Count; i++)
        {
            if (_blocks[i] is PoolBlock block && block.Range.Contains(address, port))
            {
                return i;
            }
        }

        return -1;
    }

    /// <summary>The place of exactly this lease of this range, or -1.</summary>
    public int Find(PortBlock lease)
    {
        int index = Find(lease.Address, lease.First);
        return index >= 0 && _blocks[index]!.Range == lease ? index : -1;
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
        _shared.Add(address);
        return true;
    }

    /// <summary>Notes an address that belongs to one machine alone.</summary>
    public void Share(IPv4Address address) => _shared.Add(address);

    /// <summary>True if some block, some flow that was taken over, or some machine alone has this address.</summary>
    [System.Runtime.CompilerServices.MethodImpl(System.Runtime.CompilerServices.MethodImplOptions.AggressiveInlining)]
    public bool IsShared(IPv4Address address) => _shared.Contains(address);

    /// <summary>Forgets for how long nothing will be free: blocks or their leases have changed.</summary>
    public void Reconsider() => _nothingUntil.AsSpan().Fill(new Timestamp(long.MinValue));

    /// <summary>
    /// True if no unreserved port of any block will be free before a later time, so that asking is in vain: what refusing costs while
    /// everything is in use.
    /// </summary>
    public bool IsInVain(in PortRequest request, Timestamp now) => request.InsidePort >= FirstUnreserved && now < _nothingUntil[PoolBlock.IndexOf(request.Protocol)];

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
        if ((reserved && TryAllocate(in request, fromReserved: true, random, now, out index, out port))
            || TryAllocate(in request, fromReserved: false, random, now, out index, out port))
        {
            return true;
        }

        NoteNothing(request.Protocol, now);
        return false;
    }

    /// <summary>A block that may serve a request: the first one from a random one on.</summary>
    /// <param name="request">What is asked for.</param>
    /// <param name="random">Chooses the block.</param>
    /// <param name="now">The time.</param>
    /// <returns>Its place, or -1.</returns>
    public int Pick(in PortRequest request, ulong random, Timestamp now)
    {
        int index = Count == 0 ? 0 : (int)((random >> 32) % (uint)Count);
        for (int tried = 0; tried < Count; tried++, index = index + 1 == Count ? 0 : index + 1)
        {
            if (_blocks[index] is PoolBlock block && MayServe(block, in request, block.Range.First < FirstUnreserved, now))
            {
                return index;
            }
        }

        return -1;
    }

    /// <summary>Ports of all blocks that may serve a request, in use or not.</summary>
    public int CountFor(in PortRequest request, Timestamp now)
    {
        int ports = 0;
        foreach (PoolBlock? block in _blocks.AsSpan(0, Count))
        {
            ports += block is not null && MayServe(block, in request, block.Range.First < FirstUnreserved, now) ? block.Range.Size : 0;
        }

        return ports;
    }

    /// <summary>Finds one of the ports that <see cref="CountFor"/> counted.</summary>
    /// <returns>The place of its block.</returns>
    public int Locate(in PortRequest request, int number, Timestamp now, out ushort port)
    {
        for (int i = 0; i < Count; i++)
        {
            if (_blocks[i] is not PoolBlock block || !MayServe(block, in request, block.Range.First < FirstUnreserved, now))
            {
                continue;
            }

            if (number < block.Range.Size)
            {
                port = (ushort)(block.Range.First + number);
                return i;
            }

            number -= block.Range.Size;
        }

        throw new ArgumentOutOfRangeException(nameof(number));
    }

    /// <summary>The block that has a given port and may serve a request for it, or -1.</summary>
    public int PickWith(ushort port, in PortRequest request, Timestamp now)
    {
        for (int i = 0; i < Count; i++)
        {
            if (_blocks[i] is PoolBlock block && block.Range.Contains(block.Range.Address, port) && MayServe(block, in request, block.Range.First < FirstUnreserved, now))
            {
                return i;
            }
        }

        return -1;
    }

    /// <summary>Gives a port back.</summary>
    public void Release(int index, IpProtocol protocol, ushort port, Timestamp now)
    {
        if (index != Foreign && _blocks[index] is PoolBlock block)
        {
            block.Release(protocol, port, now);
            _nothingUntil[PoolBlock.IndexOf(protocol)] = new Timestamp(long.MinValue);
        }
    }

    /// <summary>Removes a block whose ports are all free.</summary>
    /// <param name="index">Its place.</param>
    /// <param name="mapped">Addresses noted with <see cref="Share"/>.</param>
    public void Remove(int index, ReadOnlySpan<IPv4Address> mapped)
    {
        _blocks[index] = null;
        Refresh(mapped);
        Reconsider();
    }

    /// <summary>Notes all addresses anew.</summary>
    /// <param name="mapped">Those noted with <see cref="Share"/> that still are.</param>
    public void Refresh(ReadOnlySpan<IPv4Address> mapped)
    {
        _shared.Clear();
        foreach (PoolBlock? block in _blocks)
        {
            if (block is not null)
            {
                _shared.Add(block.Range.Address);
            }
        }

        foreach (IPv4Address address in _foreign.AsSpan(0, _foreignCount))
        {
            _shared.Add(address);
        }

        foreach (IPv4Address address in mapped)
        {
            _shared.Add(address);
        }
    }

    /// <summary>Remembers until when no unreserved port of a protocol will be free, by the block where one will be first.</summary>
    private void NoteNothing(IpProtocol protocol, Timestamp now)
    {
        Timestamp first = Timestamp.MaxValue;
        foreach (PoolBlock? block in _blocks.AsSpan(0, Count))
        {
            if (block is { Draining: false } && block.Range.First >= FirstUnreserved && now < block.Expires && block.NextFreeOf(protocol) < first)
            {
                first = block.NextFreeOf(protocol);
            }
        }

        _nothingUntil[PoolBlock.IndexOf(protocol)] = first;
    }

    private static bool MayServe(PoolBlock block, in PortRequest request, bool fromReserved, Timestamp now) =>
        !block.Draining
        && block.Range.First < FirstUnreserved == fromReserved
        && (request.Pin is not IPv4Address pin || pin == block.Range.Address)
        && now < block.Expires;

    private bool TryAllocate(in PortRequest request, bool fromReserved, ulong random, Timestamp now, out int index, out ushort port)
    {
        bool? odd = request.PreserveParity ? (request.InsidePort & 1) != 0 : null;
        index = Count == 0 ? 0 : (int)((random >> 32) % (uint)Count);
        for (int tried = 0; tried < Count; tried++, index = index + 1 == Count ? 0 : index + 1)
        {
            if (_blocks[index] is PoolBlock block
                && MayServe(block, in request, fromReserved, now)
                && block.TryAllocate(request.Protocol, odd, random, now, out port))
            {
                return true;
            }
        }

        (index, port) = (-1, 0);
        return false;
    }
}

/// <summary>What a new mapping needs.</summary>
internal readonly record struct PortRequest(IpProtocol Protocol, ushort InsidePort, bool PreserveParity, IPv4Address? Pin);
