using Weft.Flows;
using Weft.Packets;

namespace Weft.Bridge;

/// <summary>
/// Which machine of a segment has which IPv4 or IPv6 address: learned from ARP and neighbour advertisements, aged, and static
/// where configured. From it a bridge answers address resolution instead of flooding it (RFC 9161 section 3).
/// </summary>
/// <remarks>
/// A lookup never returns a binding that has aged. A full table refuses new bindings; requests for them are flooded. One
/// thread at a time; no allocation after construction.
/// </remarks>
public sealed class AddressBindings : IDisposable
{
    private const int VlanCount = 4096;
    private const int SliceLength = 64;
    private const int MaxQuestions = 4_096;

    private readonly FlowTable<AddressKey, Record> _table;
    private readonly FlowHandle[] _slice = new FlowHandle[SliceLength];
    private readonly int[] _inVlan = new int[VlanCount];
    private readonly int _maxPerVlan;
    private readonly TimeSpan _ageing;
    private SweepPace _pace;
    private int _cursor;
    private BindingCounters _counters;

    /// <summary>Creates a table and all the memory it will ever use.</summary>
    /// <exception cref="ArgumentException">An option is out of range; the message names it.</exception>
    public AddressBindings(AddressBindingsOptions options)
    {
        ArgumentNullException.ThrowIfNull(options);
        options.Validate();
        _table = new FlowTable<AddressKey, Record>(new FlowTableOptions { Capacity = options.Capacity, Seed = options.Seed });
        _maxPerVlan = options.MaxPerVlan;
        _ageing = options.Ageing;
        _pace = new SweepPace(options.Start);
        Questions = new AnsweredQuestions(Math.Min(options.Capacity, MaxQuestions), options.Seed);
    }

    /// <summary>Bindings, those included that have aged and were not given back yet.</summary>
    public int Count => _table.Count;

    /// <summary>Who was lately answered from here.</summary>
    internal AnsweredQuestions Questions { get; }

    /// <summary>What was learned and forgotten so far.</summary>
    public ref readonly BindingCounters Counters => ref _counters;

    /// <summary>Notes that a machine says it has an IPv4 address.</summary>
    public void Learn(ushort vlan, IPv4Address address, MacAddress mac, Timestamp now) =>
        Learn(AddressKey.Of(vlan, address), mac, isRouter: false, now);

    /// <summary>Notes that a machine says it has an IPv6 address.</summary>
    public void Learn(ushort vlan, IPv6Address address, MacAddress mac, bool isRouter, Timestamp now) =>
        Learn(AddressKey.Of(vlan, address), mac, isRouter, now);

    /// <summary>Finds the machine that has an IPv4 address.</summary>
    public bool TryLookup(ushort vlan, IPv4Address address, Timestamp now, out AddressBinding binding) =>
        TryLookup(AddressKey.Of(vlan, address), now, out binding);

    /// <summary>Finds the machine that has an IPv6 address.</summary>
    public bool TryLookup(ushort vlan, IPv6Address address, Timestamp now, out AddressBinding binding) =>
        TryLookup(AddressKey.Of(vlan, address), now, out binding);

    /// <summary>Configures which machine has an IPv4 address; what was learned of it is forgotten.</summary>
    /// <returns>False if the table is full.</returns>
    public bool AddStatic(ushort vlan, IPv4Address address, MacAddress mac) => AddStatic(AddressKey.Of(vlan, address), mac, isRouter: false);

    /// <summary>Configures which machine has an IPv6 address; what was learned of it is forgotten.</summary>
    /// <returns>False if the table is full.</returns>
    public bool AddStatic(ushort vlan, IPv6Address address, MacAddress mac, bool isRouter) => AddStatic(AddressKey.Of(vlan, address), mac, isRouter);

    /// <summary>Forgets what was learned in one segment. Costs one pass over the table.</summary>
    /// <returns>Bindings forgotten.</returns>
    public int FlushVlan(ushort vlan)
    {
        int removed = 0;
        int cursor = 0;
        do
        {
            int live = _table.Slice(ref cursor, _slice);
            foreach (FlowHandle handle in _slice.AsSpan(0, live))
            {
                if (!_table[handle].IsStatic && _table.KeyOf(handle).Vlan == vlan)
                {
                    Remove(handle, ref _counters.Flushed);
                    removed++;
                }
            }
        }
        while (cursor != 0);
        return removed;
    }

    /// <summary>Gives back the places of aged bindings, as many as the time since the last call calls for.</summary>
    /// <param name="now">The time.</param>
    /// <param name="budget">Most places examined, at least 1; 64 at a time.</param>
    /// <returns>Bindings given back.</returns>
    public int Advance(Timestamp now, int budget = 64)
    {
        int places = _pace.Take(now, _ageing, _table.Capacity, Math.Min(budget, SliceLength));
        if (places == 0)
        {
            return 0;
        }

        int removed = 0;
        int live = _table.Slice(ref _cursor, _slice.AsSpan(0, places));
        foreach (FlowHandle handle in _slice.AsSpan(0, live))
        {
            if (HasAged(_table[handle], now))
            {
                Remove(handle, ref _counters.Aged);
                removed++;
            }
        }

        return removed;
    }

