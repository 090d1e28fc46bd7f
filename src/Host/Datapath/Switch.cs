using Weft.Host.Analytics.Traffic;
using Weft.Host.Config;
using Weft.Host.Datapath.Bridges;
using Weft.Host.Datapath.Protection;
using Weft.Host.Datapath.Security;
using Weft.Host.Datapath.Sharing;
using Weft.Host.Datapath.Tapping;
using Weft.Host.Datapath.Workers;
using Weft.Host.Observe;
using Weft.Host.Observe.Intrusion;
using Weft.Host.Observe.Presence;
using Weft.Packets;
using Weft.Ports;

namespace Weft.Host.Datapath;

/// <summary>
/// A whole switch: ports, and for each worker a pool, engines and the graph between them. <see cref="RunOnce(out int)"/> steps all workers
/// in turn, which is how tests and simulations drive it; <see cref="SwitchHost"/> runs each on a thread of its own.
/// </summary>
/// <remarks>
/// One thread uses a switch at a time. With captures and simulated links alone, what it sends is a pure function of
/// configuration, input and seed, with any number of workers. No frame allocates once the switch is built.
/// </remarks>
public sealed partial class Switch : IDisposable
{
    /// <summary>Bytes in front of a received frame: a VLAN tag and the headers of Geneve over IPv6, in whole cache lines.</summary>
    public const int HeadroomBytes = 128;

    /// <summary>Buffers for superframes of each worker: what two ports deliver in a burst each, and what the one's become in a tunnel.</summary>
    private const int SuperframeBuffers = 32;

    private readonly HashSeed _seed;
    private readonly EventLog _events;
    private readonly Timestamp _started;
    private readonly DateTimeOffset? _startedAt;
    private PacketPool[] _pools;
    private SwitchClock _clock;
    private readonly Func<NatPlan, LeasedBlocks>? _leases;
    private readonly Func<SasePlan, Sase.IOwnershipStore>? _owners;
    private readonly Func<BridgePlan, IBridgeFence>? _fences;
    private readonly Func<BlockOwners>? _blockOwners;
    private readonly TimeProvider _timeOfDay;
    private readonly PortQueues _queues = new();
    private readonly FlowMeters _meters;
    private WorkerExchange _exchange;
    private SwitchCore[] _cores;
    private readonly ITapSource?[] _captures = new ITapSource?[TapMarks.Captures];
    private IdsWriter? _ids;
    private SessionWriter? _sessions;

    /// <summary>Builds a switch.</summary>
    /// <param name="plan">A validated configuration.</param>
    /// <param name="ports">The ports of the plan, in its order; the switch owns them from now on.</param>
    /// <param name="options">Seed, state and time to start with.</param>
    /// <exception cref="ArgumentException">There are more or fewer ports than the plan has, or no buffer could hold their frames.</exception>
    /// <exception cref="SwitchStartException">A key cannot be read, or its sequence numbers are used up.</exception>
    public Switch(SwitchPlan plan, IReadOnlyList<IPort> ports, SwitchOptions? options = null)
        : this(plan, ports, options ?? new SwitchOptions(), trace: null)
    {
    }

    internal Switch(SwitchPlan plan, IReadOnlyList<IPort> ports, SwitchOptions options, TraceRecorder? trace, bool isRehearsal = false)
    {
        bool isTwin = trace is not null || isRehearsal;
        ArgumentNullException.ThrowIfNull(plan);
        ArgumentNullException.ThrowIfNull(ports);
        PlanRequirements.Check(plan, ports);
        IPort[] array = [.. ports];
        _leases = options.Leases;
        _owners = options.Owners;
        _fences = options.Fences;
        _blockOwners = options.BlockOwners;
        _timeOfDay = options.TimeOfDay;
        _seed = options.Seed ?? HashSeed.CreateRandom();
        // Nobody reads the events of a twin.
        _events = new EventLog(isTwin ? 1 : EventLog.DefaultCapacity);
        _meters = new FlowMeters(_seed);
        _pools = CreatePools(plan);
        _clock = new SwitchClock(array, options.Start);
        OpenAlertFiles(plan, isTwin);
        OpenSessionLog(plan, isTwin);
        _exchange = new WorkerExchange(plan.Workers, plan.PoolBuffers);
        var topology = new SwitchTopology(plan);
        var security = SecurityAssociations.Open(topology, _seed, previous: null, isTwin);
        (_started, _startedAt) = (_clock.Start, _clock.IsVirtual ? null : DateTimeOffset.UtcNow);
        _cores = CreateCores(topology, array, _pools, _exchange, security, options.AwaitedSince ?? SwitchState.OldestMoment(options.State, _clock.Now), trace, earlier: []);
        _meters.Commit();
        security.Activate();
        Array.ForEach(_cores, core => core.Begin(_clock.Now));
        if (options.AwaitedSince is null)
        {
            SwitchState.Restore(_cores, options.State, _clock.Now);
        }

        _ids?.Serve(Home.Sensors);
        _sessions?.Serve(Home.Presence);
        _events.Publish(_clock.Now, SwitchEventTypes.Started, "", plan.Ports.Count, plan.Segments.Count);
    }

