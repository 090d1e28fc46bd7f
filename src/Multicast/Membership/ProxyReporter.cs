using Weft.Flows;
using Weft.Packets;

namespace Weft.Multicast;

/// <summary>
/// Speaks for all hosts of a segment as one host would (RFC 4541 section 2.1.1, RFC 4605 section 4): it reports to routers when what all of them together want has
/// changed, as often as the robustness variable says, and answers queries. A report carries the whole filter, so that one that is lost does no harm.
/// </summary>
internal sealed class ProxyReporter : IDisposable
{
    /// <summary>RFC 3376 section 8.11: between the first report of a change and its repetitions.</summary>
    private static readonly TimeSpan RepeatInterval = TimeSpan.FromSeconds(1);

    private readonly SnoopingOptions _options;
    private readonly KeyedHash _hash;
    private readonly MergedFilter _merged;
    private readonly ReportWriter _writer = new();
    private readonly FlowTable<GroupKey, int> _index;
    private readonly IndexPool _pool;
    private readonly Entry[] _entries;
    private readonly Queue _changed;
    private readonly Queue _again;
    private readonly Timestamp[] _answers;

    public ProxyReporter(SnoopingOptions options, MembershipTable table, StaticGroups configured)
    {
        _options = options;
        _hash = new KeyedHash(options.Seed);
        _merged = new MergedFilter(table, configured);
        int capacity = table.MembershipCapacity + configured.All.Count;
        _index = new FlowTable<GroupKey, int>(new FlowTableOptions { Capacity = capacity, Seed = options.Seed, HugePages = false });
        _pool = new IndexPool(capacity);
        _entries = new Entry[capacity];
        _changed = new Queue(capacity);
        _again = new Queue(capacity);
        _answers = new Timestamp[2 * options.Segments.Count];
        _answers.AsSpan().Fill(Timestamp.MaxValue);
        foreach ((int segment, StaticMembership member) in configured.All)
        {
            Touch(segment, member.Group);
        }
    }

    /// <summary>When <see cref="Advance"/> has something to do.</summary>
    public Timestamp NextDue { get; private set; } = Timestamp.MaxValue;

    /// <summary>What somebody wants of a group may have changed.</summary>
    public void Touch(int segment, IPv6Address group)
    {
        if (!_options.Segments[segment].ProxyReporting)
        {
            return;
        }

        var key = new GroupKey(segment, group);
        FlowHandle handle = _index.Find(key);
        if (handle.IsNone)
        {
            if (!_pool.TryRent(out int made))
            {
                return; // more groups end at this moment than were ever joined at once: routers let them end by themselves
            }

            _ = _index.Add(key, out handle);
            _index[handle] = made;
            _entries[made] = new Entry { Segment = segment, Group = group };
        }

        Enqueue(_index[handle]);
    }

    /// <summary>A router asked: the answer goes out after a while that differs from switch to switch (RFC 3376 section 5.2).</summary>
    public void Asked(int segment, bool isIPv6, IPv6Address? group, TimeSpan response, Timestamp now)
    {
        if (!_options.Segments[segment].ProxyReporting)
        {
            return;
        }

        if (group is IPv6Address one)
        {
            FlowHandle handle = _index.Find(new GroupKey(segment, one));
            if (!handle.IsNone)
            {
                _entries[_index[handle]].IsAsked = true;
                Enqueue(_index[handle]);
            }

            return;
        }

        ulong within = (ulong)Math.Max(1, response.Ticks);
        TimeSpan delay = TimeSpan.FromTicks((long)(_hash.Hash(new GroupKey(segment, new IPv6Address((ulong)now.Nanoseconds, isIPv6 ? 1UL : 0))) % within));
        ref Timestamp answer = ref _answers[(2 * segment) + (isIPv6 ? 1 : 0)];
        answer = now + delay < answer ? now + delay : answer;
        NextDue = answer < NextDue ? answer : NextDue;
    }

    /// <summary>Sends what is due, a bounded number of records at a time.</summary>
    public void Advance<TSink>(MulticastSnooper snooper, Timestamp now, int budget, ref TSink sink)
        where TSink : IControlSink, allows ref struct
    {
        if (now < NextDue)
        {
            return;
        }

        AnswerGeneral(now);
        int open = -1;
        for (int left = budget; left > 0 && TryTake(now, out int at); left--)
        {
            ref Entry entry = ref _entries[at];
            int family = (2 * entry.Segment) + (MulticastAddress.IsIPv4(entry.Group) ? 0 : 1);
            if (open >= 0 && open != family)
            {
                Flush(snooper, open, ref sink);
            }

            open = family;
            Report(snooper, at, family, now, ref sink);
        }

        if (open >= 0)
        {
            Flush(snooper, open, ref sink);
        }

        NextDue = _changed.Count > 0 ? now : _again.Count > 0 ? _entries[_again.Peek].Due : Timestamp.MaxValue;
        foreach (Timestamp answer in _answers)
        {
            NextDue = answer < NextDue ? answer : NextDue;
        }
    }

