using Weft.Host.Config;
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
    private Timestamp _next;
    private Timestamp _complained;
    private long _refused;
    private bool[] _quarantined;

    public Machine(int index, SwitchPlan plan, HashSeed seed, Timestamp start, EventLog events)
    {
        _events = events;
        (Index, Plan, Services) = (index, plan.Machines[index], [.. plan.Machines[index].Services.Select(service => plan.Services[service])]);
        State = Plan.IsStandby ? MachineState.Standby : MachineState.Serving;
        _next = start;
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
                Clock = Plan.Budget is null ? null : new ServiceClock(),
                BudgetTicks = Plan.Budget is TimeSpan budget ? Math.Max(1, ServiceClock.Of(budget)) : long.MaxValue,
            },
            ServiceFactory.CatalogOf(Services, seed, start));
        _quarantined = new bool[Services.Length];
        _complained = start - ComplaintPeriod - ComplaintPeriod;
    }

    /// <summary>Its place in the configuration.</summary>
    public int Index { get; private set; }

    public MachinePlan Plan { get; private set; }

    /// <summary>Its services in order.</summary>
    public ServicePlan[] Services { get; private set; }

    public ServiceSet Set { get; private set; }

    public MachineState State { get; set; }

    /// <summary>How often the machine has changed hosts, as far as is known here: a host with a lower number does not own it.</summary>
    public ulong Epoch { get; set; } = 1;

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
            Watch(now);
        }
    }

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
        if (!CanKeepSet(old))
        {
            Set.TakeOver(old.Set, now);
            return;
        }

        (Set, old.Set) = (old.Set, Set);
        _quarantined = old._quarantined;
        for (int place = 0; place < Services.Length; place++)
        {
            ServiceFactory.Update(Set, place, old.Services[place], Services[place], now);
        }

        if (!old.Plan.Classes.SequenceEqual(Plan.Classes))
        {
            Set.SetClassifier(ClassifierOf(Plan), reclassify: false);
        }
    }

    public void Dispose() => Set.Dispose();

    /// <summary>True if the old set has room for as many flows, and the same services, whose settings may differ.</summary>
    private bool CanKeepSet(Machine old) =>
        (old.Plan.Id, old.Plan.IPv4Flows, old.Plan.IPv6Flows, old.Plan.HalfOpenFlows, old.Plan.Budget) == (Plan.Id, Plan.IPv4Flows, Plan.IPv6Flows, Plan.HalfOpenFlows, Plan.Budget)
        && old.Services.Select(Identity).SequenceEqual(Services.Select(Identity));

    private static (string, ServiceKind, FailurePolicy?) Identity(ServicePlan service) => (service.Name, service.Kind, service.WhenFailed);

    private static RuleClassifier ClassifierOf(MachinePlan plan)
    {
        ServiceMask all = ServiceMask.First(plan.Services.Count);
        return new RuleClassifier(plan.Classes, new ServiceSelection(all, all));
    }
}