    /// <summary>The configuration in force.</summary>
    public SwitchPlan Plan => Home.Plan;

    /// <summary>The present: monotonic with live ports, virtual otherwise.</summary>
    public Timestamp Now => _clock.Now;

    /// <summary>Where all frames went so far.</summary>
    public FrameTotals Totals => SwitchLedger.Sum(_cores.Select(core => core.Ledger));

    /// <summary>When a timer of any worker is due; the greatest timestamp if none runs.</summary>
    internal Timestamp NextTimer
    {
        get
        {
            Timestamp next = Timestamp.MaxValue;
            foreach (SwitchCore core in _cores)
            {
                Timestamp own = IsVirtual ? core.NextTimer : core.NextDue;
                next = own < next ? own : next;
            }

            return next;
        }
    }

    /// <summary>Buffers that nobody holds.</summary>
    internal int BuffersAvailable
    {
        get
        {
            Array.ForEach(_pools, pool => pool.Collect());
            return _pools.Sum(pool => pool.Available);
        }
    }

    /// <summary>The associations in force. Their leases of sequence numbers may be renewed from another thread.</summary>
    internal SecurityAssociations Security => Home.Security;

    internal bool IsVirtual => _clock.IsVirtual;

    /// <summary>What was noted of conversations; one other thread may take it.</summary>
    internal FlowMeters Meters => _meters;

    /// <summary>What happened; anybody may add to it.</summary>
    internal EventLog Events => _events;

    internal IReadOnlyList<IPort> Ports => Home.Ports;

    /// <summary>The workers. Each may be stepped by a thread of its own, as long as nothing else is done with the switch meanwhile.</summary>
    internal IReadOnlyList<SwitchCore> Workers => _cores;

    private SwitchCore Home => _cores[WorkerLink.Home];

    /// <summary>The bridge nodes, if any are configured.</summary>
    internal BridgeNodes? Nodes => Home.Nodes;

    /// <summary>
    /// Moves the clock to the present, or in virtual time to the next arrival or timer, and takes one burst from each port
    /// through the graph.
    /// </summary>
    /// <param name="received">Frames received.</param>
    /// <returns>False if time is virtual and nothing will ever happen again: every capture is at its end and no frame waits.</returns>
    public bool RunOnce(out int received)
    {
        bool alive = _clock.Tick(NextTimer);
        received = alive ? Round() : 0;
        return alive;
    }

    /// <summary>Takes a worker through a round of its own, as a thread of its own may do while other threads do so with other workers.</summary>
    /// <returns>Frames received and taken over.</returns>
    internal int Step(int worker, Timestamp now)
    {
        if (worker == WorkerLink.Home)
        {
            _clock.MoveTo(now);
        }

        SwitchCore core = _cores[worker];
        return core.Round(now) + core.Relay(now);
    }

    /// <summary>Takes one burst from each port through the graph at a moment that the caller chooses.</summary>
    /// <returns>Frames received.</returns>
    public int RunOnce(Timestamp now)
    {
        _clock.MoveTo(now);
        return Round();
    }

    /// <summary>Steps in virtual time until nothing will ever happen again.</summary>
    /// <returns>Frames received.</returns>
    /// <exception cref="InvalidOperationException">There is a live port, so there is no end.</exception>
    public long RunToEnd()
    {
        if (!IsVirtual)
        {
            throw new InvalidOperationException("A switch with live ports has no end of input.");
        }

        long total = 0;
        while (RunOnce(out int received))
        {
            total += received;
        }

        return total;
    }

    /// <summary>An immutable picture of the switch. It costs what the parts asked for cost, and changes nothing.</summary>
    public SwitchSnapshot Snapshot(SnapshotParts parts = SnapshotParts.All) => SwitchState.Capture(_cores, _clock, parts);

    /// <summary>What happened, oldest first; see <see cref="SwitchHost.ReadEvents"/>. Any thread.</summary>
    /// <param name="since">Number of the first event wanted; 0 for the oldest that is left.</param>
    /// <param name="most">Most events returned.</param>
    public SwitchEvents ReadEvents(long since = 0, int most = 1024) => _events.Read(since, most, _started, _startedAt);

    /// <summary>Learns what was awaited, before the first step.</summary>
    internal void Resume(SwitchSnapshot state, Timestamp now)
    {
        _clock.MoveTo(now);
        Array.ForEach(Home.Translators.All, nat => nat.Adopt(now));
        SwitchState.Restore(_cores, state, _clock.Now);
    }

