using Weft.Host.Config;
using Weft.Packets;
using Weft.Services;

namespace Weft.Host.Datapath.Machines;

/// <summary>Makes the services of a machine from the configuration, and gives running ones a new configuration.</summary>
internal static class ServiceFactory
{
    /// <summary>A catalogue with the services of the configuration.</summary>
    public static ServiceCatalog CatalogOf(IReadOnlyList<ServicePlan> services, HashSeed seed, Timestamp start)
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
                default:
                    catalog.Define<Mirror, MirrorState>(plan.Name, _ => new Mirror(plan.MirroredPackets, plan.MirroredBytes), plan.WhenFailed);
                    break;
            }
        }

        return catalog;
    }

    /// <summary>Gives a service of a running set the settings of another plan of its kind. What it remembers of flows stays.</summary>
    public static void Update(ServiceSet set, int place, ServicePlan before, ServicePlan plan, Timestamp now)
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
            case ServiceKind.Mirror when (before.MirroredPackets, before.MirroredBytes) != (plan.MirroredPackets, plan.MirroredBytes):
                set.ServiceAt<Mirror, MirrorState>(place) = new Mirror(plan.MirroredPackets, plan.MirroredBytes);
                break;
        }
    }

    /// <summary>What a service counts of its own, by name.</summary>
    public static IReadOnlyDictionary<string, long> Counters(ServiceSet set, int place, ServicePlan plan)
    {
        switch (plan.Kind)
        {
            case ServiceKind.Connections:
                ConnectionTrackerCounters connections = set.ServiceAt<ConnectionTracker, ConnectionState>(place).Counters;
                return Table(("out of window", connections.OutOfWindow), ("challenged", connections.Challenged), ("errors refused", connections.ErrorsRefused));
            case ServiceKind.Firewall:
                FirewallCounters firewall = set.ServiceAt<Firewall, FirewallState>(place).Counters;
                return Table(("judged", firewall.Judged), ("denied", firewall.Denied), ("rejected", firewall.Rejected), ("revoked", firewall.Revoked));
            case ServiceKind.LoadBalancer:
                LoadBalancerCounters balancer = set.ServiceAt<LoadBalancer, LoadBalancerState>(place).Counters;
                return Table(("flows", balancer.Flows), ("translated", balancer.Translated), ("no server", balancer.NoServer));
            case ServiceKind.Policer:
                PolicerCounters policer = set.ServiceAt<Policer, PolicerState>(place).Counters;
                return Table(("machine", policer.Machine), ("flow", policer.Flow), ("new flows", policer.NewFlows));
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

    private static FirewallPolicy PolicyOf(ServicePlan plan) => new(plan.Rules, plan.Otherwise);
}
