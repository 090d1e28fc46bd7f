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
    private const int TimerBytes = 24;

    private readonly NatOptions _options;
    private readonly SessionTable<FlowKey4, NatEntry> _entries;
    private readonly TimerWheel _timers;
    private readonly FlowTable<ulong, NatMachine> _machines;
    private readonly PortPool _pool;
    private readonly AddressMaps _maps;
    private readonly NatExemption[] _exemptions;
    private readonly Patience _patience;
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
        _timers = new TimerWheel(new TimerWheelOptions { Capacity = options.Entries, Resolution = TimeSpan.FromMilliseconds(100), Start = options.Start });
        _machines = new FlowTable<ulong, NatMachine>(new FlowTableOptions { Capacity = options.Machines, Seed = options.Seed });
        _moved = new FlowTable<FlowKey4, MovedFlow>(new FlowTableOptions { Capacity = Math.Max(16, options.Entries / 32), Seed = options.Seed });
        _pool = new PortPool(options.Timeouts.PortHoldDown, options.PortOverlap, options.AddressMaps);
        _maps = new AddressMaps(options.AddressMaps, options.Seed);
        _exemptions = [.. options.Exemptions];
        _epochs = new FlowTable<ulong, uint>(new FlowTableOptions { Capacity = RememberedLeases, Seed = options.Seed, WhenFull = FlowFullPolicy.EvictIdle });
        _patience = new Patience(options.Timeouts);
        _fragments = new FragmentTracker<FragmentKey4, FragmentDecision>(options.Fragments ?? new FragmentTrackerOptions { Seed = options.Seed });
        _syns = new SynHold(options.UnsolicitedSyns, options.Timeouts.UnsolicitedSyn, options.Seed);
        _events = new NatEvent[options.Events];
        _randomHash = new KeyedHash(new HashSeed(options.Seed.Low, options.Seed.High));
        _errors = new TokenBucket(options.ErrorsPerSecond, options.ErrorsPerSecond == 0 ? 0 : Math.Max(1, options.ErrorsPerSecond / 10), options.Start);
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
    public long MemoryBytes => _entries.MemoryBytes + _machines.MemoryBytes + _moved.MemoryBytes + (long)_options.Entries * TimerBytes;

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
                ended += ReviewTimer(_entries.HandleAt(index), now) ? 1 : 0;
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
        _maps.Dispose();
        _epochs.Dispose();
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
        IpProtocol.Icmp => _options.Icmp,
        _ => NatBehavior.Transparent,
    };
}
