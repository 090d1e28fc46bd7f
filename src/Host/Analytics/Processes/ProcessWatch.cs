using Weft.Analytics;
using Weft.Host.Analytics.Alarms;
using Weft.Host.Analytics.Behaviour;
using Weft.Host.Config;
using Weft.Host.Datapath;
using Weft.Host.Observe;
using Weft.Packets;

namespace Weft.Host.Analytics.Processes;

/// <summary>Watches processes and raises alarms of what they never did before. One thread calls it again and again.</summary>
internal sealed class ProcessWatch : IDisposable
{
    private const string AlarmType = "process-behaviour";
    private const int MaxListed = 200;
    private const int MaxRecent = 200;
    private const int EventsAtOnce = 256;
    private static readonly TimeSpan SaveInterval = TimeSpan.FromMinutes(1);
    private static readonly TimeSpan RescanInterval = TimeSpan.FromMinutes(1);

    private readonly ProcessWatchPlan _plan;
    private readonly AlarmDesk _desk;
    private readonly EventLog _events;
    private readonly Procfs _procfs = new();
    private readonly ProcessConnector? _connector;
    private readonly ProcessTracker _tracker;
    private readonly BehaviourDetector _detector;
    private readonly SaturationAlarm _saturation;
    private readonly Action<StoredModel> _save;
    private readonly ProcessEvent[] _buffer = new ProcessEvent[EventsAtOnce];
    private readonly Dictionary<int, Finding> _anomalous = [];
    private readonly Dictionary<string, Timestamp> _lastShown = [];
    private readonly Queue<AnomalySnapshot> _recent = new();
    private readonly List<ProcessInstance> _ended = [];
    private Timestamp _nextPoll;
    private Timestamp _nextHeartbeat;
    private Timestamp _nextSave;
    private Timestamp _nextRescan;
    private Timestamp _nextRegroup;
    private long _overruns;

    /// <param name="plan">Which processes, and what becomes normal when.</param>
    /// <param name="desk">Takes alarms.</param>
    /// <param name="events">Takes events.</param>
    /// <param name="detector">What decides: new, or with what an earlier run learned.</param>
    /// <param name="save">Takes what was learned, now and then.</param>
    /// <exception cref="SwitchStartException">The kernel's events are required and there are none.</exception>
    public ProcessWatch(ProcessWatchPlan plan, AlarmDesk desk, EventLog events, BehaviourDetector detector, Action<StoredModel> save)
    {
        (_plan, _desk, _events, _detector, _save) = (plan, desk, events, detector, save);
        _saturation = new SaturationAlarm(desk);
        string whyNot = "";
        _connector = plan.Collector == ProcessCollector.Procfs ? null : ProcessConnector.TryOpen(out whyNot);
        if (_connector is null && plan.Collector == ProcessCollector.Netlink)
        {
            throw new SwitchStartException($"analytics.processes.collector is netlink: {whyNot}");
        }

        if (_connector is null && plan.Collector == ProcessCollector.Auto)
        {
            events.Publish(Timestamp.FromMonotonicClock(), AnalyticsEventTypes.CollectorPolls, "", whyNot);
        }

        _tracker = new ProcessTracker(_procfs, new ProcessScope(plan), new PeerGroups(plan.Groups), plan.MaxProcesses) { Ended = _ended.Add };
        Timestamp now = Timestamp.FromMonotonicClock();
        _nextPoll = now;
        _nextRescan = now;
        _nextSave = now + SaveInterval;
        _nextHeartbeat = now + plan.Observe;
    }

    /// <summary>Waits until there is something to do, or until the next look is due.</summary>
    public void Wait(WaitHandle wake, TimeSpan atMost)
    {
        TimeSpan left = _nextPoll - Timestamp.FromMonotonicClock();
        left = left < TimeSpan.Zero ? TimeSpan.Zero : left < atMost ? left : atMost;
        if (_connector is not null)
        {
            _connector.Wait(left);
        }
        else
        {
            _ = wake.WaitOne(left);
        }
    }

