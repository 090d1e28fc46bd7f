using System.Diagnostics;

namespace Weft.Host.Datapath.Workers;

/// <summary>
/// Where workers stand still between two bursts while somebody changes or pictures the switch. The first worker closes it and
/// does the work; the others only look at a flag as long as it is open.
/// </summary>
internal sealed class WorkerGate
{
    private readonly object _change = new();
    private ulong _running;
    private volatile bool _isClosed;

    /// <summary>True if workers are to come to <see cref="Pass"/>.</summary>
    public bool IsClosed => _isClosed;

    /// <summary>A worker starts, once the gate is open.</summary>
    /// <param name="worker">Its number.</param>
    /// <param name="isWanted">False if meanwhile there is no such worker any more.</param>
    /// <returns>What <paramref name="isWanted"/> said.</returns>
    public bool Enter(int worker, Func<bool> isWanted)
    {
        lock (_change)
        {
            while (_isClosed)
            {
                _ = Monitor.Wait(_change);
            }

            if (!isWanted())
            {
                return false;
            }

            _running |= 1UL << worker;
            return true;
        }
    }

    /// <summary>A worker stands still until the gate is open again.</summary>
    /// <returns>False if there is no such worker any more.</returns>
    public bool Pass(int worker, Func<bool> isWanted)
    {
        Leave(worker);
        return Enter(worker, isWanted);
    }

    /// <summary>A worker stops.</summary>
    public void Leave(int worker)
    {
        lock (_change)
        {
            _running &= ~(1UL << worker);
            Monitor.PulseAll(_change);
        }
    }

    /// <summary>Closes the gate; who calls must wake the workers, then <see cref="WaitUntilAllStand"/>.</summary>
    public void Close() => _isClosed = true;

    /// <summary>Waits until every worker has come to the gate.</summary>
    /// <returns>The workers that have not, one bit each; 0 if all have.</returns>
    public ulong WaitUntilAllStand(TimeSpan patience)
    {
        long start = Stopwatch.GetTimestamp();
        lock (_change)
        {
            while (_running != 0 && patience - Stopwatch.GetElapsedTime(start) is var left && left > TimeSpan.Zero)
            {
                _ = Monitor.Wait(_change, left);
            }

            return _running;
        }
    }

    /// <summary>Lets the workers go on.</summary>
    public void Open()
    {
        lock (_change)
        {
            _isClosed = false;
            Monitor.PulseAll(_change);
        }
    }
}
