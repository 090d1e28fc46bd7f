using System.Collections.Concurrent;
using System.Diagnostics;
using Weft.Host.Analytics;
using Weft.Host.Config;
using Weft.Host.Control;
using Weft.Host.Datapath.Bridges;
using Weft.Host.Datapath.Intrusion;
using Weft.Host.Datapath.Keeping;
using Weft.Host.Datapath.Presence;
using Weft.Host.Datapath.Security;
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
public sealed class SwitchHost : IAsyncDisposable
{
    private static readonly TimeSpan LeasePeriod = TimeSpan.FromMilliseconds(250);

    private readonly Func<PortPlan, IPort> _openPort;
    private readonly Switch _switch;
    private readonly Thread _worker;
    private readonly ControlServer? _control;
    private readonly Timer _leases;
    private readonly MoveHost _moves;
    private readonly MachineOwners? _owners;
    private readonly MachineFence? _fence;
    private readonly MoveListener? _arrivals;
    private readonly CancellationTokenSource _ended = new();
    private readonly ConcurrentQueue<Action<Exception?>> _requests = new();
    private readonly TaskCompletionSource<SwitchRunResult> _completion = new(TaskCreationOptions.RunContinuationsAsynchronously);
    private readonly WorkerCrew _crew;
    private readonly ClusterMember? _cluster;
    private readonly TaskCompletionSource _started = new(TaskCreationOptions.RunContinuationsAsynchronously);
    private volatile bool _stopping;
    private volatile AnalyticsService? _analytics;
    private InvalidOperationException? _stalled;

