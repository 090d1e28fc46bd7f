using Weft.Host.Config;
using Weft.Host.Datapath.Security;
using Weft.Host.Datapath.Workers;
using Weft.Host.Observe;
using Weft.Packets;
using Weft.Ports;

namespace Weft.Host.Datapath;

/// <content>Another configuration: built beside what runs, then exchanged for it.</content>
public sealed partial class Switch
{
    /// <summary>
    /// Changes the configuration between two bursts. Counters go on; learned addresses, neighbours and bindings stay where
    /// their segment, port and peer still exist by name; frames that wait for a neighbour, or for the rest of their fragments, go on where their way did
    /// not change, and otherwise are dropped as <c>stopping</c>.
    /// </summary>
    /// <param name="plan">The new configuration.</param>
    /// <param name="ports">Its ports, in its order; those the switch had and that are not among them are disposed.</param>
    /// <exception cref="ArgumentException">As of the constructor; the old configuration stays in force.</exception>
    public void Apply(SwitchPlan plan, IReadOnlyList<IPort> ports)
    {
        using SwitchChange change = Prepare(plan, ports);
        Commit(change);
    }

    /// <summary>
    /// Builds all that another configuration needs. The workers may run meanwhile: they are not touched, and neither are their tables. One change at a
    /// time; whoever does not <see cref="Commit"/> it disposes of it all the same.
    /// </summary>
    /// <exception cref="ArgumentException">As of <see cref="Apply"/>.</exception>
    /// <exception cref="SwitchStartException">A key cannot be read, or a file cannot be written.</exception>
    internal SwitchChange Prepare(SwitchPlan plan, IReadOnlyList<IPort> ports)
    {
        ArgumentNullException.ThrowIfNull(plan);
        ArgumentNullException.ThrowIfNull(ports);
        PlanRequirements.Check(plan, ports);
        RefuseToChangeMoving(plan);
        IPort[] array = [.. ports];
        bool keepsPools = (plan.PoolBuffers, plan.PoolBufferBytes, plan.Workers) == (Plan.PoolBuffers, Plan.PoolBufferBytes, Plan.Workers);
        PacketPool[] pools = keepsPools ? _pools : CreatePools(plan);
        var exchange = new WorkerExchange(plan.Workers, plan.PoolBuffers);
        var topology = new SwitchTopology(plan, Home.Topology);
        SecurityAssociations? security = null;
        try
        {
            OpenAlertFiles(plan, isTwin: false);
            OpenSessionLog(plan, isTwin: false);
            security = SecurityAssociations.Open(topology, _seed, Home.Security, isTwin: false);
            return new SwitchChange
            {
                Cores = CreateCores(topology, array, pools, exchange, security, _clock.Now, trace: null, earlier: _cores),
                Numbers = new NewNumbers(Home.Topology, topology),
                Clock = _clock.With(array),
                Exchange = exchange,
                Security = security,
                Pools = pools,
                KeepsPools = keepsPools,
                Abandon = Abandon,
                Conclude = Conclude,
            };
        }
        catch
        {
            _meters.Abandon();
            security?.DisposeBut(Home.Security);
            _queues.Keep(Home.Ports, Plan.Workers);
            if (!keepsPools)
            {
                Array.ForEach(pools, pool => pool.Dispose());
            }

            throw;
        }
    }

    /// <summary>
    /// Has the workers go on under the new configuration. They stand still meanwhile, so nothing is done here that could be done before or after: tables
    /// change hands, and what was replaced is given back when the change is disposed of.
    /// </summary>
    /// <exception cref="ArgumentException">A machine began to move meanwhile; the old configuration stays in force.</exception>
    internal void Commit(SwitchChange change)
    {
        SwitchPlan plan = change.Cores[WorkerLink.Home].Plan;
        RefuseToChangeMoving(plan);
        // Nothing may be on its way between workers that will not be there.
        Settle();
        Timestamp now = _clock.Now;
        SwitchCore[] old = _cores;
        Succession.Inherit(change.Cores, old, change.Numbers, change.KeepsPools, now);
        change.Security.Activate();
        _meters.Commit();
        SwitchClock clock = change.Clock;
        clock.MoveTo(now);
        (_cores, _exchange, _clock, _pools, change.Pools) = (change.Cores, change.Exchange, clock, change.Pools, _pools);
        (change.Cores, change.Security, change.IsCommitted) = (old, old[WorkerLink.Home].Security, true);
        Tap();
        DiscardTwice(old[WorkerLink.Home], now);
        _events.Publish(now, SwitchEventTypes.Reloaded, "", plan.Ports.Count, plan.Segments.Count);
    }

    /// <summary>A port that takes the place of one of the same device has what that one had: frames of before the change would be forwarded twice.</summary>
    private void DiscardTwice(SwitchCore old, Timestamp now)
    {
        for (int port = 0; port < Ports.Count; port++)
        {
            int before = Position.Of(old.Plan.Ports, known => known.Device is not null && known.Device == Plan.Ports[port].Device && known.Kind == Plan.Ports[port].Kind);
            if (before >= 0 && old.Ports[before] != Ports[port] && Ports[port].Capabilities.IsLive)
            {
                Array.ForEach(_cores, core => core.Discard(port, now));
            }
        }
    }

    private void RefuseToChangeMoving(SwitchPlan plan)
    {
        if (Machines.FirstOrDefault(machine => machine.IsMoving && !machine.WouldKeepSet(plan)) is { } moving)
        {
            throw new ArgumentException($"The machine {moving.Plan.Name} is moving; its services can be changed when it has moved.", nameof(plan));
        }
    }

    /// <summary>Gives back what was built for nothing.</summary>
    private void Abandon(SwitchChange change)
    {
        _meters.Abandon();
        Array.ForEach(change.Cores, core => core.Dispose());
        change.Security.DisposeBut(Home.Security);
        _queues.Keep(Home.Ports, Plan.Workers);
        if (!change.KeepsPools)
        {
            Array.ForEach(change.Pools, pool => pool.Dispose());
        }
    }

    /// <summary>Gives back what the configuration before had and this one has not.</summary>
    private void Conclude(SwitchChange change)
    {
        _ids?.Finish(change.Cores[WorkerLink.Home].Sensors, Now);
        _ids?.Serve(Home.Sensors);
        _sessions?.Finish(change.Cores[WorkerLink.Home].Presence);
        _sessions?.Serve(Home.Presence);
        change.Security.DisposeBut(Home.Security);
        Array.ForEach(change.Cores, core => core.Dispose());
        if (!change.KeepsPools)
        {
            Array.ForEach(change.Pools, pool => pool.Dispose());
        }

        _queues.Keep(Home.Ports, Plan.Workers);
        foreach (IPort gone in change.Cores[WorkerLink.Home].Ports.Except(Home.Ports))
        {
            Close(gone);
        }
    }
}
