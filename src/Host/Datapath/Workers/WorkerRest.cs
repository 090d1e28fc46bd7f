using System.Diagnostics;
using Weft.Host.Config;
using Weft.Packets;
using Weft.Ports;

namespace Weft.Host.Datapath.Workers;

/// <summary>What a worker does when no frame waits, and who may wake it.</summary>
internal sealed class WorkerRest : IDisposable
{
    private static readonly TimeSpan SpinTime = TimeSpan.FromMicroseconds(50);
    private static readonly TimeSpan MaxSleep = TimeSpan.FromMilliseconds(200);

    private readonly Lock _waking = new();
    private IReadOnlyList<IPort> _ports;
    private Poller _poller;
    private long _lastFrame = Stopwatch.GetTimestamp();

    public WorkerRest(IReadOnlyList<IPort> ports) => (_ports, _poller) = (ports, new Poller([.. ports]));

    /// <summary>Sleeps for other ports from now on. Nobody may be asleep.</summary>
    public void Renew(IReadOnlyList<IPort> ports)
    {
        if (ports.SequenceEqual(_ports))
        {
            return;
        }

        var poller = new Poller([.. ports]);
        Poller old = _poller;
        // Another thread may be about to wake the old one.
        lock (_waking)
        {
            (_ports, _poller) = (ports, poller);
            old.Dispose();
        }
    }

    /// <summary>Ends a rest, or the next one. Any thread.</summary>
    public void Wake()
    {
        lock (_waking)
        {
            _poller.Wake();
        }
    }

    /// <summary>After a round: goes on at once, spins for a while or sleeps, as the switch's plan says.</summary>
    /// <param name="core">The worker.</param>
    /// <param name="frames">Frames of the round.</param>
    /// <param name="now">When the round began.</param>
    public void After(SwitchCore core, int frames, Timestamp now)
    {
        PollMode mode = core.Plan.Poll;
        if (mode == PollMode.Spin)
        {
            return;
        }

        if (frames > 0)
        {
            _lastFrame = Stopwatch.GetTimestamp();
        }
        else if (mode == PollMode.Adaptive && Stopwatch.GetElapsedTime(_lastFrame) < SpinTime)
        {
            Thread.SpinWait(8);
        }
        else
        {
            Sleep(core, now);
        }
    }

    public void Dispose() => _poller.Dispose();

    private void Sleep(SwitchCore core, Timestamp now)
    {
        Poller poller = _poller;
        core.Link.Bell.Arm(poller);
        if (core.Link.Waiting == 0)
        {
            // Ports that are down come back when they are asked, so nobody sleeps for long.
            TimeSpan untilTimer = core.NextDue == Timestamp.MaxValue ? MaxSleep : core.NextDue - now;
            _ = poller.Wait(untilTimer < MaxSleep ? untilTimer : MaxSleep);
        }

        core.Link.Bell.Disarm();
    }
}
