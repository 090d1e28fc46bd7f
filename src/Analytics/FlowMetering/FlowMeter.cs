using Weft.Flows;
using Weft.Packets;

namespace Weft.Analytics;

/// <summary>
/// Follows conversations and reports what was seen of each, when it is over and now and then before (the metering process of
/// RFC 7011 section 2). Packets go in on one thread; reports come out on the same or one other.
/// </summary>
/// <remarks>Nothing allocates after the constructor. A packet costs a table lookup; <see cref="Advance"/> looks at 2048 places at most.</remarks>
public sealed class FlowMeter : IDisposable
{
    private const int SliceLength = 64;
    private const int SlicesAtOnce = 32;

    private readonly FlowTable<FlowKey6, Conversation> _table;
    private readonly SpscRing<FlowReport> _reports;
    private readonly FlowHandle[] _slice = new FlowHandle[SliceLength];
    private readonly TimeSpan _active;
    private readonly TimeSpan _idle;
    private readonly TimeSpan _sliceInterval;
    private FlowMeterCounters _counters;
    private Timestamp _lastSlice;
    private int _cursor;

    /// <summary>Creates a meter and all the memory it will use.</summary>
    /// <exception cref="ArgumentException">An option is out of range; the message names it.</exception>
    public FlowMeter(FlowMeterOptions options)
    {
        ArgumentNullException.ThrowIfNull(options);
        options.Validate();
        (_active, _idle) = (options.ActiveTimeout, options.IdleTimeout);
        _sliceInterval = TimeSpan.FromSeconds(Math.Min(1, (double)SliceLength / options.Flows));
        _table = new FlowTable<FlowKey6, Conversation>(new FlowTableOptions { Capacity = options.Flows, Seed = options.Seed });
        _reports = new SpscRing<FlowReport>(options.Reports);
    }

    /// <summary>Conversations that are followed.</summary>
    public int Count => _table.Count;

    /// <summary>What was seen so far.</summary>
    public ref readonly FlowMeterCounters Counters => ref _counters;

    /// <summary>Counts a packet. What is no IP packet, or a fragment without ports, is passed over.</summary>
    /// <param name="frame">The frame.</param>
    /// <param name="layout">Its headers.</param>
    /// <param name="now">The time.</param>
    public void Observe(ReadOnlySpan<byte> frame, in PacketLayout layout, Timestamp now)
    {
        if (!TryRead(frame, layout, out FlowKey6 key))
        {
            _counters.NotAFlow++;
            return;
        }

        _counters.Observed++;
        int bytes = layout.EndOffset - layout.L3Offset;
        FlowKey6 canonical = key.ToCanonical(out FlowDirection direction);
        FlowAddResult added = _table.Add(canonical, out FlowHandle handle);
        if (added == FlowAddResult.Refused)
        {
            _counters.TableFull++;
            Report(new FlowReport(key, 1, bytes, 0, 0, now, now, FlowEndReason.NoResources));
            return;
        }

        ref Conversation conversation = ref _table[handle];
        if (added != FlowAddResult.AlreadyPresent)
        {
            conversation = new Conversation { OpenedForward = direction == FlowDirection.Forward, First = now };
            _counters.Begun++;
        }

        bool isOpener = (direction == FlowDirection.Forward) == conversation.OpenedForward;
        conversation.Last = now;
        conversation.First = conversation.IsEmpty ? now : conversation.First;
        (isOpener ? ref conversation.Packets : ref conversation.ReversePackets)++;
        (isOpener ? ref conversation.Bytes : ref conversation.ReverseBytes) += bytes;
    }

    /// <summary>
    /// Reports what is due. Looks through the table once a second if it is called often, a bounded part of it each time: call it in each
    /// round, and a few times a second where nothing happens.
    /// </summary>
    public void Advance(Timestamp now)
    {
        long due = (now - _lastSlice).Ticks / _sliceInterval.Ticks;
        for (long slices = Math.Min(due, SlicesAtOnce); slices > 0; slices--)
        {
            _lastSlice = now;
            Slice(now);
        }
    }

    private void Slice(Timestamp now)
    {
        int live = _table.Slice(ref _cursor, _slice);
        foreach (FlowHandle handle in _slice.AsSpan(0, live))
        {
            ref Conversation conversation = ref _table[handle];
            if (now >= conversation.Last + _idle)
            {
                Report(handle, FlowEndReason.Idle);
                _ = _table.Remove(handle);
            }
            else if (!conversation.IsEmpty && now >= conversation.First + _active)
            {
                Report(handle, FlowEndReason.Active);
            }
        }
    }

    /// <summary>Reports everything and forgets it.</summary>
    public void Stop()
    {
        int cursor = 0;
        do
        {
            int live = _table.Slice(ref cursor, _slice);
            foreach (FlowHandle handle in _slice.AsSpan(0, live))
            {
                Report(handle, FlowEndReason.Forced);
            }
        }
        while (cursor != 0);
        _table.Clear();
    }

    /// <summary>Takes the oldest report; on the packets' thread, or always on one other.</summary>
    /// <returns>False if none waits.</returns>
    public bool TryTake(out FlowReport report) => _reports.TryTake(out report);

    /// <summary>Frees the table.</summary>
    public void Dispose() => _table.Dispose();

    private static bool TryRead(ReadOnlySpan<byte> frame, in PacketLayout layout, out FlowKey6 key)
    {
        if (layout.IsIPv6)
        {
            return FlowKey6.TryRead(frame, layout, out key);
        }

        key = default;
        if (!layout.IsIPv4 || !FlowKey4.TryRead(frame, layout, out FlowKey4 v4))
        {
            return false;
        }

        key = new FlowKey6(IPv6Address.MapIPv4(v4.Source), IPv6Address.MapIPv4(v4.Destination), v4.Protocol, v4.SourcePort, v4.DestinationPort);
        return true;
    }

    private void Report(FlowHandle handle, FlowEndReason end)
    {
        ref Conversation conversation = ref _table[handle];
        if (conversation.IsEmpty)
        {
            return;
        }

        ref readonly FlowKey6 canonical = ref _table.KeyOf(handle);
        Report(new FlowReport(
            conversation.OpenedForward ? canonical : canonical.Reversed,
            conversation.Packets,
            conversation.Bytes,
            conversation.ReversePackets,
            conversation.ReverseBytes,
            conversation.First,
            conversation.Last,
            end));
        conversation = new Conversation { OpenedForward = conversation.OpenedForward, First = conversation.Last, Last = conversation.Last };
    }

    private void Report(in FlowReport report)
    {
        bool isTaken = _reports.TryAdd(report);
        ref long counter = ref isTaken ? ref _counters.Reported : ref _counters.ReportsLost;
        counter++;
    }

    private struct Conversation
    {
        public Timestamp First;
        public Timestamp Last;
        public long Packets;
        public long Bytes;
        public long ReversePackets;
        public long ReverseBytes;
        public bool OpenedForward;

        /// <summary>Nothing was seen since the last report.</summary>
        public readonly bool IsEmpty => Packets == 0 && ReversePackets == 0;
    }
}