    /// <summary>Copies bindings that have not aged, for people to see: the next part of a walk through the table.</summary>
    /// <param name="cursor">0 at first, then what the last call left; 0 again at the end.</param>
    /// <param name="entries">Filled from the start; at least one element.</param>
    /// <param name="now">The time.</param>
    /// <returns>Entries copied, which may be none before the end.</returns>
    public int CopyTo(ref int cursor, Span<AddressBindingEntry> entries, Timestamp now)
    {
        int copied = 0;
        int live = _table.Slice(ref cursor, _slice.AsSpan(0, Math.Min(SliceLength, entries.Length)));
        foreach (FlowHandle handle in _slice.AsSpan(0, live))
        {
            AddressKey key = _table.KeyOf(handle);
            Record record = _table[handle];
            if (!HasAged(record, now))
            {
                TimeSpan age = record.IsStatic ? TimeSpan.Zero : now - record.LastSeen;
                var binding = new AddressBinding(record.Mac, record.IsRouter, record.IsStatic);
                entries[copied++] = new AddressBindingEntry(key.Vlan, key.IsIPv4, new IPv6Address(key.High, key.Low), binding, age);
            }
        }

        return copied;
    }

    /// <summary>Who was lately answered from here, for people to see and for another switch to go on with. Allocates.</summary>
    public IReadOnlyList<AnsweredQuestion> ListQuestions(Timestamp now) => Questions.ToList(now);

    /// <summary>Notes that a machine was answered by somebody else, in whose place this one goes on.</summary>
    public void Restore(in AnsweredQuestion question, Timestamp now) =>
        Questions.Note(question.Asker, question.IsIPv4 ? AddressKey.Of(question.Vlan, question.V4) : AddressKey.Of(question.Vlan, question.Target), now - question.Age);

    /// <summary>Frees the table's memory. The bindings must not be used afterwards.</summary>
    public void Dispose() => _table.Dispose();

    private bool HasAged(in Record record, Timestamp now) => !record.IsStatic && now >= record.LastSeen + _ageing;

    internal bool TryLookup(in AddressKey key, Timestamp now, out AddressBinding binding)
    {
        FlowHandle handle = _table.Find(key);
        if (handle.IsNone || HasAged(_table[handle], now))
        {
            binding = default;
            return false;
        }

        Record record = _table[handle];
        binding = new AddressBinding(record.Mac, record.IsRouter, record.IsStatic);
        return true;
    }

    private bool AddStatic(in AddressKey key, MacAddress mac, bool isRouter)
    {
        FlowAddResult added = _table.Add(key, out FlowHandle handle);
        if (added == FlowAddResult.Refused)
        {
            return false;
        }

        ref Record record = ref _table[handle];
        if (added == FlowAddResult.AlreadyPresent && !record.IsStatic)
        {
            _inVlan[key.Vlan]--;
        }

        record = new Record { Mac = mac, IsRouter = isRouter, IsStatic = true };
        return true;
    }

    private void Learn(in AddressKey key, MacAddress mac, bool isRouter, Timestamp now)
    {
        FlowHandle handle = _table.Find(key);
        if (handle.IsNone)
        {
            Add(key, mac, isRouter, now);
            return;
        }

        ref Record record = ref _table[handle];
        if (record.IsStatic)
        {
            _counters.StaticConflict += record.Mac == mac ? 0 : 1;
            return;
        }

        if (record.Mac == mac)
        {
            _counters.Refreshed++;
        }
        else
        {
            _counters.Moved++;
        }

        record = new Record { Mac = mac, IsRouter = isRouter, LastSeen = now };
    }

    private void Add(in AddressKey key, MacAddress mac, bool isRouter, Timestamp now)
    {
        if (_inVlan[key.Vlan] >= _maxPerVlan)
        {
            _counters.LimitReached++;
            return;
        }

        if (_table.Add(key, out FlowHandle handle) == FlowAddResult.Refused)
        {
            _counters.TableFull++;
            return;
        }

        _inVlan[key.Vlan]++;
        _counters.Learned++;
        _table[handle] = new Record { Mac = mac, IsRouter = isRouter, LastSeen = now };
    }

    private void Remove(FlowHandle handle, ref long counter)
    {
        _inVlan[_table.KeyOf(handle).Vlan]--;
        _ = _table.Remove(handle);
        counter++;
    }

    /// <summary>An address in a segment; IPv4 in its mapped form, which no IPv6 machine may use (RFC 4291 section 2.5.5.2).</summary>
    private struct Record
    {
        public MacAddress Mac;
        public Timestamp LastSeen;
        public bool IsRouter;
        public bool IsStatic;
    }
}
