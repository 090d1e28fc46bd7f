using Weft.Flows;
using Weft.Packets;

namespace Weft.Analytics;

/// <summary>
/// The alarms that are there, each once (RFC 8632): raising what is raised already counts it instead of repeating it, clearing ends
/// it, and people are told of changes at a bounded rate. Notifications wait in a ring until <see cref="TryTake"/>.
/// </summary>
/// <remarks>
/// The state of an alarm is always right, even when a notification was damped, shelved or lost. One thread at a time; no
/// allocation after the constructor; each call costs one table lookup.
/// </remarks>
public sealed class AlarmList : IDisposable
{
    private const int SliceLength = 64;

    private readonly FlowTable<AlarmIdentity, Record> _table;
    private readonly FlowHandle[] _slice = new FlowHandle[SliceLength];
    private readonly AlarmNotification[] _ring;
    private readonly AlarmListOptions _options;
    private AlarmCounters _counters;
    private int _first;
    private int _waiting;
    private int _cursor;

    /// <summary>Creates an empty list and all the memory it will ever use.</summary>
    /// <exception cref="ArgumentException">An option is out of range; the message names it.</exception>
    public AlarmList(AlarmListOptions options)
    {
        ArgumentNullException.ThrowIfNull(options);
        options.Validate();
        _options = options;
        _table = new FlowTable<AlarmIdentity, Record>(new FlowTableOptions { Capacity = options.Capacity, Seed = options.Seed });
        _ring = new AlarmNotification[options.Notifications];
    }

    /// <summary>Alarms in the list, cleared ones included.</summary>
    public int Count => _table.Count;

    /// <summary>Notifications that wait.</summary>
    public int Waiting => _waiting;

    /// <summary>What happened so far.</summary>
    public ref readonly AlarmCounters Counters => ref _counters;

    /// <summary>Raises an alarm, or says that it is still there.</summary>
    /// <param name="identity">Which alarm.</param>
    /// <param name="severity">How bad it is; <see cref="AlarmSeverity.Cleared"/> clears it.</param>
    /// <param name="score">Its score, 0 to 100.</param>
    /// <param name="now">The time.</param>
    /// <returns>What that changed.</returns>
    public AlarmChange Raise(AlarmIdentity identity, AlarmSeverity severity, double score, Timestamp now)
    {
        if (severity == AlarmSeverity.Cleared)
        {
            return Clear(identity, now);
        }

        FlowAddResult added = _table.Add(identity, out FlowHandle handle);
        if (added == FlowAddResult.Refused)
        {
            _counters.ListFull++;
            return AlarmChange.Refused;
        }

        ref Record record = ref _table[handle];
        if (added != FlowAddResult.AlreadyPresent)
        {
            record = new Record { FirstRaised = now, IsCleared = true };
        }

        bool raised = record.IsCleared;
        bool changed = !raised && record.Severity != severity;
        bool worse = severity > record.Severity;
        record.Occurrences = raised ? 1 : record.Occurrences + 1;
        record.IsCleared = false;
        record.Severity = severity;
        record.Score = score;
        if (raised || changed)
        {
            record.LastChanged = now;
            ref long counter = ref raised ? ref _counters.Raised : ref _counters.SeverityChanged;
            counter++;
            AlarmChange change = raised ? AlarmChange.Raised : AlarmChange.SeverityChanged;
            Tell(ref record, identity, change, now, isUrgent: worse);
            return change;
        }

        _counters.Deduplicated++;
        if (now < record.LastTold + _options.RepeatInterval)
        {
            return AlarmChange.None;
        }

        Tell(ref record, identity, AlarmChange.Repeated, now, isUrgent: true);
        return AlarmChange.Repeated;
    }

    /// <summary>Ends an alarm. It stays in the list for <see cref="AlarmListOptions.RetainCleared"/>.</summary>
    /// <returns><see cref="AlarmChange.None"/> if it was not there.</returns>
    public AlarmChange Clear(AlarmIdentity identity, Timestamp now)
    {
        FlowHandle handle = _table.Find(identity);
        if (handle.IsNone || _table[handle].IsCleared)
        {
            return AlarmChange.None;
        }

        ref Record record = ref _table[handle];
        record.IsCleared = true;
        record.LastChanged = now;
        _counters.Cleared++;
        Tell(ref record, identity, AlarmChange.Cleared, now, isUrgent: true);
        return AlarmChange.Cleared;
    }

