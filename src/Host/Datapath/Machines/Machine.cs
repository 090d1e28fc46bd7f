using Weft.Host.Config;
using Weft.Host.Datapath.Security;
using Weft.Host.Observe;
using Weft.Packets;
using Weft.Services;

namespace Weft.Host.Datapath.Machines;

/// <summary>A machine of the configuration: its services, and whose it is.</summary>
internal sealed class Machine : IDisposable
{
    /// <summary>Time between two looks at the timers of flows.</summary>
    private static readonly TimeSpan Period = TimeSpan.FromMilliseconds(100);

    /// <summary>Flows looked at each time.</summary>
    private const int TimerBudget = 4096;

    private static readonly TimeSpan ComplaintPeriod = TimeSpan.FromMinutes(1);

    private readonly EventLog _events;
    private readonly SecurityAssociations _security;
    private Timestamp _next;
    private Timestamp _complained;
    private long _refused;
    private long _deaths;
    private bool[] _quarantined;

    public Machine(int index, SwitchPlan plan, SecurityAssociations security, HashSeed seed, Timestamp start, EventLog events, bool isTwin, bool isShared = false)
    {
        (_events, _security) = (events, security);
        (Index, Plan, Services) = (index, plan.Machines[index], [.. plan.Machines[index].Services.Select(service => plan.Services[service])]);
        (State, Epoch) = isShared ? (MachineState.Claiming, 0UL) : Plan.IsStandby ? (MachineState.Standby, 0UL) : (MachineState.Serving, 1UL);
        _next = start;
        Factory = new ServiceFactory(Plan.Name, security, seed, start, events, isTwin);
        Set = new ServiceSet(
            new ServiceSetOptions
            {
                Machine = new MachineId(Plan.Id),
                Services = [.. Services.Select(service => service.Name)],
                Classifier = ClassifierOf(Plan),
                // The secret of one table must not be that of another.
                Seed = new HashSeed(seed.High ^ Plan.Id, ~seed.Low),
                Start = start,
                IPv4Flows = Plan.IPv4Flows,
                IPv6Flows = Plan.IPv6Flows,
                HalfOpenFlows = Plan.HalfOpenFlows,
                Mtu = Plan.Mtu,
                Clock = Plan.Budget is null ? null : new ServiceClock(),
                BudgetTicks = Plan.Budget is TimeSpan budget ? Math.Max(1, ServiceClock.Of(budget)) : long.MaxValue,
            },
            Factory.CatalogOf(Services));
        _quarantined = new bool[Services.Length];
        _complained = start - ComplaintPeriod - ComplaintPeriod;
    }

    /// <summary>Its place in the configuration.</summary>
    public int Index { get; private set; }

    public MachinePlan Plan { get; private set; }

    /// <summary>Its services in order.</summary>
    public ServicePlan[] Services { get; private set; }

    public ServiceSet Set { get; private set; }

    /// <summary>Made its services, and knows what they count.</summary>
    public ServiceFactory Factory { get; private set; }

    public MachineState State { get; set; }

    /// <summary>How often the machine has changed hosts, as far as is known here: a host with a lower number does not own it.</summary>
    public ulong Epoch { get; set; }

    /// <summary>Its move to another host, until the last packet was sent after it.</summary>
    public Departure? Departure { get; set; }

    /// <summary>Its move to this host, until the other host has nothing more to send.</summary>
    public Arrival? Arrival { get; set; }

    /// <summary>What came of its last move away.</summary>
    public MoveSnapshot? LastMove { get; private set; }

    /// <summary>Whether its state is on the way between two hosts.</summary>
    public bool IsMoving => State is MachineState.Leaving or MachineState.Arriving;

    /// <summary>Whether packets of it wait to go on.</summary>
    public bool HasPending => Set.InFlight > 0 || (State == MachineState.Serving && (Departure?.Held.Count > 0 || Arrival?.Inbox.Count > 0));

    /// <summary>The port that its last packet came from or went to; its own, if it has one.</summary>
    public int LastPort { get; set; } = -1;

    /// <summary>Packets that services sent and for which there was no room.</summary>
    public long NotSent { get; set; }

    /// <summary>Ends flows that are silent. True if packets of services in other processes may be back.</summary>
    public void Advance(Timestamp now)
    {
        if (now >= _next)
        {
            _next = now + Period;
            _ = Set.Advance(now, TimerBudget);
            Factory.Publish();
            Watch(now);
        }
    }

    /// <summary>Begins a move to another host.</summary>
    public void Leave(MigrationOptions options, string to, Timestamp now)
    {
        Departure = new Departure(this, options, to, now);
        State = MachineState.Leaving;
        _events.Publish(now, MachineEventTypes.Leaving, Plan.Name, to, (long)Set.FlowCount);
        Conclude(now);
    }

