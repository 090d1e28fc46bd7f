using Weft.Ports;

namespace Weft.Host.Datapath.Workers;

/// <summary>Wakes a worker that sleeps when another one has something for it.</summary>
/// <remarks>
/// The sleeper arms the bell and then looks into its rings once more; the other adds to a ring and then looks at the bell.
/// With a full fence between the two steps on both sides, at least one of them sees the other.
/// </remarks>
internal sealed class WorkerBell
{
    private volatile Poller? _sleeper;

    /// <summary>The worker is about to sleep; it must look into its rings after this.</summary>
    public void Arm(Poller poller)
    {
        _sleeper = poller;
        Interlocked.MemoryBarrier();
    }

    /// <summary>The worker is awake.</summary>
    public void Disarm() => _sleeper = null;

    /// <summary>Wakes the worker if it sleeps. A full fence must stand between what was added to its ring and this.</summary>
    public void Ring() => _sleeper?.Wake();
}
