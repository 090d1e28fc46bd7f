using Weft.Packets;
using Weft.Ports;

namespace Weft.Host.Datapath;

/// <summary>
/// The time a worker lives in. With a live port it is the machine's monotonic clock; with captures and simulated links alone
/// it jumps from one arrival to the next, so that a replay depends on its input and on nothing else.
/// </summary>
internal sealed class SwitchClock
{
    private readonly IPort[] _ports;

    public SwitchClock(IPort[] ports, Timestamp? start)
    {
        _ports = ports;
        IsVirtual = !ports.Any(port => port.Capabilities.IsLive);
        Timestamp first = IsVirtual ? NextArrival : Timestamp.FromMonotonicClock();
        Start = start ?? (first == Timestamp.MaxValue ? Timestamp.Zero : first);
        Now = Start;
    }

    /// <summary>True if time jumps.</summary>
    public bool IsVirtual { get; }

    /// <summary>The first moment.</summary>
    public Timestamp Start { get; }

    /// <summary>The present. It never goes back, even where a capture does.</summary>
    public Timestamp Now { get; private set; }

    /// <summary>When the next frame that is already known arrives; the greatest timestamp if none is.</summary>
    public Timestamp NextArrival
    {
        get
        {
            Timestamp next = Timestamp.MaxValue;
            foreach (IPort port in _ports)
            {
                next = port.NextArrival < next ? port.NextArrival : next;
            }

            return next;
        }
    }

    /// <summary>The same time for other ports.</summary>
    public SwitchClock With(IPort[] ports) => new(ports, Start) { Now = Now };

    /// <summary>Moves to a moment; an earlier one than the present changes nothing.</summary>
    public void MoveTo(Timestamp moment) => Now = moment > Now ? moment : Now;

    /// <summary>Reads the clock, or jumps to the next arrival or timer, whichever comes first.</summary>
    /// <returns>False if time is virtual and nothing will ever happen again.</returns>
    public bool Tick(Timestamp nextTimer)
    {
        if (!IsVirtual)
        {
            MoveTo(Timestamp.FromMonotonicClock());
            return true;
        }

        Timestamp next = NextArrival;
        next = nextTimer < next ? nextTimer : next;
        if (next == Timestamp.MaxValue)
        {
            return false;
        }

        MoveTo(next);
        return true;
    }
}
