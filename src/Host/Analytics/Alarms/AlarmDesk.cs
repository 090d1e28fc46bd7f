using Weft.Analytics;
using Weft.Host.Observe;
using Weft.Packets;

namespace Weft.Host.Analytics.Alarms;

/// <summary>
/// Where all alarms of the switch pass: each identity once (RFC 8632), changes told as events and stored, the present ones with
/// names and explanation. One thread.
/// </summary>
internal sealed class AlarmDesk : IDisposable
{
    private const int Capacity = 4096;
    private const int NotificationsAtOnce = 256;
    private const int MaxListed = 1000;

    private readonly AlarmList _list;
    private readonly HashSeed _seed = HashSeed.CreateRandom();
    private readonly Dictionary<AlarmIdentity, AlarmDetail> _details = [];
    private readonly string _resource;
    private readonly EventLog _events;
    private readonly AlarmQueue? _queue;

    public AlarmDesk(string resource, EventLog events, AlarmQueue? queue)
    {
        (_resource, _events, _queue) = (resource, events, queue);
        _list = new AlarmList(new AlarmListOptions { Capacity = Capacity, Seed = _seed });
    }

    public ref readonly AlarmCounters Counters => ref _list.Counters;

    /// <summary>Raises an alarm, or says more about one that is there.</summary>
    /// <param name="detail">What it is.</param>
    /// <param name="now">The time.</param>
    public void Raise(AlarmDetail detail, Timestamp now)
    {
        AlarmIdentity identity = IdentityOf(detail.Type, detail.Qualifier);
        bool isMore = _details.TryGetValue(identity, out AlarmDetail? before) && before.Text != detail.Text;
        AlarmChange change = _list.Raise(identity, detail.Severity, detail.Score, now);
        if (change == AlarmChange.Refused)
        {
            return;
        }

        _details[identity] = detail with { Since = change == AlarmChange.Raised ? DateTimeOffset.UtcNow : before?.Since ?? DateTimeOffset.UtcNow };
        Tell(now);
        if (change == AlarmChange.None && isMore && _list.TryGet(identity, out AlarmState state) && !state.IsShelved)
        {
            Tell(identity, AlarmChange.Repeated, state.Severity, state.Occurrences, now);
        }
    }

    /// <summary>Ends an alarm.</summary>
    public void Clear(string type, string qualifier, Timestamp now)
    {
        _ = _list.Clear(IdentityOf(type, qualifier), now);
        Tell(now);
    }

    /// <summary>Silences an alarm, or ends its silence.</summary>
    /// <returns>False if there is none such.</returns>
    public bool Shelve(string type, string qualifier, bool shelved) => _list.Shelve(IdentityOf(type, qualifier), shelved);

    /// <summary>Takes up an alarm that an earlier run had raised and nobody cleared. Nobody is told again.</summary>
    public void Restore(AlarmRecord record, Timestamp now)
    {
        AlarmIdentity identity = IdentityOf(record.Type, record.Qualifier);
        if (_list.Raise(identity, record.Severity, record.Score, now) != AlarmChange.Refused)
        {
            _details[identity] = new AlarmDetail(record.Type, record.Qualifier, record.Severity, record.Score, record.PValue, record.Text, record.Features) { Since = record.Time };
        }

        while (_list.TryTake(out _))
        {
        }
    }

    /// <summary>Tells what was damped and still is so, and forgets what was cleared long ago.</summary>
    public void Advance(Timestamp now)
    {
        if (_list.Advance(now) > 0)
        {
            foreach (AlarmIdentity gone in _details.Keys.Where(identity => !_list.TryGet(identity, out _)).ToArray())
            {
                _ = _details.Remove(gone);
            }
        }

        Tell(now);
    }

    /// <summary>Alarms, those that are there first, the worst first.</summary>
    public IReadOnlyList<AlarmSnapshot> Capture()
    {
        var alarms = new List<(AlarmSeverity Severity, AlarmSnapshot Alarm)>(_details.Count);
        foreach ((AlarmIdentity identity, AlarmDetail detail) in _details)
        {
            if (_list.TryGet(identity, out AlarmState state))
            {
                alarms.Add((state.Severity, new AlarmSnapshot
                {
                    Resource = _resource,
                    Type = detail.Type,
                    Qualifier = detail.Qualifier,
                    Severity = WordOf(state.Severity),
                    IsCleared = state.IsCleared,
                    IsShelved = state.IsShelved,
                    Score = state.Score,
                    PValue = detail.PValue,
                    Since = detail.Since,
                    Occurrences = state.Occurrences,
                    Text = detail.Text,
                    Features = [.. detail.Features.Select(feature => new AlarmFeatureSnapshot(feature.Name, feature.Value, feature.Contribution))],
                }));
            }
        }

        return [.. alarms
            .OrderBy(entry => entry.Alarm.IsCleared)
            .ThenByDescending(entry => entry.Severity)
            .ThenByDescending(entry => entry.Alarm.Score)
            .Select(entry => entry.Alarm)
            .Take(MaxListed)];
    }

    /// <summary>The alarms that are there, oldest first, for another desk to take up.</summary>
    public IReadOnlyList<AlarmRecord> Records() =>
    [
        .. _details.Where(entry => _list.TryGet(entry.Key, out AlarmState state) && !state.IsCleared)
            .OrderBy(entry => entry.Value.Since)
            .Select(entry => RecordOf(entry.Value, AlarmChange.Raised, entry.Value.Severity, occurrences: 1, entry.Value.Since)),
    ];

    public void Dispose() => _list.Dispose();

    private void Tell(Timestamp now)
    {
        for (int i = 0; i < NotificationsAtOnce && _list.TryTake(out AlarmNotification notification); i++)
        {
            Tell(notification.Identity, notification.Change, notification.Severity, notification.Occurrences, now);
        }
    }

    private void Tell(AlarmIdentity identity, AlarmChange change, AlarmSeverity severity, long occurrences, Timestamp now)
    {
        if (!_details.TryGetValue(identity, out AlarmDetail? detail))
        {
            return;
        }

        _events.Publish(now, AnalyticsEventTypes.Of(change), _resource, detail.Type, WordOf(severity), Math.Round(detail.Score, 1), occurrences, detail.Qualifier, detail.Text);
        _queue?.Add(RecordOf(detail, change, severity, occurrences, DateTimeOffset.UtcNow));
    }

    private AlarmRecord RecordOf(AlarmDetail detail, AlarmChange change, AlarmSeverity severity, long occurrences, DateTimeOffset time) => new()
    {
        Time = time,
        Resource = _resource,
        Type = detail.Type,
        Qualifier = detail.Qualifier,
        Change = change,
        Severity = severity,
        Score = detail.Score,
        PValue = detail.PValue,
        Occurrences = occurrences,
        Text = detail.Text,
        Features = detail.Features,
    };

    private static string WordOf(AlarmSeverity severity) => severity.ToString().ToLowerInvariant();

    private AlarmIdentity IdentityOf(string type, string qualifier) => AlarmIdentity.Of(_seed, _resource, type, qualifier);
}
