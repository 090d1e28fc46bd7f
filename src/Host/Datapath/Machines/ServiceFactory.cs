using Weft.Host.Config;
using Weft.Host.Datapath.Security;
using Weft.Host.Observe;
using Weft.Packets;
using Weft.Services;

namespace Weft.Host.Datapath.Machines;

/// <summary>Makes the services of a machine from the configuration, and gives running ones a new configuration. It owns what they need beside it.</summary>
internal sealed class ServiceFactory(string machine, SecurityAssociations security, HashSeed seed, Timestamp start, EventLog events, bool isTwin) : IDisposable
{
    private readonly Dictionary<string, ContainerRings> _containers = [];
    private readonly List<InspectionDetector> _detectors = [];

    /// <summary>A catalogue with the services of the configuration.</summary>
    public ServiceCatalog CatalogOf(IReadOnlyList<ServicePlan> services)
    {
        var catalog = new ServiceCatalog();
        foreach (ServicePlan plan in services)
        {
            switch (plan.Kind)
            {
                case ServiceKind.Connections:
                    catalog.Define<ConnectionTracker, ConnectionState>(plan.Name, _ => new ConnectionTracker(plan.Connections), plan.WhenFailed);
                    break;
                case ServiceKind.Firewall:
                    catalog.Define<Firewall, FirewallState>(plan.Name, _ => new Firewall(PolicyOf(plan)), plan.WhenFailed);
                    break;
                case ServiceKind.LoadBalancer:
                    catalog.Define<LoadBalancer, LoadBalancerState>(plan.Name, _ => new LoadBalancer(plan.VirtualServices, seed), plan.WhenFailed);
                    break;
                case ServiceKind.Policer:
                    catalog.Define<Policer, PolicerState>(plan.Name, _ => new Policer(plan.Rates, start), plan.WhenFailed);
                    break;
                case ServiceKind.Ids:
                    catalog.Define<Inspection, InspectionState>(plan.Name, _ => new Inspection(DetectorOf(plan)), plan.WhenFailed);
                    break;
                case ServiceKind.Encryption:
                    catalog.Define<Encryption, EncryptionState>(plan.Name, _ => new Encryption(security.Services[plan.Name]), plan.WhenFailed);
                    break;
                case ServiceKind.Container:
                    catalog.Define<ServicePool<Container, ContainerState>, PooledState<ContainerState>>(plan.Name, _ => PoolOf(plan), plan.WhenFailed);
                    break;
                default:
                    catalog.Define<Mirror, MirrorState>(plan.Name, _ => new Mirror(plan.MirroredPackets, plan.MirroredBytes), plan.WhenFailed);
                    break;
            }
        }

        return catalog;
    }

    /// <summary>Gives a service of a running set the settings of another plan of its kind. What it remembers of flows stays.</summary>
    /// <param name="set">The set.</param>
    /// <param name="place">Place of the service in it.</param>
    /// <param name="before">The plan in force.</param>
    /// <param name="plan">The new one.</param>
    /// <param name="associations">Associations of the new configuration.</param>
    /// <param name="now">The time.</param>
    public void Update(ServiceSet set, int place, ServicePlan before, ServicePlan plan, SecurityAssociations associations, Timestamp now)
    {
        switch (plan.Kind)
        {
            case ServiceKind.Connections when before.Connections != plan.Connections:
                set.ServiceAt<ConnectionTracker, ConnectionState>(place) = new ConnectionTracker(plan.Connections);
                break;
            case ServiceKind.Firewall:
                // The number of a policy is a digest of its rules: flows are judged anew only if those differ.
                set.ServiceAt<Firewall, FirewallState>(place).Policy = PolicyOf(plan);
                break;
            case ServiceKind.LoadBalancer:
                set.ServiceAt<LoadBalancer, LoadBalancerState>(place).SetServices(plan.VirtualServices);
                break;
            case ServiceKind.Policer when before.Rates != plan.Rates:
                set.ServiceAt<Policer, PolicerState>(place) = new Policer(plan.Rates, now);
                break;
            case ServiceKind.Ids:
                set.ServiceAt<Inspection, InspectionState>(place).Detector.Take(plan.Inspection!.Rules);
                break;
            case ServiceKind.Encryption:
                set.ServiceAt<Encryption, EncryptionState>(place).Take(associations.Services[plan.Name]);
                break;
            case ServiceKind.Container when before.Container!.Instances != plan.Container!.Instances:
                set.ServiceAt<ServicePool<Container, ContainerState>, PooledState<ContainerState>>(place).Scale(plan.Container.Instances);
                Publish();
                break;
            case ServiceKind.Mirror when (before.MirroredPackets, before.MirroredBytes) != (plan.MirroredPackets, plan.MirroredBytes):
                set.ServiceAt<Mirror, MirrorState>(place) = new Mirror(plan.MirroredPackets, plan.MirroredBytes);
                break;
        }
    }

