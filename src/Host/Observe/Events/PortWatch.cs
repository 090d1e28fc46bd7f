using Weft.Host.Config;
using Weft.Packets;
using Weft.Ports;

namespace Weft.Host.Observe;

/// <summary>Looks at the carriers of all ports now and then, and publishes when one comes or goes.</summary>
internal sealed class PortWatch(SwitchPlan plan, IPort[] ports, EventLog events)
{
    private static readonly TimeSpan Interval = TimeSpan.FromMilliseconds(50);

    private readonly bool[] _wasUp = [.. ports.Select(port => port.Status != PortStatus.Down)];
    private Timestamp _next = new(long.MinValue);

    public void Advance(Timestamp now)
    {
        if (now < _next)
        {
            return;
        }

        _next = now + Interval;
        for (int port = 0; port < ports.Length; port++)
        {
            bool isUp = ports[port].Status != PortStatus.Down;
            if (isUp != _wasUp[port])
            {
                _wasUp[port] = isUp;
                events.Publish(now, isUp ? SwitchEventTypes.PortUp : SwitchEventTypes.PortDown, plan.Ports[port].Name);
            }
        }
    }
}
