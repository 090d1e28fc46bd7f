using System.Numerics;
using Weft.Host.Config;
using Weft.Packets;
using Weft.Ports;

namespace Weft.Host.Datapath.Workers;

/// <summary>
/// The threads of a switch with live ports. The first worker runs on its host's thread, which also has the others stand still when
/// the switch is to be changed or pictured.
/// </summary>
internal sealed class WorkerCrew : IDisposable
{
    /// <summary>Longest that the first worker waits for the others to come to the end of their bursts.</summary>
    private static readonly TimeSpan Patience = TimeSpan.FromSeconds(1);

    private readonly Switch _switch;
    private readonly IReadOnlyList<int> _available = ProcessorAffinity.Available;
    private readonly List<WorkerRest> _rests = [];
    private readonly List<WorkerThread> _threads = [];
    private readonly List<WorkerThread> _retired = [];
    private readonly int?[] _pinned = new int?[WorkerExchange.MaxWorkers];
    private readonly int _usualNice = Niceness.Current;
    private volatile bool _hasFailed;
    private bool _hasStarted;

    /// <exception cref="SwitchStartException">A processor of the plan is not there.</exception>
    public WorkerCrew(Switch of, SwitchPlan plan)
    {
        Require(plan, _usualNice);
        _switch = of;
        Renew();
    }

    public WorkerGate Gate { get; } = new();

    /// <summary>True if a worker has met an exception.</summary>
    public bool HasFailed => _hasFailed;

    /// <summary>What a worker met; null if none did.</summary>
    public Exception? Failure => _threads.Concat(_retired).FirstOrDefault(thread => thread.Failure is not null)?.Failure;

    /// <summary>Refuses processors that are not there and nice values that are not allowed, before anything changes.</summary>
    /// <exception cref="SwitchStartException">One is not, or workers may not have the nice value that is wanted.</exception>
    public void Require(SwitchPlan plan) => Require(plan, NiceOf(_switch.Plan));

    /// <summary>Fits threads and sleep to the configuration. All workers stand still.</summary>
    public void Renew()
    {
        for (int worker = 0; worker < _switch.Workers.Count; worker++)
        {
            IReadOnlyList<IPort> ports = _switch.Workers[worker].Receivers;
            if (worker < _rests.Count)
            {
                _rests[worker].Renew(ports);
            }
            else
            {
                _rests.Add(new WorkerRest(ports));
            }
        }

        while (_threads.Count > ThreadsNeeded)
        {
            _threads[^1].Retire();
            _retired.Add(_threads[^1]);
            _threads.RemoveAt(_threads.Count - 1);
        }

        while (_threads.Count < ThreadsNeeded)
        {
            _threads.Add(new WorkerThread(this, _threads.Count + 1, _switch.Plan.Name));
            if (_hasStarted)
            {
                _threads[^1].Start();
            }
        }
    }

    /// <summary>Starts all workers but the first.</summary>
    public void Start()
    {
        _hasStarted = true;
        _threads.ForEach(thread => thread.Start());
    }

    /// <summary>Takes a worker through a round and lets it rest.</summary>
    public void Step(int worker, Timestamp now)
    {
        int frames = _switch.Step(worker, now);
        if (!Gate.IsClosed)
        {
            _rests[worker].After(_switch.Workers[worker], frames, now);
        }
    }

    /// <summary>Moves the calling worker to its processor, and gives it its nice value.</summary>
    public void Settle(int worker)
    {
        int nice = NiceOf(_switch.Plan);
        if (Niceness.Current != nice)
        {
            Niceness.Set(nice);
        }

        IReadOnlyList<int> cores = _switch.Plan.Cores;
        int? core = worker < cores.Count ? cores[worker] : null;
        if (_pinned[worker] == core)
        {
            return;
        }

        _pinned[worker] = core;
        if (core is int processor)
        {
            ProcessorAffinity.Pin(processor);
        }
        else
        {
            ProcessorAffinity.Release(_available);
        }
    }

    /// <summary>Ends the first worker's rest. Any thread.</summary>
    public void WakeHome() => _rests[WorkerLink.Home].Wake();

    /// <summary>A worker has met an exception and is gone.</summary>
    public void Fail()
    {
        _hasFailed = true;
        WakeHome();
    }

    /// <summary>Has all other workers stand still.</summary>
    /// <returns>Null if they do; otherwise what to tell who asked. Either way <see cref="GoOn"/> must follow.</returns>
    public InvalidOperationException? StandStill()
    {
        if (_threads.Count == 0)
        {
            return null;
        }

        Gate.Close();
        _rests.ForEach(rest => rest.Wake());
        ulong missing = Gate.WaitUntilAllStand(Patience);
        return missing == 0
            ? null
            : new InvalidOperationException($"Worker {BitOperations.TrailingZeroCount(missing)} has not come to the end of its burst for {Patience.TotalSeconds:0} s.");
    }

    /// <summary>Lets all workers go on.</summary>
    public void GoOn()
    {
        if (Gate.IsClosed)
        {
            Gate.Open();
        }
    }

    /// <summary>Ends all other workers.</summary>
    /// <returns>Null if they have ended; otherwise who stands still somewhere, and may touch the switch at any time.</returns>
    public InvalidOperationException? Stop()
    {
        InvalidOperationException? stalled = StandStill();
        _threads.ForEach(thread => thread.Retire());
        GoOn();
        bool haveEnded = _threads.Concat(_retired).All(thread => thread.Join(Patience));
        return haveEnded ? null : stalled ?? new InvalidOperationException("A worker does not end.");
    }

    public void Dispose() => _rests.ForEach(rest => rest.Dispose());

    /// <summary>In virtual time the first thread steps all workers, so that a run depends on its input alone.</summary>
    private int ThreadsNeeded => _switch.IsVirtual ? 0 : _switch.Workers.Count - 1;

    private int NiceOf(SwitchPlan plan) => plan.WorkerNice ?? _usualNice;

    private void Require(SwitchPlan plan, int nice)
    {
        foreach (int core in plan.Cores.Where(core => !_available.Contains(core)))
        {
            throw new SwitchStartException($"switch.cores: processor {core} is not available to this process, only {string.Join(", ", _available)}.");
        }

        if (Niceness.Refusal(nice, NiceOf(plan)) is IOException refusal)
        {
            throw new SwitchStartException($"switch.workerNice: {refusal.Message}; it needs CAP_SYS_NICE or a limit that allows it (LimitNICE= of a unit).", refusal);
        }
    }
}