    /// <summary>What a service counts of its own, by name.</summary>
    public IReadOnlyDictionary<string, long> Counters(ServiceSet set, int place, ServicePlan plan)
    {
        switch (plan.Kind)
        {
            case ServiceKind.Connections:
                ConnectionTrackerCounters connections = set.ServiceAt<ConnectionTracker, ConnectionState>(place).Counters;
                return Table(("out of window", connections.OutOfWindow), ("challenged", connections.Challenged), ("errors refused", connections.ErrorsRefused));
            case ServiceKind.Firewall:
                FirewallCounters firewall = set.ServiceAt<Firewall, FirewallState>(place).Counters;
                return Table(("judged", firewall.Judged), ("denied", firewall.Denied), ("rejected", firewall.Rejected), ("unanswered", firewall.Unanswered), ("revoked", firewall.Revoked));
            case ServiceKind.LoadBalancer:
                LoadBalancerCounters balancer = set.ServiceAt<LoadBalancer, LoadBalancerState>(place).Counters;
                return Table(("flows", balancer.Flows), ("translated", balancer.Translated), ("no server", balancer.NoServer));
            case ServiceKind.Policer:
                PolicerCounters policer = set.ServiceAt<Policer, PolicerState>(place).Counters;
                return Table(("machine", policer.Machine), ("flow", policer.Flow), ("new flows", policer.NewFlows));
            case ServiceKind.Ids:
                InspectionDetector detector = set.ServiceAt<Inspection, InspectionState>(place).Detector;
                return Table(("inspected", detector.Inspected), ("alerts", detector.AlertCount), ("rejected", detector.Rejected));
            case ServiceKind.Encryption:
                EncryptionCounters encryption = set.ServiceAt<Encryption, EncryptionState>(place).Counters;
                return Table(("sealed", encryption.Sealed), ("opened", encryption.Opened), ("in clear", encryption.InClear), ("forged", encryption.Forged), ("not sealed", encryption.NotSealed), ("errors", encryption.Errors), ("paths lowered", encryption.PathsLowered), ("too long", encryption.TooLong));
            case ServiceKind.Container:
                ServicePool<Container, ContainerState> pool = set.ServiceAt<ServicePool<Container, ContainerState>, PooledState<ContainerState>>(place);
                ContainerRing[] rings = [.. _containers[plan.Name].All];
                return Table(
                    ("active", pool.Active),
                    ("alive", rings.Count(ring => ring.IsAlive)),
                    ("deaths", rings.Sum(ring => ring.Counters.Deaths)),
                    ("with them", rings.Sum(ring => ring.InFlight)),
                    ("returned", rings.Sum(ring => ring.Counters.Returned)),
                    ("lost", rings.Sum(ring => ring.Counters.Lost)),
                    ("forged", rings.Sum(ring => ring.Counters.Forged)),
                    ("misrouted", rings.Sum(ring => ring.Counters.Misrouted)),
                    ("flows moved", pool.Moved));
            default:
                ref Mirror mirror = ref set.ServiceAt<Mirror, MirrorState>(place);
                return Table(("copied", mirror.Copied), ("missed", mirror.Missed));
        }
    }

    private static OrderedDictionary<string, long> Table(params ReadOnlySpan<(string Name, long Count)> counts)
    {
        var table = new OrderedDictionary<string, long>(counts.Length);
        foreach ((string name, long count) in counts)
        {
            table.Add(name, count);
        }

        return table;
    }

    /// <summary>Processes that died, all services together.</summary>
    public long Deaths => _containers.Values.Sum(rings => rings.All.Sum(ring => ring.Counters.Deaths));

    /// <summary>Lets processes find the memory that is shared with them.</summary>
    public void Publish()
    {
        foreach (ContainerRings rings in _containers.Values)
        {
            rings.Publish();
        }
    }

    public void Dispose()
    {
        foreach (ContainerRings rings in _containers.Values)
        {
            rings.Dispose();
        }

        _detectors.ForEach(detector => detector.Dispose());
    }

    private InspectionDetector DetectorOf(ServicePlan plan)
    {
        var detector = new InspectionDetector(plan.Inspection!, $"{machine}/{plan.Name}", seed, start, events, isTwin);
        _detectors.Add(detector);
        return detector;
    }

    private ServicePool<Container, ContainerState> PoolOf(ServicePlan plan)
    {
        var rings = new ContainerRings(plan.Container!, machine, start, isTwin);
        _containers[plan.Name] = rings;
        return new ServicePool<Container, ContainerState>(rings.Create, plan.Container!.Instances, rings.IsReady);
    }

    private static FirewallPolicy PolicyOf(ServicePlan plan) => new(plan.Rules, plan.Otherwise);
}
