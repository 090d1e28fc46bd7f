using System.Collections.Concurrent;
using System.Diagnostics;
using Weft.Host.Analytics;
using Weft.Host.Config;
using Weft.Host.Control;
using Weft.Host.Datapath.Bridges;
using Weft.Host.Datapath.Handover;
using Weft.Host.Datapath.Keeping;
using Weft.Host.Datapath.Presence;
using Weft.Host.Datapath.Sharing;
using Weft.Host.Datapath.Workers;
using Weft.Host.Observe;
using Weft.Packets;
using Weft.Ports;

namespace Weft.Host.Datapath;

/// <summary>
/// Runs a <see cref="Switch"/> on a thread a worker, with its control socket, until its captures end or somebody stops it.
/// Everything here may be called from any thread; the first worker serves requests between two bursts, while the others stand still.
/// </summary>
public sealed partial class SwitchHost : IAsyncDisposable
{
    private static readonly TimeSpan LeasePeriod = TimeSpan.FromMilliseconds(250);

    private readonly Func<PortPlan, IPort> _openPort;
    private readonly Switch _switch;
    private readonly Thread _worker;
    private ControlServer? _control;
    private readonly HandoverTaker? _taker;
    private readonly Timer _leases;
    private readonly MoveHost _moves;
    private readonly MachineOwners? _owners;
    private readonly MachineFence? _fence;
    private MoveListener? _arrivals;
    private readonly CancellationTokenSource _ended = new();
    private readonly ConcurrentQueue<Action<Exception?>> _requests = new();
    private readonly TaskCompletionSource<SwitchRunResult> _completion = new(TaskCreationOptions.RunContinuationsAsynchronously);
    private readonly WorkerCrew _crew;
    private readonly ClusterMember? _cluster;
    private readonly TaskCompletionSource _started = new(TaskCreationOptions.RunContinuationsAsynchronously);
    private Task _rehearsal = Task.CompletedTask;
    private readonly ManualResetEventSlim _mayWork = new();
    private readonly bool _isForNothing;
    private volatile bool _stopping;
    private bool _isDisposed;
    private volatile AnalyticsService? _analytics;
    private InvalidOperationException? _stalled;

    private SwitchHost(SwitchPlan plan, SwitchHostOptions options)
    {
        _openPort = options.OpenPort ?? PortFactory.Open;
        _taker = options.Takeover ? PrepareTakeover(plan) : null;
        List<IPort> ports = OpenPorts(plan);
        try
        {
            _cluster = ClusterMember.Join(plan, TakePeersAsync, follows: _taker is not null);
            if (_taker is not null)
            {
                _cluster?.AwaitKnown(HandoverProtocol.PreparationPatience / 4);
            }

            plan = _cluster?.Complete(plan) ?? plan;
            TakeoverRehearsal.Run(plan);
            _ = SaseRehearsal.Run(plan);
            bool isAhead = _taker is not null && HandoverTaker.CanBuildAhead(plan);
            KeptState kept = _taker is not null ? new KeptState(isAhead ? null : Inherit(plan), TimeSpan.Zero, null)
                : options.State is null && ports.Exists(port => port is not PcapPort) ? KeptState.Find(plan) : new KeptState(options.State, TimeSpan.Zero, null);
            _switch = new Switch(plan, ports, new SwitchOptions
            {
                Seed = options.Seed,
                State = kept.State,
                AwaitedSince = isAhead ? _taker!.OldestMoment : null,
                Leases = _cluster is null ? null : _cluster.BlocksOf,
                Owners = _cluster is { IsShared: true } ? _cluster.OwnersOf : null,
                Fences = _cluster is { IsShared: true } ? _cluster.FenceOf : null,
                BlockOwners = _cluster is null ? null : () => _cluster.BlockOwners,
            });
            StateProblem = kept.Problem;
            if (_taker is null)
            {
                NoteState(kept, options);
            }

            _crew = new WorkerCrew(_switch, plan);
            _owners = _cluster?.Machines;
            _moves = new MoveHost(_switch, Ask, isShared: _owners is not null);
            if (_taker is null)
            {
                _analytics = AnalyticsOf(plan, before: null);
                _arrivals = MoveListener.Start(plan.Moves, _moves, _owners);
            }

            _fence = _owners is null ? null : new MachineFence(_owners, _moves);
            // Last, because whoever connects finds everything ready; requests wait for the worker.
            _control = plan.ControlSocket is string path && _taker is null ? ControlServer.Start(path, this) : null;
            // Ahead of need, and away from the worker: writing to disk takes milliseconds.
            _leases = new Timer(_ => RenewLeases(), state: null, LeasePeriod, LeasePeriod);
            _worker = new Thread(Work) { Name = $"weft {plan.Name}", IsBackground = true };
            if (_taker is not null)
            {
                // It is there when its moment comes: making a thread takes longer than the rest of the last word.
                _worker.Start();
            }

            TakeOver(isAhead);
        }
        catch
        {
            _isForNothing = true;
            _mayWork.Set();
            ports.ForEach(port => port.Dispose());
            _leases?.Dispose();
            _crew?.Dispose();
            AbandonTakeover();
            if (_taker is not null)
            {
                // The other process goes on, with the leases.
                _cluster?.HandOver();
            }

            _analytics?.Dispose();
            _arrivals?.Close();
            _ = _fence?.DisposeAsync().AsTask();
            _ = _cluster?.DisposeAsync().AsTask();
            throw;
        }
    }

