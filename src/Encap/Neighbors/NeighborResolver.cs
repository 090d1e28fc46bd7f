using Weft.Packets;

namespace Weft.Encap;

/// <summary>
/// Finds the MAC addresses of next hops by ARP or neighbour discovery (RFC 826, RFC 4861 section 7), and
/// answers for the own address.
/// </summary>
/// <remarks>
/// It tracks the next hops it was told of and no others, so nobody on the underlay can fill it. A router, which learns of its neighbours
/// from the packets for them, tells it with <see cref="TryTrackPassing"/>: those make room for each other, working ones last. One instance a local endpoint
/// and worker; sans I/O: the time comes in with every call, frames go out to a sink. Nothing is allocated after construction.
/// </remarks>
public sealed class NeighborResolver
{
    /// <summary>Next hops that <see cref="TryTrackPassing"/> looks at in search of room.</summary>
    public const int MaxLooks = 32;

    private const int Useful = 3;

    private readonly NeighborResolverOptions _options;
    private readonly NeighborEntry[] _entries;
    private readonly Dictionary<VtepAddress, int> _index;
    private readonly byte[] _frame = new byte[NeighborSignal.MaxBytes];
    private Timestamp _nextDeadline = Timestamp.MaxValue;
    private NeighborCounters _counters;
    private int _count;
    private int _hand;

    /// <summary>Creates a resolver and all the memory it will ever use.</summary>
    /// <exception cref="ArgumentException">An option is out of range; the message names it.</exception>
    public NeighborResolver(NeighborResolverOptions options)
    {
        ArgumentNullException.ThrowIfNull(options);
        options.Validate();
        _options = options;
        _entries = new NeighborEntry[options.Capacity];
        _index = new Dictionary<VtepAddress, int>(options.Capacity);
    }

    /// <summary>What was sent and received so far.</summary>
    public ref readonly NeighborCounters Counters => ref _counters;

    /// <summary>When <see cref="Advance"/> has something to do next; <see cref="Timestamp.MaxValue"/> while no question is open.</summary>
    public Timestamp NextDeadline => _nextDeadline;

    /// <summary>Next hops tracked; they are numbered from 0.</summary>
    public int Count => _count;

    /// <summary>Starts to track a next hop, or finds it again.</summary>
    /// <returns>Its number.</returns>
    /// <exception cref="ArgumentException">It is no unicast address of the own family, or is the own address.</exception>
    /// <exception cref="InvalidOperationException">There are as many as <see cref="NeighborResolverOptions.Capacity"/>.</exception>
    public int Track(VtepAddress nextHop)
    {
        if (!nextHop.IsUnicast || nextHop.IsIPv4 != _options.Address.IsIPv4 || nextHop == _options.Address)
        {
            throw new ArgumentException($"The next hop is {nextHop}; it must be another unicast address of the family of {_options.Address}.", nameof(nextHop));
        }

        if (_index.TryGetValue(nextHop, out int known))
        {
            return known;
        }

        if (_count == _entries.Length)
        {
            throw new InvalidOperationException($"All {_entries.Length} next hops of {nameof(NeighborResolverOptions.Capacity)} are in use.");
        }

        _entries[_count].Address = nextHop;
        _index.Add(nextHop, _count);
        return _count++;
    }

    /// <summary>
    /// Starts to track a next hop for as long as there is room, or finds it again. Without room another one that was tracked like this is
    /// forgotten: one that does not answer, or else one that was not confirmed lately (RFC 6583 section 7: those that work stay).
    /// </summary>
    /// <remarks>Looks at <see cref="MaxLooks"/> others at most.</remarks>
    /// <param name="nextHop">As for <see cref="Track"/>.</param>
    /// <param name="now">The time.</param>
    /// <param name="neighbor">Its number; -1 if there is no room.</param>
    /// <param name="displaced">True if the number was another one's until now: whatever waits for that one waits in vain.</param>
    /// <returns>False if it can be no next hop, or there is no room.</returns>
    public bool TryTrackPassing(VtepAddress nextHop, Timestamp now, out int neighbor, out bool displaced)
    {
        displaced = false;
        if (_index.TryGetValue(nextHop, out neighbor))
        {
            return true;
        }

        neighbor = -1;
        if (!nextHop.IsUnicast || nextHop.IsIPv4 != _options.Address.IsIPv4 || nextHop == _options.Address)
        {
            return false;
        }

        displaced = _count == _entries.Length;
        neighbor = displaced ? FindLeastUseful(now) : _count++;
        if (neighbor < 0)
        {
            displaced = false;
            return false;
        }

        if (displaced)
        {
            _ = _index.Remove(_entries[neighbor].Address);
        }

        _entries[neighbor] = new NeighborEntry { Address = nextHop, IsPassing = true };
        _index.Add(nextHop, neighbor);
        return true;
    }

