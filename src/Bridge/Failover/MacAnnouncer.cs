using Weft.Packets;

namespace Weft.Bridge;

/// <summary>
/// Announces addresses in paced chunks, the most recently active first, and all of them three times, because nobody acknowledges
/// an announcement.
/// </summary>
internal sealed class MacAnnouncer
{
    /// <summary>Set in a work item whose announcement goes into the overlay.</summary>
    private const ulong OverlayBit = 1UL << 63;

    /// <summary>Ages are sorted by the second up to here; beyond, order does not matter.</summary>
    private const int AgeBuckets = 1024;

    /// <summary>Each round is so much slower than the one before: what the first one overran in somebody's queue gets through later.</summary>
    private const int RepeatSlowdown = 8;

    private static readonly TimeSpan[] RoundStarts = [TimeSpan.Zero, TimeSpan.FromMilliseconds(100), TimeSpan.FromMilliseconds(1000)];

    private readonly ulong[] _unsorted;
    private readonly ulong[] _items;
    private readonly ushort[] _ages;
    private readonly int[] _histogram = new int[AgeBuckets];
    private readonly int _perMillisecond;
    private int _count;
    private int _round = RoundStarts.Length;
    private int _next;
    private Timestamp _began;
    private Timestamp _roundBegan;

    public MacAnnouncer(int capacity, int perMillisecond)
    {
        (_unsorted, _items, _ages) = (new ulong[capacity], new ulong[capacity], new ushort[capacity]);
        _perMillisecond = perMillisecond;
    }

    /// <summary>When there is something to send; the greatest timestamp if nothing is left.</summary>
    public Timestamp NextDue { get; private set; } = Timestamp.MaxValue;

    /// <summary>Which time round the addresses are gone through, from 0.</summary>
    public int Round => _round;

    /// <summary>Begins to gather, and forgets what was being announced.</summary>
    public void Begin()
    {
        Stop();
        _count = 0;
        _histogram.AsSpan().Clear();
    }

    /// <summary>Adds an address; those beyond the capacity are left out.</summary>
    public void Add(ushort vlan, MacAddress mac, bool toOverlay, TimeSpan age)
    {
        if (_count < _unsorted.Length)
        {
            ushort bucket = (ushort)Math.Clamp(age.TotalSeconds, 0, AgeBuckets - 1);
            _ages[_count] = bucket;
            _unsorted[_count++] = FilteringRecord.Key(vlan, mac) | (toOverlay ? OverlayBit : 0);
            _histogram[bucket]++;
        }
    }

    /// <summary>Sorts what was gathered and starts.</summary>
    public void Start(Timestamp now)
    {
        int at = 0;
        for (int bucket = 0; bucket < AgeBuckets; bucket++)
        {
            (_histogram[bucket], at) = (at, at + _histogram[bucket]);
        }

        for (int i = 0; i < _count; i++)
        {
            _items[_histogram[_ages[i]]++] = _unsorted[i];
        }

        (_round, _next, _began, _roundBegan, NextDue) = (0, 0, now, now, now);
    }

    /// <summary>Stops announcing.</summary>
    public void Stop() => (_round, NextDue) = (RoundStarts.Length, Timestamp.MaxValue);

    /// <summary>The next address that may be announced now.</summary>
    /// <returns>False if the pace allows none, or the round is over.</returns>
    public bool TryNext(Timestamp now, out ushort vlan, out MacAddress mac, out bool toOverlay)
    {
        (vlan, mac, toOverlay) = (0, default, false);
        if (now < NextDue)
        {
            return false;
        }

        if (_next == _count)
        {
            EndRound(now);
            return false;
        }

        // The first millisecond's worth goes at once.
        double pace = _perMillisecond / Math.Pow(RepeatSlowdown, _round);
        double allowed = ((now - _roundBegan).TotalMilliseconds + 1) * pace;
        if (_next >= allowed)
        {
            NextDue = _roundBegan + TimeSpan.FromMilliseconds((_next + 1) / pace);
            return false;
        }

        ulong item = _items[_next++];
        (vlan, mac, toOverlay) = (FilteringRecord.VlanOf(item & ~OverlayBit), FilteringRecord.MacOf(item), (item & OverlayBit) != 0);
        return true;
    }

    private void EndRound(Timestamp now)
    {
        _round++;
        _next = 0;
        if (_round < RoundStarts.Length)
        {
            Timestamp planned = _began + RoundStarts[_round];
            _roundBegan = planned > now ? planned : now;
            NextDue = _roundBegan;
        }
        else
        {
            NextDue = Timestamp.MaxValue;
        }
    }
}