    /// <summary>What the run came to, once it has ended.</summary>
    public Task<SwitchRunResult> Completion => _completion.Task;

    /// <summary>Why the state file of the configuration was not used; null if it was, or there is none.</summary>
    public string? StateProblem { get; }

    /// <summary>Version of Weft.</summary>
    public static string Version => SwitchState.Version;

    /// <summary>Opens the ports and the control socket and starts.</summary>
    /// <exception cref="SwitchStartException">A port or the control socket cannot be opened; the message says which and why.</exception>
    public static SwitchHost Start(SwitchPlan plan, SwitchHostOptions? options = null)
    {
        ArgumentNullException.ThrowIfNull(plan);
        var host = new SwitchHost(plan, options ?? new SwitchHostOptions());
        host._crew.Start();
        host._mayWork.Set();
        if (!host.HasTakenOver)
        {
            host._worker.Start();
        }

        host._analytics?.Start();
        host._started.SetResult();
        if (options?.Rehearse == true && !host._switch.IsVirtual)
        {
            host._rehearsal = Task.Factory.StartNew(() => Rehearse(host._switch.Plan, before: null), CancellationToken.None, TaskCreationOptions.LongRunning, TaskScheduler.Default);
        }

        host.FinishTakeover();
        return host;
    }

    /// <summary>Runs a switch to its end, or until <paramref name="cancellation"/> stops it gracefully.</summary>
    /// <exception cref="SwitchStartException">A port or the control socket cannot be opened.</exception>
    public static async Task<SwitchRunResult> RunAsync(SwitchPlan plan, CancellationToken cancellation, SwitchHostOptions? options = null)
    {
        await using SwitchHost host = Start(plan, options);
        await using CancellationTokenRegistration registration = cancellation.Register(host.Stop);
        return await host.Completion.ConfigureAwait(false);
    }

    /// <summary>Asks the switch to stop at the next burst. Frames that wait are dropped as <c>stopping</c>, counters are final.</summary>
    public void Stop()
    {
        _stopping = true;
        _crew.WakeHome();
    }

    /// <summary>A switch that replays captures has no machine to watch.</summary>
    private AnalyticsService? AnalyticsOf(SwitchPlan plan, AnalyticsHandover? before) =>
        plan.Analytics is null || _switch.IsVirtual ? null : new AnalyticsService(plan, _switch.Events, _switch.Meters, before);

    /// <summary>Stops, waits for the end and closes everything; a second call does nothing.</summary>
    public async ValueTask DisposeAsync()
    {
        if (Interlocked.Exchange(ref _isDisposed, true))
        {
            return;
        }

        Stop();
        await _ended.CancelAsync().ConfigureAwait(false);
        await _predecessor.ConfigureAwait(false);
        if (_fence is not null)
        {
            await _fence.DisposeAsync().ConfigureAwait(false);
        }

        if (_arrivals is not null)
        {
            await _arrivals.DisposeAsync().ConfigureAwait(false);
        }

        _ = await Completion.ConfigureAwait(false);
        _worker.Join();
        // A change that was being built finds out that it came too late.
        await _reloading.WaitAsync().ConfigureAwait(false);
        await _rehearsal.ConfigureAwait(false);
        await _leases.DisposeAsync().ConfigureAwait(false);
        _analytics?.Dispose();
        if (_control is not null)
        {
            await _control.DisposeAsync().ConfigureAwait(false);
        }

        if (_stalled is null)
        {
            // Under a worker that stands still nothing may be taken away; the process ends soon enough.
            _switch.Dispose();
            _crew.Dispose();
        }

        if (_cluster is not null)
        {
            await _cluster.DisposeAsync().ConfigureAwait(false);
        }

        _ended.Dispose();
        _mayWork.Dispose();
        _reloading.Dispose();
        // The last thing: whoever took over knows by it that everything here is free.
        _successor?.Dispose();
    }