    /// <summary>Sets the MAC address of a tracked next hop for good.</summary>
    public void SetStatic(int neighbor, MacAddress mac)
    {
        ref NeighborEntry entry = ref Entry(neighbor);
        entry.Mac = mac;
        entry.State = NeighborState.Static;
    }

    /// <summary>What is known of a tracked next hop.</summary>
    public NeighborState State(int neighbor) => Entry(neighbor).State;

    /// <summary>The MAC address last known of a tracked next hop, zero if there never was one.</summary>
    public MacAddress Mac(int neighbor) => Entry(neighbor).Mac;

    /// <summary>
    /// Starts with what an earlier resolver knew of a tracked next hop: its address is used at once, and confirmed when it is
    /// used after <paramref name="reachableUntil"/>. A static entry stays as it is.
    /// </summary>
    public void Remember(int neighbor, MacAddress mac, Timestamp reachableUntil)
    {
        ref NeighborEntry entry = ref Entry(neighbor);
        if (entry.State != NeighborState.Static && mac.IsValidSource)
        {
            (entry.Mac, entry.State, entry.Deadline) = (mac, NeighborState.Reachable, reachableUntil);
        }
    }

    /// <summary>
    /// Goes on where an earlier resolver stopped: what it knew of next hops that both track, questions that it had asked included, and what it tracked in
    /// passing, as far as there is room. Static entries stay as they are.
    /// </summary>
    /// <remarks>Costs one step for each next hop of the earlier resolver, which must be of the same family.</remarks>
    public void ContinueFrom(NeighborResolver earlier)
    {
        ArgumentNullException.ThrowIfNull(earlier);
        foreach (ref readonly NeighborEntry known in earlier._entries.AsSpan(0, earlier._count))
        {
            if (known.State == NeighborState.Static || known.Address == _options.Address)
            {
                continue;
            }

            if (!_index.TryGetValue(known.Address, out int neighbor))
            {
                if (!known.IsPassing || _count == _entries.Length)
                {
                    continue;
                }

                neighbor = _count++;
                _index.Add(known.Address, neighbor);
                _entries[neighbor] = known;
            }
            else if (_entries[neighbor].State != NeighborState.Static)
            {
                _entries[neighbor] = known with { IsPassing = _entries[neighbor].IsPassing };
            }

            if (_entries[neighbor].State is NeighborState.Incomplete or NeighborState.Probe)
            {
                Wake(_entries[neighbor].Deadline);
            }
        }
    }

    /// <summary>The number of a next hop.</summary>
    /// <returns>False if it is not tracked.</returns>
    public bool TryFind(VtepAddress nextHop, out int neighbor) => _index.TryGetValue(nextHop, out neighbor);

    /// <summary>Until when the last confirmation of a tracked next hop holds; zero unless it is <see cref="NeighborState.Reachable"/>.</summary>
    public Timestamp ReachableUntil(int neighbor) => Entry(neighbor) is { State: NeighborState.Reachable } entry ? entry.Deadline : Timestamp.Zero;

    /// <summary>The address of a tracked next hop.</summary>
    public VtepAddress Address(int neighbor) => Entry(neighbor).Address;

    /// <summary>
    /// Gives the MAC address of a next hop to somebody who has a packet for it, and solicits it if that is due. Call it for
    /// every burst that uses the next hop.
    /// </summary>
    /// <returns>False if there is no MAC address yet: the packet waits or is dropped.</returns>
    public bool TryResolve<TSink>(int neighbor, Timestamp now, ref TSink sink, out MacAddress mac)
        where TSink : IFrameSink, allows ref struct
    {
        ref NeighborEntry entry = ref Entry(neighbor);
        switch (entry.State)
        {
            case NeighborState.Reachable when now >= entry.Deadline:
            case NeighborState.Stale:
                Begin(ref entry, NeighborState.Probe, now, ref sink);
                break;
            case NeighborState.Idle:
            case NeighborState.Failed when now >= entry.Deadline:
                Begin(ref entry, NeighborState.Incomplete, now, ref sink);
                break;
            default:
                break;
        }

        mac = entry.Mac;
        return entry.State is NeighborState.Reachable or NeighborState.Stale or NeighborState.Probe or NeighborState.Static;
    }

