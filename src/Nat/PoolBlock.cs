using Weft.Packets;

namespace Weft.Nat;

/// <summary>A block of a host: the lease, and the ports of each protocol.</summary>
internal sealed class PoolBlock
{
    /// <summary>Protocols that have ports of their own.</summary>
    public const int Protocols = 4;

    private readonly PortAllocator[] _ports = new PortAllocator[Protocols];

    /// <summary>Flows of each port and protocol, where a port may have several.</summary>
    private readonly ushort[][] _flows;

    public PoolBlock(PortBlock range, TimeSpan holdDown, bool overlap, bool rest, Timestamp now)
    {
        Range = range;
        _flows = overlap ? [new ushort[range.Size], new ushort[range.Size], new ushort[range.Size], new ushort[range.Size]] : [];
        for (int protocol = 0; protocol < Protocols; protocol++)
        {
            _ports[protocol] = new PortAllocator(range.Log2Size, holdDown, now);
            if (rest)
            {
                _ports[protocol].RestAll(now);
            }
        }
    }

    public PortBlock Range { get; }

    /// <summary>No mapping is made any more.</summary>
    public bool Draining { get; set; }

    /// <summary>When the lease ends: no mapping is made from then on.</summary>
    public Timestamp Expires { get; set; }

    /// <summary>The epoch under which another host had the block before; flows from an older one are not taken over.</summary>
    public uint Predecessor { get; init; }

    /// <summary>SCTP associations, which are told apart by tags and take no port for themselves; only static mappings of SCTP do.</summary>
    public int Associations { get; set; }

    /// <summary>A block is low when less than an eighth of it is free.</summary>
    public int LowMark => Range.Size / 8;

    public int FreeOf(IpProtocol protocol) => _ports[IndexOf(protocol)].FreeCount;

    public Timestamp NextFreeOf(IpProtocol protocol) => _ports[IndexOf(protocol)].NextFree;

    public PortBlockState StateAt(Timestamp now)
    {
        int free = int.MaxValue;
        int used = Associations;
        int resting = 0;
        foreach (PortAllocator ports in _ports)
        {
            ports.Rest(now);
            free = Math.Min(free, ports.FreeCount);
            used += ports.UsedCount;
            resting += ports.RestingCount;
        }

        return new PortBlockState(free, used, resting, Draining);
    }

    public bool TryAllocate(IpProtocol protocol, bool? odd, ulong random, Timestamp now, out ushort port)
    {
        int index = IndexOf(protocol);
        bool allocated = _ports[index].TryAllocate(odd, random, now, out int offset);
        port = (ushort)(Range.First + offset);
        if (allocated)
        {
            CountFlow(index, offset);
        }

        return allocated;
    }

    /// <summary>Takes a given port if it is free or rests.</summary>
    public bool TryTake(IpProtocol protocol, ushort port)
    {
        int index = IndexOf(protocol);
        int offset = port - Range.First;
        bool taken = _ports[index].TryTake(offset);
        if (taken)
        {
            CountFlow(index, offset);
        }

        return taken;
    }

    /// <summary>Takes a port that is in use for one more flow, if ports may be shared.</summary>
    public bool TryShare(IpProtocol protocol, ushort port)
    {
        int index = IndexOf(protocol);
        int offset = port - Range.First;
        if (_flows.Length == 0 || _flows[index][offset] is 0 or ushort.MaxValue)
        {
            return false;
        }

        CountFlow(index, offset);
        return true;
    }

    public void Release(IpProtocol protocol, ushort port, Timestamp now)
    {
        int index = IndexOf(protocol);
        int offset = port - Range.First;
        if (_flows.Length == 0 || --_flows[index][offset] == 0)
        {
            _ports[index].Release(offset, now);
        }
    }

    public static int IndexOf(IpProtocol protocol) => protocol switch { IpProtocol.Udp => 0, IpProtocol.Tcp => 1, IpProtocol.Icmp => 2, _ => 3 };

    private void CountFlow(int index, int offset)
    {
        if (_flows.Length > 0)
        {
            _flows[index][offset]++;
        }
    }
}