    /// <summary>Takes what happened, looks where it is time to look, judges.</summary>
    public void Advance(DateTimeOffset now, Timestamp monotonic)
    {
        for (int count; _connector is not null && (count = _connector.Receive(_buffer)) > 0;)
        {
            foreach (ProcessEvent happened in _buffer.AsSpan(0, count))
            {
                _tracker.OnEvent(happened);
            }
        }

        if (monotonic < _nextPoll)
        {
            return;
        }

        _nextPoll = monotonic + _plan.Poll;
        RescanIfDue(monotonic);
        _tracker.Poll();
        bool isHeartbeat = monotonic >= _nextHeartbeat;
        _nextHeartbeat = isHeartbeat ? monotonic + _plan.Observe : _nextHeartbeat;
        foreach (ProcessInstance process in _tracker.Processes.Where(process => isHeartbeat || process.HasNews).ToArray())
        {
            Judge(process, now, monotonic);
        }

        foreach (ProcessInstance process in _ended)
        {
            End(process, now, monotonic);
        }

        _ended.Clear();
        ClearWhatIsOver(monotonic);
        if (_detector.IsLearning && now >= _detector.LearnUntil)
        {
            FinishLearning(now, monotonic);
        }

        if (isHeartbeat)
        {
            _detector.Publish();
            _saturation.Tell(_detector.Saturated, monotonic);
        }

        if (monotonic >= _nextRegroup)
        {
            Regroup(monotonic);
        }

        if (monotonic >= _nextSave)
        {
            Save();
        }
    }

    /// <summary>Takes up alarms of an earlier run, which are cleared unless what they are about shows itself again.</summary>
    public void Resume(IEnumerable<AlarmRecord> active)
    {
        foreach (AlarmRecord record in active.Where(record => record.Type == AlarmType))
        {
            _lastShown[record.Qualifier] = Timestamp.FromMonotonicClock();
        }
    }

    /// <summary>Ends learning now: what was seen is normal.</summary>
    public void FinishLearning(DateTimeOffset now, Timestamp monotonic)
    {
        int vectors = _detector.TrainingVectors;
        _detector.FinishLearning(now);
        Regroup(monotonic);
        _events.Publish(monotonic, AnalyticsEventTypes.Learned, "", vectors, _detector.Clusters.Clusters.Count);
        Save();
    }

    /// <summary>Groups the normal behaviours into roles now; the next time is due by the plan.</summary>
    public void Regroup(Timestamp monotonic)
    {
        _nextRegroup = monotonic + _plan.Regroup;
        _detector.Regroup();
    }

    /// <summary>An operator approves or refuses a behaviour.</summary>
    /// <returns>False if there is no such cluster.</returns>
    public bool Decide(int cluster, bool approve, DateTimeOffset now, Timestamp monotonic)
    {
        bool known = _detector.Decide(cluster, approve);
        foreach (ProcessInstance process in known ? _tracker.Processes.ToArray() : [])
        {
            Judge(process, now, monotonic);
        }

        Save();
        return known;
    }

    public ProcessWatchSnapshot Capture(DateTimeOffset now)
    {
        MicroClusterSnapshot clusters = _detector.Clusters;
        return new ProcessWatchSnapshot
        {
            Collector = _connector is null ? "procfs" : "netlink",
            State = _detector.IsLearning ? "learning" : "watching",
            LearnUntil = _detector.LearnUntil,
            Processes = _tracker.Processes.Count,
            Seen = _tracker.Seen,
            Missed = _tracker.Missed,
            Refused = _tracker.Refused,
            EventsLost = _overruns,
            TrainingVectors = _detector.TrainingVectors,
            Observed = _detector.Counters.Observed,
            Anomalous = _detector.Counters.Anomalous,
            Promoted = _detector.Counters.Promoted,
            RefusedValues = _detector.RefusedValues,
            Roles = _detector.Roles,
            Anomalies = [.. _anomalous.Values.Select(finding => SnapshotOf(finding, now, isAlive: true)), .. _recent.Reverse().Take(MaxListed)],
            Clusters = [.. Enumerable.Range(0, clusters.Clusters.Count).OrderByDescending(i => clusters.Clusters[i].Weight).Take(MaxListed).Select(i => SnapshotOf(clusters, i))],
        };
    }

    /// <summary>Hands over what was learned, to be kept.</summary>
    public void Save()
    {
        _nextSave = Timestamp.FromMonotonicClock() + SaveInterval;
        _save(new StoredModel(BehaviourState.Format, _detector.Save().ToBytes()));
    }

