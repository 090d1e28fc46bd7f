using Weft.Packets;

namespace Weft.Host.Observe;

/// <summary>
/// What happened lately: a ring into which any thread publishes without waiting, and out of which any thread reads. Events that nobody
/// read in time are overwritten; the gap in the numbers tells a reader how many he lost.
/// </summary>
/// <remarks>
/// <para>
/// A mechanism publishes like this, from the worker or any other thread:
/// <code>events.Publish(now, BridgeEventTypes.RoleChanged, bridgeName, "standby", "active", "peer-down", epoch);</code>
/// The fields stand in the order that the <see cref="EventType"/> names them. Publishing allocates nothing; who might publish for
/// every packet limits its own rate, or it overwrites everybody else's events.
/// </para>
/// <para>
/// A slot's version is its event's number; while the event is being written it is <see cref="Busy"/>. A reader copies and then looks
/// whether the version is still the one he began with (a sequence lock), so neither side ever waits for the other.
/// </para>
/// </remarks>
internal sealed class EventLog
{
    /// <summary>Events that are kept.</summary>
    public const int DefaultCapacity = 4096;

    private const long Busy = -1;

    private readonly Slot[] _slots;
    private long _last;

    /// <param name="capacity">Events that are kept, at least 1.</param>
    public EventLog(int capacity = DefaultCapacity)
    {
        ArgumentOutOfRangeException.ThrowIfNegativeOrZero(capacity);
        _slots = new Slot[capacity];
    }

    /// <summary>Number of the latest event; 0 if there was none.</summary>
    public long Last => Volatile.Read(ref _last);

    /// <summary>Adds an event. Any thread; waits for nobody.</summary>
    /// <param name="now">When, on the switch's clock.</param>
    /// <param name="type">What.</param>
    /// <param name="subject">Who, by its name in the configuration; empty for the switch.</param>
    /// <param name="fields">The circumstances in the order of the type.</param>
    public void Publish(Timestamp now, EventType type, string subject, params ReadOnlySpan<EventField> fields)
    {
        long sequence = Interlocked.Increment(ref _last);
        ref Slot slot = ref _slots[sequence % _slots.Length];
        long before = Volatile.Read(ref slot.Version);
        if (before == Busy || before > sequence || Interlocked.CompareExchange(ref slot.Version, Busy, before) != before)
        {
            // A writer who has been asleep for a whole round: his event or ours is lost, and counts as lost with every reader.
            return;
        }

        slot.At = now;
        slot.Type = type;
        slot.Subject = subject;
        int count = Math.Min(fields.Length, Math.Min(type.Fields.Length, EventFields.Most));
        fields[..count].CopyTo(slot.Fields);
        slot.FieldCount = count;
        Volatile.Write(ref slot.Version, sequence);
    }

    /// <summary>Reads events in order, as many as there are.</summary>
    /// <param name="since">Number of the first one wanted; 0 for the oldest that is left.</param>
    /// <param name="most">Most events returned.</param>
    /// <param name="start">The switch's first moment, from which seconds count.</param>
    /// <param name="wallClock">The wall clock at that moment; null where time is virtual.</param>
    public SwitchEvents Read(long since, int most, Timestamp start, DateTimeOffset? wallClock)
    {
        long last = Last;
        long oldest = Math.Max(1, last - _slots.Length + 1);
        long next = since <= 0 ? oldest : Math.Min(since, last + 1);
        long lost = Math.Max(0, oldest - next);
        next = Math.Max(next, oldest);
        var events = new List<SwitchEvent>();
        for (; next <= last && events.Count < most; next++)
        {
            switch (TryRead(next, start, wallClock, out SwitchEvent? happened))
            {
                case ReadResult.Read:
                    events.Add(happened!);
                    break;
                case ReadResult.NotYet:
                    return new SwitchEvents { Events = events, Lost = lost, Next = next };
                default:
                    lost++;
                    break;
            }
        }

        return new SwitchEvents { Events = events, Lost = lost, Next = next };
    }

    private enum ReadResult
    {
        Read,
        NotYet,
        Lost,
    }

    private ReadResult TryRead(long sequence, Timestamp start, DateTimeOffset? wallClock, out SwitchEvent? happened)
    {
        happened = null;
        ref Slot slot = ref _slots[sequence % _slots.Length];
        long version = Volatile.Read(ref slot.Version);
        if (version != sequence)
        {
            // Its writer has a number and has not finished, unless the ring has gone round meanwhile.
            bool isOverwritten = version > sequence || Last - sequence >= _slots.Length;
            return isOverwritten ? ReadResult.Lost : ReadResult.NotYet;
        }

        Slot copy = slot;
        Interlocked.MemoryBarrier();
        if (Volatile.Read(ref slot.Version) != sequence)
        {
            return ReadResult.Lost;
        }

        var fields = new OrderedDictionary<string, string>();
        for (int i = 0; i < copy.FieldCount; i++)
        {
            fields[copy.Type.Fields[i]] = copy.Fields[i].ToString();
        }

        double seconds = (copy.At - start).TotalSeconds;
        happened = new SwitchEvent
        {
            Sequence = sequence,
            Seconds = seconds,
            Time = wallClock?.AddSeconds(seconds),
            Severity = copy.Type.Severity,
            Source = copy.Type.Source,
            Name = copy.Type.Name,
            Subject = copy.Subject,
            Fields = fields,
        };
        return ReadResult.Read;
    }

    private struct Slot
    {
        public long Version;
        public Timestamp At;
        public EventType Type;
        public string Subject;
        public int FieldCount;
        public EventFields Fields;
    }
}
