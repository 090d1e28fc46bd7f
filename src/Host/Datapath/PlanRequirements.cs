using Weft.Host.Config;
using Weft.Host.Datapath.Workers;
using Weft.Packets;
using Weft.Ports;

namespace Weft.Host.Datapath;

/// <summary>What a plan that was made by hand, and not by the reader of configurations, must hold to.</summary>
internal static class PlanRequirements
{
    /// <exception cref="ArgumentException">The plan and its ports do not fit a switch.</exception>
    public static void Check(SwitchPlan plan, IReadOnlyList<IPort> ports)
    {
        if (ports.Count != plan.Ports.Count)
        {
            throw new ArgumentException($"The plan has {plan.Ports.Count} ports, {ports.Count} were given.", nameof(ports));
        }

        if (plan.Workers is < 1 or > WorkerExchange.MaxWorkers)
        {
            throw new ArgumentException($"{nameof(SwitchPlan.Workers)} is {plan.Workers}; the allowed range is 1 to {WorkerExchange.MaxWorkers}.", nameof(plan));
        }

        if (plan.VectorSize is < 1 or > PacketVector.MaxBurst)
        {
            throw new ArgumentException($"{nameof(SwitchPlan.VectorSize)} is {plan.VectorSize}; the allowed range is 1 to {PacketVector.MaxBurst}.", nameof(plan));
        }

        bool live = ports.Any(port => port.Capabilities.IsLive);
        if (live && ports.FirstOrDefault(port => !port.Capabilities.IsLive && port.NextArrival != Timestamp.MaxValue) is IPort capture)
        {
            throw new ArgumentException($"Port {capture.Name} plays a capture beside live ports; their clocks have nothing in common.", nameof(ports));
        }
    }
}