    private SwitchHost(SwitchPlan plan, SwitchHostOptions options)
    {
        _openPort = options.OpenPort ?? PortFactory.Open;
        List<IPort> ports = PortFactory.OpenAll(plan.Ports, _openPort);
        try
        {
            _cluster = ClusterMember.Join(plan, TakePeersAsync);
            plan = _cluster?.Complete(plan) ?? plan;
            TakeoverRehearsal.Run(plan);
            SaseRehearsal.Run(plan);
            KeptState kept = options.State is null && ports.Exists(port => port is not PcapPort) ? KeptState.Find(plan) : new KeptState(options.State, TimeSpan.Zero, null);
            _switch = new Switch(plan, ports, new SwitchOptions { Seed = options.Seed, State = kept.State, Leases = _cluster is null ? null : _cluster.BlocksOf, Owners = _cluster is { IsShared: true } ? _cluster.OwnersOf : null });
            StateProblem = kept.Problem;
            NoteState(kept, options);
            _crew = new WorkerCrew(_switch, plan);
            _analytics = AnalyticsOf(plan, before: null);
            _owners = _cluster?.Machines;
            _moves = new MoveHost(_switch, Ask, isShared: _owners is not null);
            _arrivals = MoveListener.Start(plan.Moves, _moves, _owners);
            _fence = _owners is null ? null : new MachineFence(_owners, _moves);
            // Last, because whoever connects finds everything ready; requests wait for the worker.
            _control = plan.ControlSocket is string path ? ControlServer.Start(path, this) : null;
        }
        catch
        {
            ports.ForEach(port => port.Dispose());
            _crew?.Dispose();
            _analytics?.Dispose();
            _arrivals?.Close();
            _ = _fence?.DisposeAsync().AsTask();
            _ = _cluster?.DisposeAsync().AsTask();
            throw;
        }

        // Ahead of need, and away from the worker: writing to disk takes milliseconds.
        _leases = new Timer(_ => _switch.Security.RenewLeases(), state: null, LeasePeriod, LeasePeriod);
        _worker = new Thread(Work) { Name = $"weft {plan.Name}", IsBackground = true };
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
        host._worker.Start();
        host._analytics?.Start();
        host._started.SetResult();
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

    /// <summary>A picture of the switch, taken between two bursts.</summary>
    /// <exception cref="InvalidOperationException">The switch has ended; <see cref="Completion"/> has its last picture.</exception>
    public async Task<SwitchSnapshot> SnapshotAsync(SnapshotParts parts = SnapshotParts.All)
    {
        SwitchSnapshot snapshot = await Ask(() => _switch.Snapshot(parts)).ConfigureAwait(false);
        return snapshot with { Analytics = _analytics?.Picture, Cluster = _cluster?.Capture(Timestamp.FromMonotonicClock()) };
    }

    /// <summary>The configuration in force.</summary>
    internal Task<SwitchPlan> PlanAsync() => Ask(() => _switch.Plan);

    /// <summary>The watch over the machine; null if nothing is watched.</summary>
    internal AnalyticsService? Analytics => _analytics;

    /// <summary>Rules of firewalls, each of which <see cref="ForecastWithoutAsync"/> can think away.</summary>
    /// <returns>By service, the names of its rules, in the order of the configuration.</returns>
    /// <exception cref="InvalidOperationException">The switch has ended.</exception>
    public async Task<IReadOnlyList<(string Service, IReadOnlyList<string> Rules)>> FirewallRulesAsync()
    {
        SwitchPlan plan = await PlanAsync().ConfigureAwait(false);
        return [.. plan.Services.Where(service => service.Rules.Count > 0).Select(service => (service.Name, (IReadOnlyList<string>)[.. service.Rules.Select(rule => rule.Name)]))];
    }

    /// <summary>What quotients would be without a rule of a firewall, with the flows that were seen. Nothing changes.</summary>
    /// <param name="service">Name of the service.</param>
    /// <param name="rule">Name of its rule.</param>
    /// <exception cref="InvalidOperationException">There is no such rule, nobody judges quotients, or the switch has ended.</exception>
    public async Task<IReadOnlyList<QuotientForecastSnapshot>> ForecastWithoutAsync(string service, string rule) =>
        await ControlOfAnalytics.WithoutAsync(await PlanAsync().ConfigureAwait(false), _analytics ?? throw ControlOfAnalytics.NothingWatched(), service, rule).ConfigureAwait(false);

    /// <summary>Changes of alarms as the store has them, newest first: also those of earlier runs. The switch is not disturbed.</summary>
    /// <param name="count">Most changes, at least 1.</param>
    /// <param name="before">Only those with a smaller number: the next page.</param>
    /// <exception cref="InvalidOperationException">Alarms are not kept, or the database is out of reach.</exception>
    public async Task<IReadOnlyList<AlarmChangeSnapshot>> AlarmHistoryAsync(int count, long before = long.MaxValue)
    {
        ArgumentOutOfRangeException.ThrowIfNegativeOrZero(count);
        AnalyticsService analytics = _analytics ?? throw ControlOfAnalytics.NothingWatched();
        return [.. (await analytics.HistoryAsync(count, before).ConfigureAwait(false)).Select(AlarmChangeSnapshot.Of)];
    }

    /// <summary>What happened, oldest first. The worker is not asked, so this never disturbs it; events that were overwritten meanwhile are counted.</summary>
    /// <param name="since">Number of the first event wanted; 0 for the oldest that is left.</param>
    /// <param name="most">Most events returned, at least 1.</param>
    public SwitchEvents ReadEvents(long since = 0, int most = 1024)
    {
        ArgumentOutOfRangeException.ThrowIfNegativeOrZero(most);
        return _switch.ReadEvents(since, most);
    }

    /// <summary>What the switch would do with a packet now. The trace runs in a twin with the same state; the switch is not touched.</summary>
    /// <exception cref="ArgumentException">There is no such port, or the packet fits no buffer.</exception>
    public async Task<PacketTrace> TraceAsync(string port, ReadOnlyMemory<byte> frame)
    {
        (SwitchPlan plan, SwitchSnapshot state) = await Ask(() => (_switch.Plan, _switch.Snapshot())).ConfigureAwait(false);
        return PacketTracer.Trace(plan, port, frame.Span, state);
    }

    /// <summary>Has the other node of a pair take over, or this one: in either case whoever forwards hands over first, if it is alive.</summary>
    /// <param name="bridge">Name of the bridge; null or empty if there is but one.</param>
    /// <param name="takes">True for this node to take the role, false to give it away until it is asked to take it.</param>
    /// <exception cref="InvalidOperationException">There is no such bridge, or the switch has ended.</exception>
    public Task MoveBridgeAsync(string? bridge, bool takes) => Ask(() =>
    {
        _switch.MoveBridge(bridge, takes);
        return true;
    });

    /// <summary>The flows of a machine, for <see cref="ImportMachineAsync"/> on the host that it moves to. Nothing changes here.</summary>
    /// <param name="nat">Name of the NAT; null or empty if there is but one.</param>
    /// <param name="machine">The machine.</param>
    /// <exception cref="InvalidOperationException">There is no such NAT, or the switch has ended.</exception>
    public Task<byte[]> ExportMachineAsync(string? nat, IPv4Address machine) => Ask(() =>
    {
        Nat.NatEngine engine = _switch.TranslatorOf(nat).Engine;
        byte[] bytes = new byte[engine.MaxExportLength];
        return bytes[..engine.Export(Translation.Translator.Scope, machine, bytes, _switch.Now)];
    });

    /// <summary>Takes the flows of a machine over, which keep their external endpoints.</summary>
    /// <param name="nat">Name of the NAT; null or empty if there is but one.</param>
    /// <param name="flows">What <see cref="ExportMachineAsync"/> gave.</param>
    /// <returns>True if all of them were taken.</returns>
    /// <exception cref="InvalidOperationException">There is no such NAT, the bytes are no export, or the switch has ended.</exception>
    public Task<bool> ImportMachineAsync(string? nat, ReadOnlyMemory<byte> flows) => Ask(() => _switch.TranslatorOf(nat).Engine.Import(flows.Span, _switch.Now) switch
    {
        Nat.NatImportResult.Complete => true,
        Nat.NatImportResult.Partial => false,
        Nat.NatImportResult refused => throw new InvalidOperationException($"The flows cannot be taken over: {refused.ToString().ToLowerInvariant()}."),
    });

    /// <summary>Ends a machine's flows here, and sends what still comes for them on to the host where the machine is now.</summary>
    /// <param name="nat">Name of the NAT; null or empty if there is but one.</param>
    /// <param name="machine">The machine.</param>
    /// <param name="host">Tunnel address of that host.</param>
    /// <returns>External endpoints that are sent on from now on.</returns>
    /// <exception cref="InvalidOperationException">There is no such NAT, or the switch has ended.</exception>
    public Task<int> MoveMachineAsync(string? nat, IPv4Address machine, IPv6Address host) =>
        Ask(() => _switch.TranslatorOf(nat).Engine.MoveOut(Translation.Translator.Scope, machine, host, _switch.Now));

    /// <summary>
    /// Moves a machine with the state of its services to another host, while its packets go on. What still comes for it here is sent after it for half a
    /// minute.
    /// </summary>
    /// <param name="machine">Name of the machine.</param>
    /// <param name="to">Name of the host among those of <see cref="SwitchPlan.Moves"/>.</param>
    /// <returns>How the move ended; if it was given up, the machine goes on here as if nothing had been.</returns>
    /// <exception cref="InvalidOperationException">It could not begin: there is no such machine or host, the machine is served elsewhere, or the other host refuses it or cannot be reached.</exception>
    public async Task<MoveSnapshot> MigrateAsync(string machine, string to)
    {
        MovesPlan? plan = (await Ask(() => _switch.Plan).ConfigureAwait(false)).Moves;
        MoveHostPlan host = plan?.Hosts.FirstOrDefault(known => known.Name == to)
            ?? throw new InvalidOperationException($"There is no host '{to}' to move to; there are {string.Join(", ", (plan?.Hosts ?? []).Select(known => known.Name).DefaultIfEmpty("none"))}.");
        return await new MoveSender(_moves, plan!, host, _owners, _ended.Token).RunAsync(machine).ConfigureAwait(false);
    }

    /// <summary>
    /// Ends a move whose target fell silent after it was told to take over, by word of a person who knows where the machine is. If it is here, the target
    /// must not come back with it.
    /// </summary>
    /// <param name="machine">Name of the machine.</param>
    /// <param name="isHere">True if the target is dead and the machine goes on here; false if the target has it.</param>
    /// <exception cref="InvalidOperationException">There is no such machine, its move is not in doubt, or the cluster decides.</exception>
    public Task<MoveSnapshot> SettleMoveAsync(string machine, bool isHere) => _moves.SettleAsync(machine, isHere);

    /// <summary>Has a load balancer keep its flows and get no others.</summary>
    /// <exception cref="InvalidOperationException">There is no such load balancer, or the switch has ended.</exception>
    public Task DrainLbAsync(string member) => Ask(() =>
    {
        _switch.DrainLb(member);
        return true;
    });

    /// <summary>Has a service node hand its bundles over to their backups and take no others, or take them again.</summary>
    /// <exception cref="InvalidOperationException">The switch is no service node, or has ended.</exception>
    public Task DrainSaseAsync(bool back) => Ask(() =>
    {
        _switch.DrainSase(back);
        return true;
    });

    /// <summary>
    /// Changes the configuration without losing state: ports that did not change stay open, see <see cref="Switch.Apply"/>.
    /// The control socket stays where it is.
    /// </summary>
    /// <exception cref="SwitchStartException">A new port cannot be opened; the old configuration stays in force.</exception>
    /// <exception cref="InvalidOperationException">The switch has ended.</exception>
    public async Task ReloadAsync(SwitchPlan plan)
    {
        ArgumentNullException.ThrowIfNull(plan);
        if (_cluster is null ? plan.Cluster is not null : !_cluster.IsOf(plan.Cluster))
        {
            throw new SwitchStartException("cluster: a change here needs a restart");
        }

        AnalyticsService? before = _analytics;
        AnalyticsService? next = AnalyticsOf(plan, before is null ? null : await before.HandOverAsync().ConfigureAwait(false));
        try
        {
            _ = await Ask(() => Reload(_cluster?.Complete(plan) ?? plan)).ConfigureAwait(false);
        }
        catch
        {
            next?.Dispose();
            throw;
        }

        before?.Dispose();
        _analytics = next;
        next?.Start();
        await (_cluster?.RetireAsync(plan) ?? Task.CompletedTask).ConfigureAwait(false);
    }

    /// <summary>
    /// Reads the rule files of every sensor again. Reading and compiling happen here, beside the worker, which takes the result at its
    /// next vector; conversations go on.
    /// </summary>
    /// <returns>For each sensor, by name, the rules that are in force now.</returns>
    /// <exception cref="SwitchStartException">A file cannot be read; that sensor and those after it keep their rules.</exception>
    /// <exception cref="InvalidOperationException">The switch has ended.</exception>
    public async Task<IReadOnlyList<(string Sensor, IdsRuleGeneration Rules)>> ReloadRulesAsync()
    {
        SwitchPlan plan = await Ask(() => _switch.Plan).ConfigureAwait(false);
        return await Task.Run(() => plan.Ids.Select(sensor => (sensor.Name, sensor.Rules.Reload()))
            .Concat(plan.Services.Where(service => service.Inspection is not null).Select(service => (service.Name, service.Inspection!.Rules.Reload()))).ToArray()).ConfigureAwait(false);
    }

    /// <summary>Adds, replaces or removes one security association between two bursts; the others go on with their numbers and windows.</summary>
    /// <exception cref="ArgumentException">The step does not fit the configuration in force.</exception>
    /// <exception cref="SwitchStartException">The key cannot be read.</exception>
    public Task RekeyAsync(RekeyRequest request)
    {
        ArgumentNullException.ThrowIfNull(request);
        return Ask(() => Reload(request.ApplyTo(_switch.Plan)));
    }

    /// <summary>A switch that replays captures has no machine to watch.</summary>
    private AnalyticsService? AnalyticsOf(SwitchPlan plan, AnalyticsHandover? before) =>
        plan.Analytics is null || _switch.IsVirtual ? null : new AnalyticsService(plan, _switch.Events, _switch.Meters, before);

    /// <summary>Takes the peers that the cluster knows now.</summary>
    private async Task TakePeersAsync()
    {
        await _started.Task.ConfigureAwait(false);
        try
        {
            await Ask(() =>
            {
                SwitchPlan plan = _cluster!.Complete(_switch.Plan);
                return plan.Segments.Zip(_switch.Plan.Segments, (now, before) => now.Peers.SequenceEqual(before.Peers)).All(same => same) || Reload(plan);
            }).ConfigureAwait(false);
        }
        catch (SwitchStartException)
        {
            // The old peers stay in force; the next change tries again.
        }
    }

    private bool Reload(SwitchPlan plan)
    {
        _crew.Require(plan);
        List<IPort> ports = PortFactory.OpenChanged(_switch.Plan.Ports, _switch.Ports, plan.Ports, _openPort);
        try
        {
            _switch.Apply(plan, ports);
        }
        catch
        {
            ports.Except(_switch.Ports).ToList().ForEach(port => port.Dispose());
            throw;
        }

        _crew.Renew();
        return true;
    }

    /// <summary>Stops, waits for the end and closes everything.</summary>
    public async ValueTask DisposeAsync()
    {
        Stop();
        await _ended.CancelAsync().ConfigureAwait(false);
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
        InvalidOperationException? obstacle = _crew.StandStill();
        while (_requests.TryDequeue(out Action<Exception?>? request))
        {
            request(obstacle);
        }

        _crew.Settle(WorkerLink.Home);
        _crew.GoOn();
    }
}
