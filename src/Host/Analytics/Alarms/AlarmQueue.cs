using System.Collections.Concurrent;
using Weft.AlarmStore;
using Weft.Analytics;
using Weft.Host.Observe;
using Weft.Packets;

namespace Weft.Host.Analytics.Alarms;

/// <summary>
/// Carries alarms and models to the database on a thread of its own, so that a slow disk or a server that is away stops nobody.
/// What cannot be stored waits, as much as there is room for, and is tried again.
/// </summary>
internal sealed class AlarmQueue : IDisposable
{
    private const int Capacity = 10_000;
    private const int BatchSize = 256;
    private static readonly TimeSpan PruneInterval = TimeSpan.FromHours(1);
    private static readonly TimeSpan RetryInterval = TimeSpan.FromSeconds(1);
    private static readonly TimeSpan Patience = TimeSpan.FromSeconds(10);

    private readonly IAlarmStore _store;
    private readonly EventLog _events;
    private readonly TimeSpan _retain;
    private readonly ConcurrentQueue<AlarmRecord> _waiting = new();
    private readonly AutoResetEvent _bell = new(initialState: false);
    private readonly Thread _thread;
    private readonly Dictionary<string, StoredModel> _models = [];
    private DateTimeOffset _nextPrune = DateTimeOffset.MinValue;
    private long _lost;
    private long _stored;
    private volatile bool _stopping;
    private volatile bool _isFailing;

    public AlarmQueue(IAlarmStore store, EventLog events, TimeSpan retain)
    {
        (_store, _events, _retain) = (store, events, retain);
        _thread = new Thread(Work) { Name = "weft alarms", IsBackground = true };
        _thread.Start();
    }

    /// <summary>Changes stored.</summary>
    public long Stored => Interlocked.Read(ref _stored);

    /// <summary>Changes that found the queue full.</summary>
    public long Lost => Interlocked.Read(ref _lost);

    /// <summary>Changes that wait.</summary>
    public int Waiting => _waiting.Count;

    /// <summary>Whether the database could not be reached when it was tried last.</summary>
    public bool IsFailing => _isFailing;

    public void Add(AlarmRecord change)
    {
        if (_waiting.Count >= Capacity)
        {
            _ = Interlocked.Increment(ref _lost);
            return;
        }

        _waiting.Enqueue(change);
        _ = _bell.Set();
    }

    /// <summary>Stores a model; of several of one name that wait only the last.</summary>
    public void Save(string name, StoredModel model)
    {
        lock (_models)
        {
            _models[name] = model;
        }

        _ = _bell.Set();
    }

    /// <summary>Stores what waits, for as long as patience allows, and closes the database.</summary>
    public void Dispose()
    {
        _stopping = true;
        _ = _bell.Set();
        if (_thread.Join(Patience))
        {
            _store.Dispose();
            _bell.Dispose();
        }
    }

    private void Work()
    {
        while (true)
        {
            bool isStopping = _stopping;
            bool isDone = TryStore();
            if (isStopping)
            {
                return;
            }

            _ = _bell.WaitOne(isDone ? PruneInterval : RetryInterval);
        }
    }

    /// <summary>Stores what waits.</summary>
    /// <returns>False if the database failed.</returns>
    private bool TryStore()
    {
        try
        {
            while (!_waiting.IsEmpty)
            {
                // They leave the queue when they are stored, so that a failure keeps them.
                AlarmRecord[] batch = [.. _waiting.Take(BatchSize)];
                _store.Append(batch);
                _ = Interlocked.Add(ref _stored, batch.Length);
                for (int i = 0; i < batch.Length; i++)
                {
                    _ = _waiting.TryDequeue(out _);
                }
            }

            SaveModels();
            if (DateTimeOffset.UtcNow >= _nextPrune)
            {
                _ = _store.Prune(DateTimeOffset.UtcNow - _retain);
                _nextPrune = DateTimeOffset.UtcNow + PruneInterval;
            }
        }
        catch (AlarmStoreException failed)
        {
            if (!_isFailing)
            {
                _events.Publish(Timestamp.FromMonotonicClock(), AnalyticsEventTypes.StoreFailed, "", failed.Message);
            }

            _isFailing = true;
            return false;
        }

        if (_isFailing)
        {
            _isFailing = false;
            _events.Publish(Timestamp.FromMonotonicClock(), AnalyticsEventTypes.StoreRecovered, "", Lost);
        }

        return true;
    }

    private void SaveModels()
    {
        KeyValuePair<string, StoredModel>[] waiting;
        lock (_models)
        {
            waiting = [.. _models];
        }

        foreach ((string name, StoredModel state) in waiting)
        {
            _store.SaveModel(name, state);
            lock (_models)
            {
                // Another one may have come meanwhile.
                if (_models[name].State.Equals(state.State))
                {
                    _ = _models.Remove(name);
                }
            }
        }
    }
}