    public void Dispose() => _index.Dispose();

    private void AnswerGeneral(Timestamp now)
    {
        for (int family = 0; family < _answers.Length; family++)
        {
            if (_answers[family] > now)
            {
                continue;
            }

            _answers[family] = Timestamp.MaxValue;
            for (int at = 0; at < _entries.Length; at++)
            {
                if (_pool.IsRented(at) && _entries[at].Segment == family >> 1 && MulticastAddress.IsIPv4(_entries[at].Group) == ((family & 1) == 0))
                {
                    _entries[at].IsAsked = true;
                    Enqueue(at);
                }
            }
        }
    }

    private bool TryTake(Timestamp now, out int at)
    {
        at = -1;
        if (_changed.Count > 0)
        {
            at = _changed.Take();
            _entries[at].IsChanged = false;
        }
        else if (_again.Count > 0 && _entries[_again.Peek].Due <= now)
        {
            at = _again.Take();
            _entries[at].IsWaiting = false;
        }

        return at >= 0;
    }

    private void Enqueue(int at)
    {
        if (!_entries[at].IsChanged)
        {
            _entries[at].IsChanged = true;
            _changed.Add(at);
            NextDue = Timestamp.Zero;
        }
    }

    private void Report<TSink>(MulticastSnooper snooper, int at, int family, Timestamp now, ref TSink sink)
        where TSink : IControlSink, allows ref struct
    {
        ref Entry entry = ref _entries[at];
        _merged.Load(entry.Segment, entry.Group);
        ulong digest = _merged.Digest(_hash);
        bool changed = digest != entry.Reported;
        if (changed)
        {
            (entry.Reported, entry.Left) = (digest, (byte)_options.Robustness);
        }

        if (entry.Left > 0)
        {
            entry.Left--;
            Say(snooper, entry.Group, family, isChange: true, ref sink);
        }
        else if (entry.IsAsked && digest != 0)
        {
            Say(snooper, entry.Group, family, isChange: false, ref sink);
        }

        entry.IsAsked = false;
        if (entry.Left > 0 && !entry.IsWaiting)
        {
            (entry.IsWaiting, entry.Due) = (true, now + RepeatInterval);
            _again.Add(at);
        }
        else if (digest == 0 && entry is { Left: 0, IsWaiting: false, IsChanged: false })
        {
            _ = _index.Remove(new GroupKey(entry.Segment, entry.Group));
            _pool.Return(at);
        }
    }

    private void Say<TSink>(MulticastSnooper snooper, IPv6Address group, int family, bool isChange, ref TSink sink)
        where TSink : IControlSink, allows ref struct
    {
        if (snooper.HearsOlderQuerier(family))
        {
            snooper.SendReport(family, _writer.Older(_options.Segments[family >> 1], group, joins: _merged.HasMembers), ref sink);
            return;
        }

        GroupRecordType type = (isChange, _merged.IsExclude) switch
        {
            (true, true) => GroupRecordType.ChangeToExclude,
            (true, false) => GroupRecordType.ChangeToInclude,
            (false, true) => GroupRecordType.ModeIsExclude,
            _ => GroupRecordType.ModeIsInclude,
        };
        if (!_writer.TryAdd(type, group, _merged.Sources))
        {
            Flush(snooper, family, ref sink);
            _ = _writer.TryAdd(type, group, _merged.Sources);
        }
    }

    private void Flush<TSink>(MulticastSnooper snooper, int family, ref TSink sink)
        where TSink : IControlSink, allows ref struct
    {
        if (!_writer.IsEmpty)
        {
            snooper.SendReport(family, _writer.Finish(_options.Segments[family >> 1], (family & 1) != 0), ref sink);
        }
    }

    /// <summary>A group that was reported, or is to be.</summary>
    private struct Entry
    {
        public IPv6Address Group;
        public int Segment;
        public ulong Reported;
        public Timestamp Due;
        public byte Left;
        public bool IsChanged;
        public bool IsWaiting;
        public bool IsAsked;
    }

    /// <summary>Entries in the order of their coming; each is in it once at most.</summary>
    private sealed class Queue(int capacity)
    {
        private readonly int[] _items = new int[capacity];
        private int _first;

        public int Count { get; private set; }

        public int Peek => _items[_first];

        public void Add(int item) => _items[(_first + Count++) % _items.Length] = item;

        public int Take()
        {
            int item = _items[_first];
            _first = (_first + 1) % _items.Length;
            Count--;
            return item;
        }
    }
}
