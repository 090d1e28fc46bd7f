using System.Collections.Concurrent;
using Weft.AlarmStore;
using Weft.Analytics;
using Weft.Host.Analytics.Alarms;
using Weft.Host.Analytics.Behaviour;
using Weft.Host.Analytics.Processes;
using Weft.Host.Analytics.Quotients;
using Weft.Host.Analytics.Traffic;
using Weft.Host.Config;
using Weft.Host.Datapath;
using Weft.Host.Observe;
using Weft.Packets;

namespace Weft.Host.Analytics;

/// <summary>
/// Everything that analytics does in a running switch, on a thread of its own: no worker ever waits for it. Requests come by
/// <see cref="AskAsync{T}"/>, pictures are taken by anybody at any time.
/// </summary>
internal sealed class AnalyticsService : IDisposable
{
    private const int MaxRestored = 4096;
    private const int ReportsAtOnce = 16_384;
    private static readonly TimeSpan Tick = TimeSpan.FromMilliseconds(100);
    private static readonly TimeSpan FlowSaveInterval = TimeSpan.FromMinutes(1);
    private static readonly TimeSpan PictureInterval = TimeSpan.FromMilliseconds(250);

    private readonly AlarmDesk _desk;
    private readonly AlarmQueue? _queue;
    private readonly AlarmArchive? _archive;
    private readonly ProcessWatch? _processes;
    private readonly FlowMeters _meters;
    private readonly FlowExporter? _exporter;
    private readonly QuotientWatch? _quotients;
    private readonly ConcurrentQueue<Action> _requests = new();
    private readonly AutoResetEvent _wake = new(initialState: false);
    private readonly Thread _thread;
    private readonly AnalyticsPlan _plan;
    private readonly BehaviourDetector? _detector;
    private volatile AnalyticsSnapshot _picture = new();
    private volatile bool _stopping;
    private Timestamp _nextFlowSave;
    private long _reports;

    /// <param name="switchPlan">What is watched, where alarms go, and the policy that quotients judge. Alarms are the switch's, by its name.</param>
    /// <param name="events">Takes events.</param>
    /// <param name="meters">What was noted of conversations.</param>
    /// <param name="before">What the configuration before leaves; null at the start, when the store is asked.</param>
    /// <exception cref="SwitchStartException">The database cannot be opened, or the kernel's events are required and there are none.</exception>
    public AnalyticsService(SwitchPlan switchPlan, EventLog events, FlowMeters meters, AnalyticsHandover? before = null)
    {
        AnalyticsPlan plan = switchPlan.Analytics!;
        string name = switchPlan.Name;
        (_plan, _meters) = (plan, meters);
        AlarmDatabase? store = plan.Store is null ? null : Open(plan.Store, name);
        try
        {
            IReadOnlyList<AlarmRecord> active = before?.Alarms ?? store?.Active(MaxRestored).Reverse().ToArray() ?? [];
            StoredModel? stored = before is null ? store?.LoadModel(BehaviourState.ModelName) : null;
            BehaviourState? learned = before?.Behaviour ?? (stored is StoredModel model ? BehaviourState.TryRead(model) : null);
            FlowLog flows = before?.Flows ?? (plan.Quotients is null ? FlowLog.Empty : StoredFlows(store, events));

            // From here on the store is the queue's, which has a thread of its own.
            _queue = store is null ? null : new AlarmQueue(store, events, plan.Store!.Retain);
            _archive = store is null ? null : new AlarmArchive(() => Open(plan.Store!, name));
            _desk = new AlarmDesk(name, events, _queue);
            foreach (AlarmRecord record in active)
            {
                _desk.Restore(record, Timestamp.FromMonotonicClock());
            }

            _detector = plan.Processes is null ? null : Detector(plan.Processes, learned, stored?.Format, events);
            _processes = _detector is null ? null : new ProcessWatch(plan.Processes!, _desk, events, _detector, model => _queue?.Save(BehaviourState.ModelName, model));
            _processes?.Resume(active);
            _exporter = plan.Flows?.Collector is null ? null : new FlowExporter(plan.Flows);
            _quotients = plan.Quotients is null ? null : new QuotientWatch(switchPlan, _desk, events, flows);
        }
        catch (Exception failed)
        {
            _desk?.Dispose();
            _detector?.Dispose();
            _exporter?.Dispose();
            _queue?.Dispose();
            store?.Dispose();
            throw failed is AlarmStoreException ? new SwitchStartException($"analytics.store: {failed.Message}", failed) : failed;
        }

        _thread = new Thread(Work) { Name = $"weft {name} analytics", IsBackground = true };
    }