    /// <summary>Closes the connector.</summary>
    public void Dispose() => _connector?.Dispose();

    private void RescanIfDue(Timestamp monotonic)
    {
        bool lost = _connector is not null && _connector.Overruns != _overruns;
        if (lost)
        {
            _overruns = _connector!.Overruns;
            _events.Publish(monotonic, AnalyticsEventTypes.EventsLost, "", _overruns);
        }

        if (_connector is null || lost || monotonic >= _nextRescan)
        {
            _tracker.Rescan();
            _nextRescan = monotonic + RescanInterval;
        }
    }

    private void Judge(ProcessInstance process, DateTimeOffset now, Timestamp monotonic)
    {
        int id = process.Description.ProcessId;
        if (_detector.Observe(process, process.TakeNews(), now) is not Finding finding)
        {
            return;
        }

        string qualifier = ProcessAlarm.QualifierOf(process);
        process.Latency ??= finding.IsAnomalous ? _procfs.AgeOf(process.Description) : Timeout.InfiniteTimeSpan;
        if (finding.IsAnomalous)
        {
            _anomalous[id] = finding;
            _lastShown[qualifier] = monotonic;
            _desk.Raise(ProcessAlarm.Of(finding, AlarmType), monotonic);
            return;
        }

        bool wasAnomalous = _anomalous.Remove(id);
        if (finding.Promoted)
        {
            _events.Publish(monotonic, AnalyticsEventTypes.Adapted, "", process.Description.Executable, process.Parent);
            Regroup(monotonic);
        }

        if ((finding.Promoted || wasAnomalous) && !_anomalous.Values.Any(other => ProcessAlarm.QualifierOf(other.Process) == qualifier))
        {
            _ = _lastShown.Remove(qualifier);
            _desk.Clear(AlarmType, qualifier, monotonic);
        }
    }

    private void End(ProcessInstance process, DateTimeOffset now, Timestamp monotonic)
    {
        if (process.HasNews)
        {
            Judge(process, now, monotonic);
        }

        int id = process.Description.ProcessId;
        if (_anomalous.TryGetValue(id, out Finding? finding) && ReferenceEquals(finding.Process, process))
        {
            _ = _anomalous.Remove(id);
            _lastShown[ProcessAlarm.QualifierOf(process)] = monotonic;
            if (_recent.Count == MaxRecent)
            {
                _ = _recent.Dequeue();
            }

            _recent.Enqueue(SnapshotOf(finding, now, isAlive: false));
        }
    }

    private void ClearWhatIsOver(Timestamp monotonic)
    {
        if (_lastShown.Count == 0)
        {
            return;
        }

        HashSet<string> alive = [.. _anomalous.Values.Select(finding => ProcessAlarm.QualifierOf(finding.Process))];
        foreach (string over in _lastShown.Where(shown => !alive.Contains(shown.Key) && monotonic - shown.Value >= _plan.ClearAfter).Select(shown => shown.Key).ToArray())
        {
            _ = _lastShown.Remove(over);
            _desk.Clear(AlarmType, over, monotonic);
        }
    }

    private static AnomalySnapshot SnapshotOf(Finding finding, DateTimeOffset now, bool isAlive) => new()
    {
        ProcessId = finding.Process.Description.ProcessId,
        Executable = finding.Process.Description.Executable,
        Lineage = finding.Process.Lineage,
        ControlGroup = finding.Process.Description.ControlGroup,
        Time = now,
        IsAlive = isAlive,
        Distance = finding.Distance,
        DetectedAfterMilliseconds = finding.Process.Latency is TimeSpan latency && latency >= TimeSpan.Zero ? latency.TotalMilliseconds : null,
        Score = finding.Score?.Score,
        Extra = [.. finding.Extra.Select(feature => $"{feature.KindName} {feature.Name}")],
        Missing = finding.Missing,
    };

    private ClusterSnapshot SnapshotOf(MicroClusterSnapshot clusters, int index)
    {
        MicroCluster cluster = clusters.Clusters[index];
        string state = cluster.IsVetoed ? "refused" : cluster.State == ClusterState.Potential ? "normal" : "new";
        return new ClusterSnapshot(cluster.Handle.Index, state, cluster.Weight, cluster.Sources, cluster.IsPinned, [.. _detector.NamesOf(clusters, index)]) { Role = cluster.Role };
    }
}