    /// <summary>Repeats solicitations that got no answer, and gives up on those that had enough. Call it once a burst.</summary>
    /// <remarks>Costs one comparison unless a repetition is due; then one step for each tracked next hop.</remarks>
    public void Advance<TSink>(Timestamp now, ref TSink sink)
        where TSink : IFrameSink, allows ref struct
    {
        if (now < _nextDeadline)
        {
            return;
        }

        _nextDeadline = Timestamp.MaxValue;
        foreach (ref NeighborEntry entry in _entries.AsSpan(0, _count))
        {
            if (entry.State is not (NeighborState.Incomplete or NeighborState.Probe))
            {
                continue;
            }

            if (now < entry.Deadline)
            {
                Wake(entry.Deadline);
            }
            else if (entry.Attempts < _options.MaxSolicitations)
            {
                Solicit(ref entry, now, ref sink);
            }
            else
            {
                GiveUp(ref entry, now, ref sink);
            }
        }
    }

    /// <summary>
    /// Asks a tracked next hop whether it is there, whatever is known of it, and leaves that as it is; its answer is taken as any other. For
    /// who wants to know whether it can be reached at all.
    /// </summary>
    public void Ask<TSink>(int neighbor, ref TSink sink)
        where TSink : IFrameSink, allows ref struct
    {
        ref NeighborEntry entry = ref Entry(neighbor);
        MacAddress? to = entry.Mac.IsValidSource ? entry.Mac : null;
        sink.Send(_frame.AsSpan(0, NeighborSignal.WriteSolicitation(_frame, entry.Address, to, _options.Address, _options.Mac)));
        _counters.Probed++;
    }

    /// <summary>Looks at a frame from the underlay: answers if it asks for the own address, learns if it speaks of a tracked next hop.</summary>
    /// <param name="frame">The frame from its Ethernet header on.</param>
    /// <param name="layout">Its layout; offsets count from the start of <paramref name="frame"/>.</param>
    /// <param name="now">The time.</param>
    /// <param name="sink">Takes the answer.</param>
    public NeighborReceipt Receive<TSink>(ReadOnlySpan<byte> frame, in PacketLayout layout, Timestamp now, ref TSink sink)
        where TSink : IFrameSink, allows ref struct
    {
        if (layout.VlanId != 0)
        {
            return NeighborReceipt.NotMine;
        }

        NeighborReceipt receipt = NeighborSignal.TryRead(frame, layout, _options.Address.IsIPv4, out NeighborSignal signal);
        if (receipt == NeighborReceipt.Updated)
        {
            receipt = Handle(signal, now, ref sink);
        }

        switch (receipt)
        {
            case NeighborReceipt.Answered: _counters.Answered++; break;
            case NeighborReceipt.Updated: _counters.Updated++; break;
            case NeighborReceipt.Ignored: _counters.Ignored++; break;
            case NeighborReceipt.Malformed: _counters.Malformed++; break;
            case NeighborReceipt.Conflict: _counters.Conflicts++; break;
            default: break;
        }

        return receipt;
    }

    /// <summary>Tells everybody on the underlay where the own address is (RFC 5227 section 2.3, RFC 4861 section 7.2.6).</summary>
    public void Announce<TSink>(ref TSink sink)
        where TSink : IFrameSink, allows ref struct
    {
        sink.Send(_frame.AsSpan(0, NeighborSignal.WriteAnnouncement(_frame, _options.Address, _options.Mac, _options.IsRouter)));
        _counters.Announced++;
    }

    private NeighborReceipt Handle<TSink>(in NeighborSignal signal, Timestamp now, ref TSink sink)
        where TSink : IFrameSink, allows ref struct
    {
        if (signal.Sender == _options.Address && signal.SenderMac != _options.Mac)
        {
            return NeighborReceipt.Conflict;
        }

        if (signal.SenderMac == _options.Mac)
        {
            return NeighborReceipt.Ignored; // Our own message, reflected.
        }

        NeighborReceipt receipt = NeighborReceipt.NotMine;
        if (_index.TryGetValue(signal.Sender, out int neighbor))
        {
            receipt = Learn(ref _entries[neighbor], signal, now);
        }

        if (signal.IsRequest && signal.Target == _options.Address)
        {
            sink.Send(_frame.AsSpan(0, NeighborSignal.WriteAnswer(_frame, signal, _options.Address, _options.Mac, _options.IsRouter)));
            return NeighborReceipt.Answered;
        }

        return receipt;
    }