    private Task<T> Ask<T>(Func<T> question)
    {
        var answer = new TaskCompletionSource<T>(TaskCreationOptions.RunContinuationsAsynchronously);
        _requests.Enqueue(obstacle =>
        {
            try
            {
                answer.SetResult(obstacle is not null ? throw obstacle : Completion.IsCompleted ? throw new InvalidOperationException("The switch has ended.") : question());
            }
            catch (Exception refused)
            {
                answer.SetException(refused);
            }
        });
        _crew.WakeHome();
        if (Completion.IsCompleted)
        {
            // The worker's last look at the queue may have been before this request came.
            RefuseRequests();
        }

        return answer.Task;
    }

    /// <summary>After completion every request that is left answers that the switch has ended.</summary>
    private void RefuseRequests()
    {
        while (_requests.TryDequeue(out Action<Exception?>? request))
        {
            request(null);
        }
    }

    private void Work()
    {
        _mayWork.Wait();
        if (_isForNothing)
        {
            return;
        }

        var watch = Stopwatch.StartNew();
        SwitchEnd end;
        Exception? failure = null;
        try
        {
            end = Loop();
        }
        catch (Exception defect)
        {
            (end, failure) = (SwitchEnd.Failed, defect);
        }

        _stalled = _crew.Stop();
        try
        {
            if (_stalled is not null)
            {
                (end, failure) = (SwitchEnd.Failed, failure ?? _stalled);
            }
            else if (IsHandedOver)
            {
                end = SwitchEnd.HandedOver;
                _switch.StopSilently();
            }
            else if (failure is null)
            {
                _switch.Stop();
            }
        }
        catch (IOException unwritten)
        {
            (end, failure) = (SwitchEnd.OutputFailed, unwritten);
        }
        catch (Exception defect)
        {
            (end, failure) = (SwitchEnd.Failed, defect);
        }

        SwitchSnapshot final = _switch.Snapshot();
        if (end == SwitchEnd.Stopped)
        {
            failure = KeepState(final);
            end = failure is null ? end : SwitchEnd.OutputFailed;
        }

        _completion.SetResult(new SwitchRunResult(end, final, watch.Elapsed, failure));
        RefuseRequests();
    }

    private void NoteState(KeptState kept, SwitchHostOptions options)
    {
        if (kept.Problem is not null)
        {
            _switch.Events.Publish(_switch.Now, SwitchEventTypes.StateRefused, "");
        }
        else if (kept.State is not null && options.State is null)
        {
            _switch.Events.Publish(_switch.Now, SwitchEventTypes.Resumed, "", (long)kept.Age.TotalMilliseconds);
        }
    }

    /// <summary>Leaves behind what the next switch begins with.</summary>
    /// <returns>Why that could not be; null if it could.</returns>
    private IOException? KeepState(SwitchSnapshot final)
    {
        if (_switch.Plan.StateFile is not string path || _switch.IsVirtual)
        {
            return null;
        }

        try
        {
            StateFile.Write(path, final, DateTimeOffset.UtcNow);
            return null;
        }
        catch (Exception refused) when (refused is IOException or UnauthorizedAccessException)
        {
            return new IOException($"state file {path}: {refused.Message}", refused);
        }
    }

    private SwitchEnd Loop()
    {
        _crew.Settle(WorkerLink.Home);
        while (!_stopping)
        {
            if (!_requests.IsEmpty)
            {
                Serve();
            }

            if (_crew.HasFailed)
            {
                throw _crew.Failure!;
            }

            if (!_switch.IsVirtual)
            {
                _crew.Step(WorkerLink.Home, Timestamp.FromMonotonicClock());
            }
            else if (!_switch.RunOnce(out _))
            {
                return SwitchEnd.InputEnded;
            }
        }

        return SwitchEnd.Stopped;
    }

    private void Serve()
    {
        long start = Stopwatch.GetTimestamp();
        InvalidOperationException? obstacle = _crew.StandStill();
        while (_requests.TryDequeue(out Action<Exception?>? request))
        {
            request(obstacle);
        }

        _crew.Settle(WorkerLink.Home);
        _crew.GoOn();
        NoteStop(Stopwatch.GetElapsedTime(start));
    }
}