    /// <summary>Begins a move to this host.</summary>
    /// <param name="options">How to move.</param>
    /// <param name="id">The move.</param>
    /// <param name="claims">True if the machine is to be claimed from the cluster, and who does it reports with <see cref="Claimed"/>.</param>
    /// <param name="now">The time.</param>
    public void Arrive(MigrationOptions options, ulong id, bool claims, Timestamp now)
    {
        Arrival = new Arrival(this, options, id, claims, now);
        State = MachineState.Arriving;
    }

    /// <summary>Takes what the other host said about a departure, and gives what it is to be told.</summary>
    public void StepDeparture(IEnumerable<byte[]> received, List<byte[]> send, Timestamp now)
    {
        Departure!.Step(received, send, now);
        Conclude(now);
    }

    /// <summary>Ends a departure about which nobody could say whether it succeeded, now that somebody has said under which epoch the other host owns the machine.</summary>
    public void Resolve(ulong epoch, Timestamp now)
    {
        Departure!.Source.Resolve(Math.Max(epoch, Epoch));
        Departure.Step([], [], now);
        Conclude(now);
    }

    /// <summary>Ends a departure about which nobody can say whether it succeeded, by word of a person, who knows where the machine is.</summary>
    public void Settle(bool isHere, Timestamp now)
    {
        Resolve(isHere ? Epoch : Epoch + 1, now);
        // The other host may have the next epoch, should it live after all.
        Epoch += isHere ? 2UL : 0;
    }

    /// <summary>Learns from the cluster who owns the machine.</summary>
    /// <param name="isHere">Whether it is this host.</param>
    /// <param name="epoch">Under which epoch; 0 if nobody owns it.</param>
    /// <param name="owner">The owner.</param>
    /// <param name="now">The time.</param>
    public void Learn(bool isHere, ulong epoch, string? owner, Timestamp now)
    {
        switch (State)
        {
            case MachineState.Claiming when isHere:
                (State, Epoch) = (MachineState.Serving, epoch);
                break;
            case MachineState.Claiming when epoch == 0 || Plan.IsStandby:
                (State, Epoch) = (MachineState.Standby, epoch);
                break;
            case MachineState.Leaving when !isHere && epoch > Epoch && Departure!.Source.State == MigrationState.Committing:
                Resolve(epoch, now);
                break;
            case MachineState.Claiming:
            case MachineState.Serving or MachineState.Leaving when !isHere && epoch > Epoch:
                Fence(epoch, owner, now);
                break;
        }
    }

    /// <summary>Another host owns the machine: nothing of it is processed here any more.</summary>
    private void Fence(ulong epoch, string? owner, Timestamp now)
    {
        if (State == MachineState.Leaving)
        {
            _ = Departure!.Source.TryCancel();
            Conclude(now);
        }

        (State, Epoch) = (MachineState.Gone, epoch);
        Set.Forget();
        _events.Publish(now, MachineEventTypes.Fenced, Plan.Name, owner ?? "", (long)epoch);
    }

    /// <summary>Digests of the keys with which its services encrypt: no two hosts may use one.</summary>
    public IReadOnlyList<string> SealingKeys => [.. Services.Where(service => service.Kind == ServiceKind.Encryption).SelectMany(service => _security.Services[service.Name].SealingKeys)];

    /// <summary>Takes what the other host said about an arrival, and gives the answers.</summary>
    public void StepArrival(IEnumerable<byte[]> received, List<byte[]> send, Timestamp now)
    {
        Arrival!.Step(received, send, now);
        switch (Arrival.Target.State)
        {
            case MigrationState.Moved when State == MachineState.Arriving:
                (State, Epoch) = (MachineState.Serving, Arrival.Target.Epoch);
                _events.Publish(now, MachineEventTypes.Arrived, Plan.Name, (long)Epoch, (long)Set.FlowCount);
                break;
            case MigrationState.Aborted:
                DropArrival();
                break;
        }
    }

    /// <summary>The other host is gone. A machine that has not arrived stays there.</summary>
    public void EndArrival()
    {
        if (State == MachineState.Arriving)
        {
            _ = Arrival!.Target.TryCancel();
            DropArrival();
        }
        else if (Arrival?.Inbox.Count == 0)
        {
            Arrival = null;
        }
    }

    /// <summary>Whether an arriving machine was claimed; gives the answers.</summary>
    public void Claimed(bool won, List<byte[]> send, Timestamp now)
    {
        if (Arrival!.Target.State == MigrationState.Committing)
        {
            Arrival.Target.Claimed(won);
        }

        StepArrival([], send, now);
    }

    private void DropArrival()
    {
        Arrival = null;
        State = MachineState.Standby;
    }

