using Weft.Cluster;
using Weft.Host.Config;
using Weft.Host.Control;
using Weft.Host.Datapath;
using Weft.Host.Datapath.Keeping;
using Weft.Host.Datapath.Machines;
using Weft.Host.Datapath.Sharing;
using Weft.Host.Observe;
using Weft.Packets;
using Weft.Simulation.World;

namespace Weft.Simulation.Hosts;

/// <summary>
/// A host: a whole switch, and its part in the cluster, with the code that a process has for both. What a process does on threads, this does when its turn
/// comes. It can stand still, die and be started again.
/// </summary>
#pragma warning disable CA1001 // What it owns ends as a process does: when it stops or is killed, which takes simulated time.
internal sealed class SimulatedHost
#pragma warning restore CA1001
{
    /// <summary>Rounds of the graph in a tick: more say that frames circle inside.</summary>
    private const int MaxRounds = 40;

    /// <summary>A round at least every so many ticks, for what ages.</summary>
    private const int IdleTicks = 5;

    private readonly SimulatedWorld _world;
    private readonly IClusterStore _store;
    private readonly int _seed;
    private readonly double _start;
    private readonly List<(SimulatedClock Clock, Task End)> _ending = [];
    private Queue<Action> _requests = new();
    private ClusterMember? _member;
    private MachineFence? _fence;
    private LeasedBlocks? _blocks;
    private SwitchPlan _wanted;

    public SimulatedHost(SimulatedWorld world, int number, SwitchPlan plan, IClusterStore store, int seed)
    {
        (_world, Number, _wanted, _store, _seed) = (world, number, plan, store, seed);
        Ports = [.. plan.Ports.Select(port => new SimulatedPort(port.Name))];
        var chance = new Random(seed);
        _start = 1e9 * chance.Next(1, 100_000);
        Clock = new SimulatedClock((long)_start, 1 + ((chance.NextDouble() - 0.5) / 1_000));
        Line = new StoreLine(store, Clock, new Random(seed), world.Sabotage);
    }

    public int Number { get; }

    public string Name => _wanted.Name;

    public SimulatedPort[] Ports { get; }

    public SimulatedClock Clock { get; private set; }

    public StoreLine Line { get; private set; }

    public Switch? Switch { get; private set; }

    /// <summary>What its machines' moves are asked for; null while it is down.</summary>
    public MoveHost? Moves { get; private set; }

    public MachineOwners? Owners { get; private set; }

    public bool IsFrozen { get; set; }

    public bool Runs => Switch is not null && !IsFrozen;

    /// <summary>How many times it was started.</summary>
    public int Incarnation { get; private set; }

    /// <summary>The tick in which it was started last.</summary>
    public long StartedAt { get; private set; }

    public Timestamp Now => new(Clock.Now);

    /// <summary>The first machine of its plan; null if it has none, or is down.</summary>
    public Machine? Machine => Switch?.Machines.FirstOrDefault();

    /// <summary>The blocks of its NAT.</summary>
    public LeasedBlocks? Blocks => _member is null || _wanted.Nats.Count == 0 ? null : _blocks ??= _member.BlocksOf(_wanted.Nats[0]);

    /// <summary>Changes whenever mappings of its NAT may have been lost: with its process, with the lease of its blocks, and while it has none.</summary>
    public long NatGround { get; private set; }

    public SimulatedPort Port(string name) => Ports.Single(port => port.Name == name);

    /// <summary>A process begins, with nothing or with what one left behind.</summary>
    public void Start(SwitchSnapshot? kept = null)
    {
        Incarnation++;
        StartedAt = _world.Tick;
        NatGround++;
        IsFrozen = false;
        // What belonged to the process before holds on to clock and line of its own; nobody moves them any more.
        long now = Clock.Now;
        Clock = new SimulatedClock(now, Clock.Rate);
        Line = new StoreLine(_store, Clock, new Random(_seed + Incarnation), _world.Sabotage);
        _requests = new Queue<Action>();
        Array.ForEach(Ports, port => port.Empty());
        SwitchPlan plan = _wanted;
        if (plan.Cluster is { } cluster)
        {
            _member = new ClusterMember(cluster, Line, TakePeersAsync, Clock, new Random(_seed + Incarnation));
            plan = _member.Complete(plan);
        }

        var options = new SwitchOptions
        {
            Seed = new HashSeed((ulong)_seed, (ulong)Incarnation),
            Start = Now,
            State = kept is null ? null : KeptState.Fitting(kept, plan),
            Leases = _member is null ? null : _member.BlocksOf,
            TimeOfDay = Clock,
            Owners = _member is null || !_world.IsStoreAsked ? null : _member.OwnersOf,
        };
        Switch = new Switch(plan, Ports, options);
        if (_member is not null && plan.Machines.Count > 0)
        {
            Queue<Action> requests = _requests;
            Moves = new MoveHost(Switch, question => Task.FromResult(question()), isShared: true);
            Owners = _member.Machines;
            _fence = new MachineFence(Owners, new MoveHost(Switch, question => Ask(requests, question), isShared: true));
        }
    }

    /// <summary>The process is gone at once, with all it knew.</summary>
    public void Crash()
    {
        Line.IsCut = true;
        Switch?.Dispose();
        (Switch, _member, _fence, _blocks, Moves, Owners, IsFrozen) = (null, null, null, null, null, null, false);
        _requests = new Queue<Action>();
        Array.ForEach(Ports, port => port.Empty());
    }

    /// <summary>The process is stopped by a person.</summary>
    /// <returns>What it leaves behind for the next one.</returns>
    public SwitchSnapshot? Stop()
    {
        Switch!.Stop();
        _world.Laws.Hold(Switch.Totals is { Balanced: true, Held: 0 }, $"{Name} stops with books that do not close: {Switch.Totals}");
        SwitchSnapshot state = Switch.Snapshot();
        // It takes its leave of the cluster in its own time, while the next one starts.
        _ending.Add((Clock, EndAsync(_fence, _member)));
        Switch.Dispose();
        (Switch, _member, _fence, _blocks, Moves, Owners) = (null, null, null, null, null, null);
        Array.ForEach(Ports, port => port.Empty());
        return state;
    }

    /// <summary>Another configuration, or the same again.</summary>
    public void Reload(SwitchPlan? plan = null)
    {
        _wanted = plan ?? _wanted;
        if (Switch is not null)
        {
            SwitchPlan next = _member?.Complete(_wanted) ?? _wanted;
            try
            {
                Switch.Apply(next, Ports);
            }
            catch (ArgumentException refused) when (refused.Message.Contains("is moving", StringComparison.Ordinal))
            {
                // As the operator is told: when the machine has moved.
            }
        }
    }

    /// <summary>The plan without what the cluster adds.</summary>
    public SwitchPlan Plan => _wanted;

    /// <summary>Time passes for it.</summary>
    public void Pass(long nanoseconds)
    {
        for (int i = _ending.Count - 1; i >= 0; i--)
        {
            _ending[i].Clock.Advance(nanoseconds);
            if (_ending[i].End.IsCompleted)
            {
                _ending.RemoveAt(i);
            }
        }

        if (IsFrozen || Switch is null)
        {
            Clock.Sleep(nanoseconds);
        }
        else
        {
            Clock.Advance(nanoseconds);
        }
    }

    /// <summary>Its turn.</summary>
    public void Work()
    {
        if (!Runs)
        {
            return;
        }

        while (_requests.TryDequeue(out Action? request))
        {
            request();
            SimulatedClock.Stir();
        }

        Switch running = Switch!;
        NoteLease();
        bool isDue = (_world.Tick + Number) % IdleTicks == 0 || running.Workers[0].NextDue <= Now;
        foreach (SimulatedPort port in Ports)
        {
            isDue |= port.HasArrivals;
        }

        if (!isDue)
        {
            return;
        }

        for (int round = 0; running.RunOnce(Now) > 0; round++)
        {
            int rounds = round;
            _world.Laws.Hold(rounds < MaxRounds, $"{Name} does not come to rest");
        }

        _world.Laws.Hold(running.Totals.Balanced, $"{Name} has books that do not balance: {running.Totals}");
    }

    /// <summary>As the process does: between two bursts, when the worker comes by.</summary>
    private static Task<object?> Ask(Queue<Action> requests, Func<object?> question)
    {
        var answer = new TaskCompletionSource<object?>(TaskCreationOptions.RunContinuationsAsynchronously);
        requests.Enqueue(() => answer.SetResult(question()));
        return answer.Task;
    }

    private static async Task EndAsync(MachineFence? fence, ClusterMember? member)
    {
        if (fence is not null)
        {
            await fence.DisposeAsync().ConfigureAwait(false);
        }

        if (member is not null)
        {
            await member.DisposeAsync().ConfigureAwait(false);
        }
    }

    private void NoteLease()
    {
        // The engine looks at its leases a few times a second.
        NatGround += Blocks is { } blocks && (blocks.Picture.Held == 0 || blocks.Picture.Deadline <= Now + TimeSpan.FromMilliseconds(600)) ? 1 : 0;
    }

    private Task<object?> TakePeersAsync() => Ask(_requests, () =>
    {
        SwitchPlan plan = _member!.Complete(Switch!.Plan);
        if (!plan.Segments.Zip(Switch.Plan.Segments, (now, before) => now.Peers.SequenceEqual(before.Peers)).All(same => same))
        {
            Reload();
        }

        return null;
    });
}
