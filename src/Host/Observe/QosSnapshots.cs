using Weft.Bridge;
using Weft.Host.Config;
using Weft.Host.Datapath;
using Weft.Host.Datapath.Workers;

namespace Weft.Host.Observe;

/// <summary>Reads out what policies of service and mirrors did.</summary>
internal static class QosSnapshots
{
    public static IEnumerable<QosRuleSnapshot> Policies(IReadOnlyList<SwitchCore> cores)
    {
        SwitchPlan plan = cores[WorkerLink.Home].Plan;
        for (int port = 0; port < plan.Ports.Count; port++)
        {
            if (plan.Ports[port].Qos < 0)
            {
                continue;
            }

            QosPolicy policy = plan.QosPolicies[plan.Ports[port].Qos];
            for (int rule = 0; rule <= policy.Rules.Count; rule++)
            {
                QosCount[] counts = [.. cores.Select(core => core.Qos!.CountsOf(port)[rule])];
                yield return new QosRuleSnapshot(
                    plan.Ports[port].Name,
                    policy.Name,
                    rule < policy.Rules.Count ? policy.Rules[rule].Name : "other",
                    counts.Sum(count => count.Green),
                    counts.Sum(count => count.Yellow),
                    counts.Sum(count => count.Red),
                    counts.Sum(count => count.Bytes));
            }
        }
    }

    public static IEnumerable<EgressQueueSnapshot> Queues(IReadOnlyList<SwitchCore> cores)
    {
        SwitchPlan plan = cores[WorkerLink.Home].Plan;
        for (int port = 0; port < plan.Ports.Count; port++)
        {
            EgressScheduler[] schedulers = [.. cores.Select(core => core.Egress?.Of(port)?.Scheduler).OfType<EgressScheduler>()];
            for (int queue = 0; schedulers.Length > 0 && queue < EgressSchedulerOptions.Queues; queue++)
            {
                int weight = plan.Schedulers[plan.Ports[port].Scheduler].Queues[queue].Weight;
                yield return new EgressQueueSnapshot
                {
                    Port = plan.Ports[port].Name,
                    Queue = queue,
                    Weight = weight == 0 ? null : weight,
                    Waiting = schedulers.Sum(scheduler => scheduler.CountOf(queue)),
                    WaitingBytes = schedulers.Sum(scheduler => scheduler.BytesOf(queue)),
                    MostWaiting = schedulers.Max(scheduler => scheduler.CountersOf(queue).MostWaiting),
                    Frames = schedulers.Sum(scheduler => scheduler.CountersOf(queue).Frames),
                    Bytes = schedulers.Sum(scheduler => scheduler.CountersOf(queue).Bytes),
                    Marked = schedulers.Sum(scheduler => scheduler.CountersOf(queue).Marked),
                    Dropped = schedulers.Sum(scheduler => scheduler.CountersOf(queue).Dropped),
                };
            }
        }
    }

    public static IEnumerable<MirrorSnapshot> Mirrors(IReadOnlyList<SwitchCore> cores)
    {
        SwitchPlan plan = cores[WorkerLink.Home].Plan;
        return plan.Mirrors.Select((mirror, index) => new MirrorSnapshot(
            mirror.Name,
            [.. mirror.Ports.Select(port => $"port {plan.Ports[port].Name}"), .. mirror.Segments.Select(segment => $"segment {plan.Segments[segment].Name}")],
            mirror.To >= 0 ? $"port {plan.Ports[mirror.To].Name}" : $"{Collector(mirror.Erspan!)}, session {mirror.Erspan!.Session}",
            cores.Sum(core => core.Mirrors!.Copied[index]),
            cores.Sum(core => core.Mirrors!.Missed[index]),
            cores.Sum(core => core.Graph.Mirror.Limited[index])));
    }

    private static string Collector(ErspanOptions to) => to.IsIPv4 ? new Packets.IPv4Address((uint)to.Destination.Low).ToString() : to.Destination.ToString();
}