    private void Conclude(Timestamp now)
    {
        MigrationSource source = Departure!.Source;
        switch (source.State)
        {
            case MigrationState.Moved when State == MachineState.Leaving:
                (State, Epoch) = (MachineState.Gone, Epoch + 1);
                _events.Publish(now, MachineEventTypes.Moved, Plan.Name, Departure.To, (long)Epoch, source.BytesSent, source.FrozenBytes, (long)Departure.Frozen.TotalMicroseconds);
                break;
            case MigrationState.Aborted when State == MachineState.Leaving:
                State = MachineState.Serving;
                _events.Publish(now, MachineEventTypes.MoveAborted, Plan.Name, Departure.To, EnumWords<MigrationFailure>.Of(source.Failure));
                break;
        }

        LastMove = Capture(Departure);
    }

    private MoveSnapshot Capture(Departure departure) => new()
    {
        Machine = Plan.Name,
        To = departure.To,
        State = departure.Source.State.ToString().ToLowerInvariant(),
        Failure = departure.Source.Failure == MigrationFailure.None ? null : EnumWords<MigrationFailure>.Of(departure.Source.Failure),
        Epoch = Epoch,
        Rounds = departure.Source.Rounds,
        Bytes = departure.Source.BytesSent,
        FrozenBytes = departure.Source.FrozenBytes,
        FrozenMilliseconds = departure.Frozen.TotalMilliseconds,
        FrozenBoundMilliseconds = departure.FrozenBound.TotalMilliseconds,
        HeldPackets = departure.HeldPackets,
    };

    /// <summary>Tells of what a person should look at.</summary>
    private void Watch(Timestamp now)
    {
        for (int place = 0; place < Services.Length; place++)
        {
            if (Set.IsQuarantined(place) && !_quarantined[place])
            {
                _events.Publish(now, MachineEventTypes.Quarantined, Plan.Name, Services[place].Name, Set.CountersOf(place).Faults);
            }

            _quarantined[place] = Set.IsQuarantined(place);
        }

        if (Factory.Deaths is long deaths && deaths > _deaths)
        {
            _deaths = deaths;
            _events.Publish(now, MachineEventTypes.ContainerDied, Plan.Name, deaths);
        }

        long refused = Set.CountOf(ServiceReason.FlowTableFull);
        if (refused > _refused && now - _complained > ComplaintPeriod)
        {
            _events.Publish(now, MachineEventTypes.FlowsFull, Plan.Name, (long)Set.FlowCount, (long)(Set.IPv4Capacity + Set.IPv6Capacity), refused);
            _complained = now;
        }

        _refused = refused;
    }

    /// <summary>Goes on with what the machine of that name was in the configuration before: whose it is, its flows, its counters.</summary>
    public void CarryOver(Machine old, Timestamp now)
    {
        (State, Epoch, LastPort, NotSent) = (old.State, old.Epoch, old.LastPort, old.NotSent);
        (Departure, Arrival, LastMove) = (old.Departure, old.Arrival, old.LastMove);
        (old.Departure, old.Arrival) = (null, null);
        if (!CanKeepSet(old))
        {
            Set.TakeOver(old.Set, now);
            return;
        }

        (Set, old.Set) = (old.Set, Set);
        (Factory, old.Factory) = (old.Factory, Factory);
        _quarantined = old._quarantined;
        for (int place = 0; place < Services.Length; place++)
        {
            Factory.Update(Set, place, old.Services[place], Services[place], _security, now);
        }

        if (!old.Plan.Classes.SequenceEqual(Plan.Classes))
        {
            Set.SetClassifier(ClassifierOf(Plan), reclassify: false);
        }
    }

    public void Dispose()
    {
        Set.Dispose();
        Factory.Dispose();
    }

    /// <summary>Whether the machine's services would go on as they are under another plan.</summary>
    public bool WouldKeepSet(SwitchPlan plan) =>
        plan.Machines.FirstOrDefault(next => next.Name == Plan.Name) is MachinePlan next
        && ShapeOf(next) == ShapeOf(Plan)
        && next.Services.Select(service => Identity(plan.Services[service])).SequenceEqual(Services.Select(Identity));

    /// <summary>True if the old set has room for as many flows, and the same services, whose settings may differ.</summary>
    private bool CanKeepSet(Machine old) =>
        ShapeOf(old.Plan) == ShapeOf(Plan) && old.Services.Select(Identity).SequenceEqual(Services.Select(Identity));

    private static (uint, int, int, int?, int, TimeSpan?) ShapeOf(MachinePlan plan) => (plan.Id, plan.IPv4Flows, plan.IPv6Flows, plan.HalfOpenFlows, plan.Mtu, plan.Budget);

    private static (string, ServiceKind, FailurePolicy?, ContainerPlan?, (bool, int)?) Identity(ServicePlan service) =>
        (service.Name, service.Kind, service.WhenFailed, service.Container is null ? null : service.Container with { Instances = 1 }, service.Inspection is null ? null : (service.Inspection.AcceptMidstream, service.Inspection.MaxFlows));

    private static RuleClassifier ClassifierOf(MachinePlan plan)
    {
        ServiceMask all = ServiceMask.First(plan.Services.Count);
        return new RuleClassifier(plan.Classes, new ServiceSelection(all, all));
    }
}