    private NeighborReceipt Learn(ref NeighborEntry entry, in NeighborSignal signal, Timestamp now)
    {
        bool known = entry.State is NeighborState.Reachable or NeighborState.Stale or NeighborState.Probe;
        if (entry.State is NeighborState.Static or NeighborState.Idle || !signal.SenderMac.IsValidSource || !(known || signal.HasSenderMac))
        {
            return NeighborReceipt.Ignored;
        }

        // An advertisement without an address option speaks of the address that is known (RFC 4861 section 7.2.4).
        MacAddress mac = signal.HasSenderMac ? signal.SenderMac : entry.Mac;
        bool moved = known && entry.Mac != mac;
        if (moved && !signal.IsOverride)
        {
            // Somebody else answers and does not insist: doubt what is known, but keep it (RFC 4861 section 7.2.5).
            entry.State = entry.State == NeighborState.Reachable ? NeighborState.Stale : entry.State;
            return NeighborReceipt.Ignored;
        }

        entry.Mac = mac;
        entry.Failures = 0;
        _counters.Moved += moved ? 1 : 0;
        if (signal.IsSolicited)
        {
            entry.State = NeighborState.Reachable;
            entry.Deadline = now + _options.ReachableTime;
        }
        else if (!known || moved)
        {
            entry.State = NeighborState.Stale;
        }

        return NeighborReceipt.Updated;
    }

    private void Begin<TSink>(ref NeighborEntry entry, NeighborState state, Timestamp now, ref TSink sink)
        where TSink : IFrameSink, allows ref struct
    {
        entry.State = state;
        entry.Attempts = 0;
        Solicit(ref entry, now, ref sink);
    }

    private void Solicit<TSink>(ref NeighborEntry entry, Timestamp now, ref TSink sink)
        where TSink : IFrameSink, allows ref struct
    {
        bool toOne = entry.State == NeighborState.Probe;
        MacAddress? to = toOne ? entry.Mac : null;
        sink.Send(_frame.AsSpan(0, NeighborSignal.WriteSolicitation(_frame, entry.Address, to, _options.Address, _options.Mac)));
        if (toOne)
        {
            _counters.Probed++;
        }
        else
        {
            _counters.Solicited++;
        }

        entry.Attempts++;
        entry.Deadline = now + _options.RetransmitInterval;
        Wake(entry.Deadline);
    }

    private void GiveUp<TSink>(ref NeighborEntry entry, Timestamp now, ref TSink sink)
        where TSink : IFrameSink, allows ref struct
    {
        if (entry.State == NeighborState.Probe)
        {
            // The machine is silent; perhaps another one has its address now.
            Begin(ref entry, NeighborState.Incomplete, now, ref sink);
            return;
        }

        long pause = _options.RetransmitInterval.Ticks << Math.Min(entry.Failures, 20);
        entry.State = NeighborState.Failed;
        entry.Deadline = now + TimeSpan.FromTicks(Math.Min(pause, _options.MaxPause.Ticks));
        entry.Failures++;
        _counters.Failed++;
    }

    private int FindLeastUseful(Timestamp now)
    {
        (int found, int least) = (-1, Useful);
        for (int look = 0; look < Math.Min(MaxLooks, _count) && least > 0; look++)
        {
            _hand = _hand + 1 < _count ? _hand + 1 : 0;
            int use = UseOf(_entries[_hand], now);
            (found, least) = use < least ? (_hand, use) : (found, least);
        }

        return found;
    }

    private static int UseOf(in NeighborEntry entry, Timestamp now) => entry switch
    {
        { IsPassing: false } => Useful,
        { State: NeighborState.Failed or NeighborState.Idle } => 0,
        { State: NeighborState.Incomplete } => 1,
        { State: NeighborState.Stale } => 2,
        { State: NeighborState.Reachable } when now >= entry.Deadline => 2,
        _ => Useful,
    };

    private void Wake(Timestamp deadline) => _nextDeadline = deadline < _nextDeadline ? deadline : _nextDeadline;

    private ref NeighborEntry Entry(int neighbor)
    {
        ArgumentOutOfRangeException.ThrowIfNegative(neighbor);
        ArgumentOutOfRangeException.ThrowIfGreaterThanOrEqual(neighbor, _count);
        return ref _entries[neighbor];
    }
}