    /// <summary>Silences an alarm or ends its silence. Shelving is the operator's state and does not change the alarm's.</summary>
    /// <returns>False if it is not in the list.</returns>
    public bool Shelve(AlarmIdentity identity, bool shelved)
    {
        FlowHandle handle = _table.Find(identity);
        if (handle.IsNone)
        {
            return false;
        }

        _table[handle].IsShelved = shelved;
        return true;
    }

    /// <summary>Looks an alarm up.</summary>
    public bool TryGet(AlarmIdentity identity, out AlarmState state)
    {
        FlowHandle handle = _table.Find(identity);
        state = handle.IsNone ? default : StateOf(handle);
        return !handle.IsNone;
    }

    /// <summary>Takes the oldest notification that waits.</summary>
    /// <returns>False if none does.</returns>
    public bool TryTake(out AlarmNotification notification)
    {
        if (_waiting == 0)
        {
            notification = default;
            return false;
        }

        notification = _ring[_first];
        _first = (_first + 1) % _ring.Length;
        _waiting--;
        return true;
    }

    /// <summary>Copies alarms: the next part of a walk through the list.</summary>
    /// <param name="cursor">0 at first, then what the last call left; 0 again at the end.</param>
    /// <param name="states">Filled from the start; at least one element, 64 at most are used.</param>
    /// <returns>States copied, which may be none before the end.</returns>
    public int CopyTo(ref int cursor, Span<AlarmState> states)
    {
        int live = _table.Slice(ref cursor, _slice.AsSpan(0, Math.Min(SliceLength, states.Length)));
        for (int i = 0; i < live; i++)
        {
            states[i] = StateOf(_slice[i]);
        }

        return live;
    }

    /// <summary>
    /// Looks after the next 64 places of the list: tells what was damped or lost and still is so, and forgets alarms cleared long
    /// ago. Call it a few times a second.
    /// </summary>
    /// <returns>Alarms forgotten.</returns>
    public int Advance(Timestamp now)
    {
        int purged = 0;
        int live = _table.Slice(ref _cursor, _slice);
        foreach (FlowHandle handle in _slice.AsSpan(0, live))
        {
            ref Record record = ref _table[handle];
            if (!record.IsShelved && record.Level != record.Told && (!record.WasTold || now >= record.LastTold + _options.MinInterval))
            {
                AlarmChange change = record.IsCleared ? AlarmChange.Cleared
                    : record.Told == AlarmSeverity.Cleared ? AlarmChange.Raised : AlarmChange.SeverityChanged;
                Tell(ref record, _table.KeyOf(handle), change, now, isUrgent: true);
            }
            else if (record.IsCleared && !record.IsShelved && now >= record.LastChanged + _options.RetainCleared)
            {
                _ = _table.Remove(handle);
                purged++;
            }
        }

        _counters.Purged += purged;
        return purged;
    }

    /// <summary>Frees the list's memory.</summary>
    public void Dispose() => _table.Dispose();

    private AlarmState StateOf(FlowHandle handle)
    {
        ref readonly Record record = ref _table[handle];
        return new AlarmState(
            _table.KeyOf(handle), record.Severity, record.IsCleared, record.IsShelved, record.Score, record.FirstRaised, record.LastChanged, record.Occurrences);
    }

    private void Tell(ref Record record, AlarmIdentity identity, AlarmChange change, Timestamp now, bool isUrgent)
    {
        if (record.IsShelved)
        {
            _counters.Shelved++;
            return;
        }

        // What people believe already need not be told: the end of an alarm, if its beginning was damped.
        bool isNews = change == AlarmChange.Repeated || record.Level != record.Told;
        if (!isNews || (!isUrgent && record.WasTold && now < record.LastTold + _options.MinInterval))
        {
            _counters.Damped++;
            return;
        }

        if (_waiting == _ring.Length)
        {
            _counters.NotificationsLost++;
            return;
        }

        _ring[(_first + _waiting) % _ring.Length] = new AlarmNotification(identity, change, record.Level, record.Score, now, record.Occurrences);
        _waiting++;
        record.WasTold = true;
        record.Told = record.Level;
        record.LastTold = now;
    }

    private struct Record
    {
        public Timestamp FirstRaised;
        public Timestamp LastChanged;
        public Timestamp LastTold;
        public long Occurrences;
        public double Score;
        public AlarmSeverity Severity;
        public bool IsCleared;
        public bool IsShelved;
        public bool WasTold;

        /// <summary>What people believe.</summary>
        public AlarmSeverity Told;

        /// <summary>What is.</summary>
        public readonly AlarmSeverity Level => IsCleared ? AlarmSeverity.Cleared : Severity;
    }
}
