using Weft.Flows;
using Weft.Packets;

namespace Weft.Nat;

/// <summary>
/// The translator of one host (NAPT44): it maps the flows of its machines to ports of shared addresses, out of the blocks that
/// the host owns. Packets and the time come in; edited packets, verdicts and events come out.
/// </summary>
/// <remarks>
/// <para>
/// Use: add blocks with <see cref="TryAddBlock"/>; hand packets of machines to <see cref="TranslateOutbound(Span{byte}, uint, Timestamp)"/>
/// and those for shared addresses to <see cref="TranslateInbound(Span{byte}, bool, Timestamp)"/>; do what the verdict says; call
/// <see cref="Advance"/> every second or oftener.
/// </para>
/// <para>
/// By default it is what RFC 4787, 5382, 5508, 6888 and 7857 ask of a NAT that applications can live with: mapping and filtering
/// are endpoint-independent, a machine keeps its address, machines reach each other by their external endpoints, every port of a
/// block can be used and rests for 120 s, idle times are the standards'. A full table refuses and evicts nothing.
/// </para>
/// <para>
/// Packets start with their IPv4 header and are edited in place; their length never changes. Time to live is the router's
/// business. One thread uses an engine; nothing is allocated for a packet. A block allocates when it is added.
/// </para>
/// </remarks>
public sealed partial class NatEngine : IDisposable
{
    /// <summary>Largest scope of a machine's network; the one above it is the outside's.</summary>
    public const uint MaxScope = FlowKey4.MaxScope - 1;

    private const uint Outside = FlowKey4.MaxScope;

    private readonly NatOptions _options;
    private readonly SessionTable<FlowKey4, NatEntry> _entries;
    private readonly FlowHandle[] _byIndex;
    private readonly TimerWheel _timers;
    private readonly FlowTable<ulong, NatMachine> _machines;
    private readonly PortPool _pool;
    private readonly FragmentTracker<FragmentKey4, FragmentDecision> _fragments;
    private readonly SynHold _syns;
    private readonly int[] _due = new int[64];
    private readonly NatEvent[] _events;
    private readonly KeyedHash _randomHash;
    private long _eventHead;
    private long _eventTail;
    private ulong _draws;
    private TokenBucket _errors;
    private NatCounters _counters;

    /// <summary>Allocates the engine.</summary>
    /// <exception cref="ArgumentOutOfRangeException">An option is outside its documented range.</exception>
    public NatEngine(NatOptions options)
    {
        ArgumentNullException.ThrowIfNull(options);
        options.Validate();
        _options = options;
        _entries = new SessionTable<FlowKey4, NatEntry>(new FlowTableOptions { Capacity = options.Entries, Seed = options.Seed });
        _byIndex = new FlowHandle[options.Entries];
        _timers = new TimerWheel(new TimerWheelOptions { Capacity = options.Entries, Resolution = TimeSpan.FromMilliseconds(100), Start = options.Start });
        _machines = new FlowTable<ulong, NatMachine>(new FlowTableOptions { Capacity = options.Machines, Seed = options.Seed });
        _moved = new FlowTable<FlowKey4, MovedFlow>(new FlowTableOptions { Capacity = Math.Max(16, options.Entries / 16), Seed = options.Seed });
        _pool = new PortPool(options.Timeouts.PortHoldDown);
        _fragments = new FragmentTracker<FragmentKey4, FragmentDecision>(options.Fragments ?? new FragmentTrackerOptions { Seed = options.Seed });
        _syns = new SynHold(options.UnsolicitedSyns, options.Timeouts.UnsolicitedSyn, options.Seed);
        _events = new NatEvent[options.Events];
        _randomHash = new KeyedHash(new HashSeed(options.Seed.Low, options.Seed.High));
        _errors = new TokenBucket(options.ErrorsPerSecond, Math.Max(1, options.ErrorsPerSecond / 10), options.Start);
    }

    /// <summary>What happened so far.</summary>
    public ref readonly NatCounters Counters => ref _counters;

    /// <summary>What happened to fragments so far.</summary>
    public ref readonly FragmentCounters FragmentCounters => ref _fragments.Counters;

    /// <summary>Mappings and sessions that live.</summary>
    public int EntryCount => _entries.Count;

    /// <summary>Machines that have mappings.</summary>
    public int MachineCount => _machines.Count;

    /// <summary>Bytes of memory for mappings and sessions, and for machines.</summary>
    public long MemoryBytes => _entries.MemoryBytes + _machines.MemoryBytes + _moved.MemoryBytes + (long)_options.Entries * (24 + 8);

    /// <summary>Begins to map to the ports of a block.</summary>
    /// <param name="block">The block.</param>
    /// <param name="now">The time.</param>
    /// <param name="holdDown">
    /// True if another host had the block until now: every port rests first, but for those of flows that are imported
    /// (<see cref="Import"/>).
    /// </param>
    /// <returns>False if the block is none (<see cref="PortBlock.IsValid"/>), overlaps another one, or there are 64 already.</returns>
    public bool TryAddBlock(PortBlock block, Timestamp now, bool holdDown = false)
    {
        if (!block.IsValid || !_pool.TryAdd(block, holdDown, now))
        {
            return false;
        }

        Log(new NatEvent(NatEventKind.BlockAllocated, now, Outside: block.Address, OutsidePort: block.First, OutsideLastPort: block.Last));
        return true;
    }