    /// <summary>The latest picture, at most a moment old.</summary>
    public AnalyticsSnapshot Picture => _picture;

    /// <summary>Begins to watch.</summary>
    public void Start() => _thread.Start();

    /// <summary>What another configuration's analytics can begin with. This one goes on.</summary>
    public Task<AnalyticsHandover> HandOverAsync() => AskAsync(() => new AnalyticsHandover(_desk.Records(), _detector?.Save(), _quotients?.Log));

    /// <summary>An operator approves a behaviour, or refuses it.</summary>
    /// <returns>False if there is no such cluster.</returns>
    public Task<bool> DecideAsync(int cluster, bool approve) =>
        AskAsync(() => _processes?.Decide(cluster, approve, DateTimeOffset.UtcNow, Timestamp.FromMonotonicClock()) ?? false);

    /// <summary>Ends learning now.</summary>
    /// <returns>False if processes are not watched.</returns>
    public Task<bool> FinishLearningAsync() => AskAsync(() =>
    {
        _processes?.FinishLearning(DateTimeOffset.UtcNow, Timestamp.FromMonotonicClock());
        return _processes is not null;
    });

    /// <summary>Groups the normal behaviours into roles now.</summary>
    /// <returns>False if processes are not watched.</returns>
    public Task<bool> RegroupAsync() => AskAsync(() =>
    {
        _processes?.Regroup(Timestamp.FromMonotonicClock());
        return _processes is not null;
    });

    /// <summary>Changes of alarms from the store, newest first.</summary>
    /// <exception cref="InvalidOperationException">Alarms are not kept, or the database is out of reach.</exception>
    public Task<IReadOnlyList<AlarmRecord>> HistoryAsync(int count, long before) =>
        _archive?.LatestAsync(count, before) ?? throw new InvalidOperationException("the configuration keeps no alarms (analytics.store)");

    /// <summary>Silences an alarm, or ends its silence.</summary>
    /// <returns>False if there is none such.</returns>
    public Task<bool> ShelveAsync(string type, string qualifier, bool shelved) => AskAsync(() => _desk.Shelve(type, qualifier, shelved));

    /// <summary>What another configuration's quotients would be with the flows that were seen.</summary>
    /// <exception cref="InvalidOperationException">One of the two judges no quotients.</exception>
    public Task<IReadOnlyList<QuotientForecastSnapshot>> ForecastAsync(SwitchPlan plan) => AskAsync(() =>
        _quotients?.Forecast(plan) ?? throw new InvalidOperationException("the configuration in force judges no quotients"));

    /// <summary>Stops the thread, stores what waits, closes everything.</summary>
    public void Dispose()
    {
        _stopping = true;
        _ = _wake.Set();
        if (!_thread.ThreadState.HasFlag(ThreadState.Unstarted))
        {
            _thread.Join();
            _processes?.Save();
            SaveFlows(Timestamp.FromMonotonicClock());
        }

        _processes?.Dispose();
        _detector?.Dispose();
        _exporter?.Dispose();
        _desk.Dispose();
        _queue?.Dispose();
        _archive?.Dispose();
        _wake.Dispose();
    }

    private static AlarmDatabase Open(AlarmStorePlan plan, string origin)
    {
        try
        {
            return plan.SqlitePath is string path
                ? AlarmDatabase.OpenSqlite(path, origin)
                : AlarmDatabase.OpenPostgreSql(File.ReadLines(plan.PostgreSqlFile!).FirstOrDefault() ?? "", origin);
        }
        catch (Exception failed) when (failed is AlarmStoreException or IOException or UnauthorizedAccessException or ArgumentException)
        {
            throw new SwitchStartException($"analytics.store: {failed.Message}", failed);
        }
    }

