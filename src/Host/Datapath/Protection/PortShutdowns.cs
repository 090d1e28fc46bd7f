using Weft.Host.Config;
using Weft.Host.Observe;
using Weft.Packets;

namespace Weft.Host.Datapath.Protection;

/// <summary>
/// Which ports the switch has shut itself: nothing comes in by them and nothing leaves. Any worker shuts a port and looks; the first worker opens.
/// </summary>
internal sealed class PortShutdowns
{
    /// <summary>In place of a cause while the rest is written: the port is shut, and not to be opened yet.</summary>
    private const int Busy = -1;

    private static readonly ShutdownCause[] Causes = [ShutdownCause.PortSecurity, ShutdownCause.Loop];

    private readonly SwitchPlan _plan;
    private readonly EventLog _events;
    private readonly Entry[] _entries;
    private int _shut;
    private int _loops;

    private PortShutdowns(SwitchPlan plan, EventLog events)
    {
        (_plan, _events) = (plan, events);
        _entries = new Entry[plan.Ports.Count];
    }

    /// <summary>Null if no port can be shut: then nobody looks.</summary>
    public static PortShutdowns? Create(SwitchPlan plan, EventLog events) =>
        plan.Ports.Any(port => Causes.Any(cause => MayBeShut(port, cause)))
            ? new PortShutdowns(plan, events)
            : null;

    /// <summary>Whether a port is shut.</summary>
    public bool IsShut(int port) => Volatile.Read(ref _entries[port].Cause) != (int)ShutdownCause.None;

    /// <summary>Whether a port is shut for a loop.</summary>
    public bool IsLooped(int port) => Volatile.Read(ref _entries[port].Cause) == (int)ShutdownCause.Loop;

    /// <summary>Grows whenever a port is shut for a loop: what was learned behind it is wrong.</summary>
    public int Loops => Volatile.Read(ref _loops);

    /// <summary>Times that a port was shut.</summary>
    public long CountOf(int port) => Volatile.Read(ref _entries[port].Count);

    /// <summary>Shuts a port, unless it is shut.</summary>
    /// <param name="port">Number of the port.</param>
    /// <param name="cause">Why.</param>
    /// <param name="recovery">Time after which it opens by itself; null for never.</param>
    /// <param name="now">The time.</param>
    /// <returns>True if it was open.</returns>
    public bool Shut(int port, ShutdownCause cause, TimeSpan? recovery, Timestamp now)
    {
        ref Entry entry = ref _entries[port];
        if (Interlocked.CompareExchange(ref entry.Cause, Busy, (int)ShutdownCause.None) != (int)ShutdownCause.None)
        {
            return false;
        }

        (entry.Since, entry.Until) = (now, recovery is TimeSpan time ? now + time : Timestamp.MaxValue);
        Interlocked.Increment(ref entry.Count);
        Interlocked.Increment(ref _shut);
        Volatile.Write(ref entry.Cause, (int)cause);
        if (cause == ShutdownCause.Loop)
        {
            Interlocked.Increment(ref _loops);
        }

        _events.Publish(now, PortEventTypes.Shut, _plan.Ports[port].Name, EnumWords<ShutdownCause>.Of(cause), recovery is TimeSpan after ? (long)after.TotalSeconds : 0L);
        return true;
    }

    /// <summary>Opens what is due. The first worker calls it.</summary>
    public void Advance(Timestamp now)
    {
        for (int port = 0; Volatile.Read(ref _shut) > 0 && port < _entries.Length; port++)
        {
            if (Volatile.Read(ref _entries[port].Cause) > 0 && now >= _entries[port].Until)
            {
                _ = Open(port, "time", now);
            }
        }
    }

    /// <summary>Opens a port by hand.</summary>
    /// <returns>False if it was not shut.</returns>
    public bool Reopen(int port, Timestamp now) => Open(port, "person", now);

    /// <summary>What people are shown of a port; null if it is open.</summary>
    public PortShutdownSnapshot? Capture(int port, Timestamp now)
    {
        Entry entry = _entries[port];
        return entry.Cause <= 0 ? null : new PortShutdownSnapshot
        {
            Cause = EnumWords<ShutdownCause>.Of((ShutdownCause)entry.Cause),
            Seconds = (now - entry.Since).TotalSeconds,
            RecoversInSeconds = entry.Until == Timestamp.MaxValue ? null : Math.Max(0, (entry.Until - now).TotalSeconds),
        };
    }

    /// <summary>Goes on with what the switch before had shut, where the port may still be shut for it.</summary>
    public void Restore(IEnumerable<PortSnapshot> ports, Timestamp now)
    {
        foreach (PortSnapshot known in ports)
        {
            int port = Position.Of(_plan.Ports, plan => plan.Name == known.Name);
            if (port >= 0)
            {
                ShutdownCause cause = Array.Find(Causes, cause => EnumWords<ShutdownCause>.Of(cause) == known.Shutdown?.Cause);
                Timestamp until = known.Shutdown?.RecoversInSeconds is double left ? now + TimeSpan.FromSeconds(left) : Timestamp.MaxValue;
                Take(port, new Entry { Cause = (int)cause, Count = known.Shutdowns, Since = now - TimeSpan.FromSeconds(known.Shutdown?.Seconds ?? 0), Until = until });
            }
        }
    }

    /// <summary>Goes on with what was shut under the configuration before. Workers stand still.</summary>
    /// <param name="old">The one before.</param>
    /// <param name="ports">By number there, the number here; -1 for a port that is gone.</param>
    public void CarryOver(PortShutdowns old, ReadOnlySpan<int> ports)
    {
        for (int before = 0; before < ports.Length; before++)
        {
            if (ports[before] >= 0)
            {
                Take(ports[before], old._entries[before]);
            }
        }
    }

    private void Take(int port, in Entry known)
    {
        bool isShut = MayBeShut(_plan.Ports[port], (ShutdownCause)known.Cause);
        _entries[port] = isShut ? known : new Entry { Count = known.Count };
        _shut += isShut ? 1 : 0;
    }

    private static bool MayBeShut(PortPlan port, ShutdownCause cause) => cause switch
    {
        ShutdownCause.PortSecurity => port.Learning.Refused == RefusedSourceAction.Shutdown,
        ShutdownCause.Loop => port.LoopGuard is { Action: LoopAction.Shutdown },
        _ => false,
    };

    private bool Open(int port, string how, Timestamp now)
    {
        ref Entry entry = ref _entries[port];
        int cause = Volatile.Read(ref entry.Cause);
        if (cause <= 0 || Interlocked.CompareExchange(ref entry.Cause, (int)ShutdownCause.None, cause) != cause)
        {
            return false;
        }

        Interlocked.Decrement(ref _shut);
        _events.Publish(now, PortEventTypes.Reopened, _plan.Ports[port].Name, EnumWords<ShutdownCause>.Of((ShutdownCause)cause), how);
        return true;
    }

    private struct Entry
    {
        public int Cause;
        public long Count;
        public Timestamp Since;
        public Timestamp Until;
    }
}
