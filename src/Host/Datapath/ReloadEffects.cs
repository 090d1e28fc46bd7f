using Weft.Host.Config;

namespace Weft.Host.Datapath;

/// <summary>What a reload does beyond giving keys other values, as far as two plans tell.</summary>
internal static class ReloadEffects
{
    /// <summary>The effects, each a sentence.</summary>
    public static IEnumerable<string> Of(SwitchPlan before, SwitchPlan after)
    {
        foreach (PortPlan port in before.Ports)
        {
            if (after.Ports.FirstOrDefault(next => next.Name == port.Name) is not PortPlan next)
            {
                yield return $"port {port.Name} is closed";
            }
            else if (!PortFactory.IsSameDevice(port, next))
            {
                yield return $"port {port.Name} is closed and opened again";
            }
        }

        foreach (PortPlan port in after.Ports.Where(port => before.Ports.All(old => old.Name != port.Name)))
        {
            yield return $"port {port.Name} is opened";
        }

        foreach (SegmentPlan segment in before.Segments.Where(segment => after.Segments.All(next => next.Name != segment.Name)))
        {
            yield return $"segment {segment.Name} goes, and what was learned in it";
        }

        if (before.Workers != after.Workers)
        {
            yield return $"{before.Workers} {(before.Workers == 1 ? "worker becomes" : "workers become")} {after.Workers}";
        }

        if ((before.PoolBuffers, before.PoolBufferBytes) != (after.PoolBuffers, after.PoolBufferBytes))
        {
            yield return $"packet buffers are made anew: {after.PoolBuffers} of {after.PoolBufferBytes} bytes a worker";
        }

        foreach (BridgePlan bridge in before.Bridges)
        {
            // What the cluster has found it finds again.
            BridgePlan[] nexts = [.. after.Bridges, .. after.AwaitedBridges.Select(next => next with { Peer = bridge.Peer })];
            if (!Array.Exists(nexts, next => BridgePlans.CanGoOn(before, bridge, after, next)))
            {
                yield return Array.Exists(nexts, next => next.Name == bridge.Name) ? $"bridge {bridge.Name} begins anew, on standby" : $"bridge {bridge.Name} goes";
            }
        }

        if (before.ControlSocket != after.ControlSocket)
        {
            yield return "the control socket stays where it is until a restart";
        }
    }
}