    private static BehaviourDetector Detector(ProcessWatchPlan plan, BehaviourState? learned, int? storedFormat, EventLog events)
    {
        if (learned is not null && learned.Bits == plan.FeatureBits)
        {
            var detector = new BehaviourDetector(plan, learned.Seed, learned.LearnUntil);
            if (detector.TryRestore(learned))
            {
                return detector;
            }

            detector.Dispose();
        }

        if (learned is not null || storedFormat is not null)
        {
            events.Publish(Timestamp.FromMonotonicClock(), AnalyticsEventTypes.StateRefused, "", storedFormat ?? BehaviourState.Format);
        }

        return new BehaviourDetector(plan, HashSeed.CreateRandom(), DateTimeOffset.UtcNow + plan.Learn);
    }

    /// <summary>What an earlier run had seen.</summary>
    private static FlowLog StoredFlows(AlarmDatabase? store, EventLog events)
    {
        Timestamp now = Timestamp.FromMonotonicClock();
        StoredModel? stored = store?.LoadModel(FlowLog.ModelName);
        FlowLog? log = stored is StoredModel model ? FlowLog.TryRead(model, now, DateTimeOffset.UtcNow) : FlowLog.Empty;
        if (log is null)
        {
            events.Publish(now, AnalyticsEventTypes.StateRefused, "", stored!.Value.Format);
        }

        return log ?? FlowLog.Empty;
    }

    private void SaveFlowsIfDue(Timestamp now)
    {
        if (_quotients is not null && now >= _nextFlowSave)
        {
            SaveFlows(now);
            _nextFlowSave = now + FlowSaveInterval;
        }
    }

    private void SaveFlows(Timestamp now)
    {
        if (_quotients is not null)
        {
            _queue?.Save(FlowLog.ModelName, _quotients.Log.Store(now, DateTimeOffset.UtcNow));
        }
    }

    private Task<T> AskAsync<T>(Func<T> question)
    {
        if (_stopping)
        {
            return Task.FromException<T>(new InvalidOperationException("The watch has ended."));
        }

        var answer = new TaskCompletionSource<T>(TaskCreationOptions.RunContinuationsAsynchronously);
        _requests.Enqueue(() =>
        {
            try
            {
                answer.SetResult(question());
            }
            catch (Exception failed)
            {
                answer.SetException(failed);
            }
        });
        _ = _wake.Set();
        return answer.Task;
    }

    private void Work()
    {
        Timestamp nextPicture = Timestamp.Zero;
        while (!_stopping)
        {
            bool isAsked = Serve();
            Timestamp now = Timestamp.FromMonotonicClock();
            _processes?.Advance(DateTimeOffset.UtcNow, now);
            TakeFlows(now);
            _quotients?.Advance(now);
            SaveFlowsIfDue(now);
            _desk.Advance(now);
            if (isAsked || now >= nextPicture)
            {
                _picture = Capture();
                nextPicture = now + PictureInterval;
            }

            if (_processes is null)
            {
                _ = _wake.WaitOne(Tick);
            }
            else
            {
                _processes.Wait(_wake, Tick);
            }
        }

        _ = Serve();
    }

    /// <summary>Takes what the workers noted, for whoever wants it.</summary>
    private void TakeFlows(Timestamp now)
    {
        foreach (FlowMeter meter in _plan.Flows is null ? [] : _meters.All)
        {
            for (int left = ReportsAtOnce; left > 0 && meter.TryTake(out FlowReport report); left--)
            {
                _reports++;
                _exporter?.Add(report);
                _quotients?.Note(report);
            }
        }

        _exporter?.Flush(now);
    }

    private bool Serve()
    {
        bool any = false;
        while (_requests.TryDequeue(out Action? request))
        {
            request();
            any = true;
        }

        return any;
    }

    private AnalyticsSnapshot Capture() => new()
    {
        Alarms = _desk.Capture(),
        Processes = _processes?.Capture(DateTimeOffset.UtcNow),
        Flows = _plan.Flows is null ? null : new FlowMeterSnapshot(_reports, _exporter?.Sent ?? 0, _exporter?.Failed ?? 0),
        Quotients = _quotients is null ? null : new QuotientsSnapshot(_quotients.Quotients, _quotients.FlowCount, _quotients.FlowsRefused, _quotients.History),
        Store = _queue is null ? null : new AlarmStoreSnapshot(_plan.Store!.SqlitePath is null ? "postgresql" : "sqlite", _queue.Stored, _queue.Waiting, _queue.Lost, _queue.IsFailing),
    };
}
