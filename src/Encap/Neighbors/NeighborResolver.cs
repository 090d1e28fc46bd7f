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
public sealed partial class NeighborResolver
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