    /// <summary>
    /// Ends what waits, so that the books close, and hands what was written to captures to the file system. The switch must not
    /// run any more.
    /// </summary>
    /// <exception cref="IOException">A capture could not be written: the disk is full or failing. The message names the port.</exception>
    public void Stop()
    {
        Home.SayGoodbye(_clock.Now);
        Settle();
        Array.ForEach(_cores, core => core.Stop());
        _ids?.Finish(Home.Sensors, _clock.Now);
        _sessions?.Finish(Home.Presence);
        foreach (PcapPort capture in Home.Ports.OfType<PcapPort>())
        {
            try
            {
                capture.Flush();
            }
            catch (IOException failed)
            {
                throw new IOException($"port {capture.Name}: {failed.Message}", failed);
            }
        }
    }

    /// <summary>Ends what waits, so that the books close, without a word to anybody: another process goes on in its place.</summary>
    internal void StopSilently()
    {
        Array.ForEach(_cores, core => core.Stop());
        _ids?.Drain();
        _sessions?.Finish(Home.Presence);
    }

    /// <summary>Frees everything, ports included. Who wants to know whether captures were written calls <see cref="Stop"/> first.</summary>
    public void Dispose()
    {
        Array.ForEach(_cores, core => core.Stop());
        _ids?.Dispose();
        _sessions?.Dispose();
        Array.ForEach(_cores, core => core.Dispose());
        Home.Security.DisposeBut(null);
        _meters.Dispose();
        _queues.Dispose();
        foreach (IPort port in Home.Ports)
        {
            Close(port);
        }

        Array.ForEach(_pools, pool => pool.Dispose());
    }

    /// <summary>Steps the workers in turn, and again until all that they handed to each other has come to its end.</summary>
    private int Round()
    {
        int received = 0;
        foreach (SwitchCore core in _cores)
        {
            received += core.Round(_clock.Now);
        }

        Settle();
        if (IsVirtual)
        {
            _sessions?.Drain();
        }

        return received;
    }

    private void Settle()
    {
        while (!_exchange.IsQuiet)
        {
            foreach (SwitchCore core in _cores)
            {
                _ = core.Relay(_clock.Now);
            }
        }
    }

    /// <summary>Alerts are written for as long as somebody configured a sensor once; a twin has nothing to tell.</summary>
    private void OpenAlertFiles(SwitchPlan plan, bool isTwin)
    {
        if (_ids is not null || (plan.Ids.Count > 0 && !isTwin))
        {
            _ids ??= new IdsWriter(IsVirtual);
            _ids.Open(plan.Ids);
        }
    }

    private void OpenSessionLog(SwitchPlan plan, bool isTwin)
    {
        if (plan.Sase is { SessionLogPath: not null } sase && !isTwin)
        {
            SessionWriter.Open(sase);
            _sessions ??= new SessionWriter(IsVirtual);
        }
    }

    private static void Close(IPort port)
    {
        try
        {
            port.Dispose();
        }
        catch (IOException)
        {
            // A capture that could not be written; Stop said so.
        }
    }

    /// <param name="topology">The configuration.</param>
    /// <param name="ports">Its ports.</param>
    /// <param name="pools">Buffers, a pool a worker.</param>
    /// <param name="exchange">What is between the workers.</param>
    /// <param name="security">Associations.</param>
    /// <param name="start">The time that tables count from.</param>
    /// <param name="trace">Takes notes; null unless this is a twin.</param>
    /// <param name="earlier">Cores of the workers that the new ones are to succeed.</param>
    private SwitchCore[] CreateCores(
        SwitchTopology topology, IPort[] ports, PacketPool[] pools, WorkerExchange exchange, SecurityAssociations security, Timestamp start, TraceRecorder? trace, SwitchCore[] earlier)
    {
        _meters.Prepare(topology.Plan);
        PortShutdowns? shutdowns = PortShutdowns.Create(topology.Plan, _events);
        SwitchCore[] cores = [.. pools.Select((pool, worker) => new SwitchCore(topology, ports, pool, _seed, security, start, new WorkerLink(exchange, worker), _queues, _events, trace, earlier.ElementAtOrDefault(worker), _leases, trace is null ? _meters : null, _owners, _timeOfDay, _fences, shutdowns, _blockOwners))];
        foreach (SwitchCore core in cores.Where(core => !core.Link.IsHome))
        {
            core.Tunnels.PathMtus.Follow(cores[WorkerLink.Home].Tunnels.PathMtus);
            core.Bonds.Follow(cores[WorkerLink.Home].Links?.Bonds);
        }

        return cores;
    }

    private static PacketPool[] CreatePools(SwitchPlan plan) => PacketPool.CreateGroup(
        new PacketPoolOptions { Buffers = plan.PoolBuffers, BufferBytes = plan.PoolBufferBytes, HeadroomBytes = HeadroomBytes, SuperframeBuffers = SuperframeBuffers }, plan.Workers);
}