    /// <summary>Makes no new mapping from a block; those that there are live on.</summary>
    /// <returns>False if there is no such block.</returns>
    public bool TryDrainBlock(PortBlock block)
    {
        int index = _pool.Find(block);
        if (index < 0)
        {
            return false;
        }

        _pool[index]!.Draining = true;
        return true;
    }

    /// <summary>Gives a block up once nothing uses it and nothing in it rests.</summary>
    /// <returns>False if there is no such block or it is not idle (<see cref="TryGetBlock"/>).</returns>
    public bool TryRemoveBlock(PortBlock block, Timestamp now)
    {
        if (!TryGetBlock(block, now, out PortBlockState state) || !state.IsIdle)
        {
            return false;
        }

        _pool.Remove(_pool.Find(block));
        Log(new NatEvent(NatEventKind.BlockReleased, now, Outside: block.Address, OutsidePort: block.First, OutsideLastPort: block.Last));
        return true;
    }

    /// <summary>Tells how much of a block is in use.</summary>
    /// <returns>False if there is no such block.</returns>
    public bool TryGetBlock(PortBlock block, Timestamp now, out PortBlockState state)
    {
        state = default;
        int index = _pool.Find(block);
        if (index < 0)
        {
            return false;
        }

        int free = int.MaxValue;
        int used = 0;
        int resting = 0;
        foreach (PortAllocator ports in _pool[index]!.Ports)
        {
            ports.Rest(now);
            free = Math.Min(free, ports.FreeCount);
            used += ports.UsedCount;
            resting += ports.RestingCount;
        }

        state = new PortBlockState(free, used, resting, _pool[index]!.Draining);
        return true;
    }

    /// <summary>Maps an inside endpoint to a chosen port of a block for good, so that it can be reached from outside.</summary>
    /// <param name="scope">The machine's network, 0 to <see cref="MaxScope"/>.</param>
    /// <param name="protocol">UDP or TCP.</param>
    /// <param name="inside">The machine.</param>
    /// <param name="insidePort">Its port.</param>
    /// <param name="outside">The shared address.</param>
    /// <param name="outsidePort">A port of a block of this host.</param>
    /// <param name="now">The time.</param>
    /// <returns>False if the port is not ours or not free, the inside endpoint is mapped already, or a table is full.</returns>
    /// <exception cref="ArgumentOutOfRangeException">The scope or protocol is none that is documented.</exception>
    public bool TryAddStatic(uint scope, IpProtocol protocol, IPv4Address inside, ushort insidePort, IPv4Address outside, ushort outsidePort, Timestamp now)
    {
        ArgumentOutOfRangeException.ThrowIfGreaterThan(scope, MaxScope);
        if (protocol is not (IpProtocol.Udp or IpProtocol.Tcp))
        {
            throw new ArgumentOutOfRangeException(nameof(protocol), protocol, "A static mapping is one of UDP or TCP.");
        }

        return AddKnownMapping(new FlowKey4(inside, default, protocol, insidePort, 0, scope), outside, outsidePort, isStatic: true, now).IsNone is false;
    }

    /// <summary>
    /// Ends what was idle for too long. A mapping or session that has been is never used again, whether or not this was called; but
    /// its port is not free before, and a mapping with sessions lives until the last of them was ended.
    /// </summary>
    /// <param name="now">The time.</param>
    /// <param name="budget">Most entries looked at: the bound of the work.</param>
    /// <returns>How many ended.</returns>
    public int Advance(Timestamp now, int budget)
    {
        int ended = 0;
        _ = _fragments.Advance(now, budget);
        while (budget > 0)
        {
            int fired = _timers.Advance(now, _due, Math.Min(budget, _due.Length));
            if (fired == 0)
            {
                break;
            }

            foreach (int index in _due.AsSpan(0, fired))
            {
                ended += ReviewTimer(_byIndex[index], now) ? 1 : 0;
            }

            budget -= fired;
        }

        return ended;
    }

    /// <summary>Takes events in the order in which they happened.</summary>
    /// <returns>How many there were.</returns>
    public int DrainEvents(Span<NatEvent> destination)
    {
        int count = 0;
        while (count < destination.Length && _eventTail < _eventHead)
        {
            destination[count++] = _events[_eventTail++ % _events.Length];
        }

        return count;
    }

    /// <summary>Frees the memory.</summary>
    public void Dispose()
    {
        _entries.Dispose();
        _machines.Dispose();
        _moved.Dispose();
        _fragments.Dispose();
        _syns.Dispose();
    }

    private NatVerdict Drop(NatDropReason reason)
    {
        _counters.Count(reason);
        return NatVerdict.Dropped(reason);
    }

    private void Log(in NatEvent happened)
    {
        if (_eventHead - _eventTail == _events.Length)
        {
            _counters.EventsLost++;
            return;
        }

        _events[_eventHead++ % _events.Length] = happened;
    }

    private ulong Random() => _randomHash.Hash(++_draws);

    private NatBehavior BehaviorOf(IpProtocol protocol) => protocol switch
    {
        IpProtocol.Udp => _options.Udp,
        IpProtocol.Tcp => _options.Tcp,
        _ => _options.Icmp,
    };
}
