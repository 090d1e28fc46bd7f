using Weft.Host.Config;
using Weft.Host.Datapath.Tapping;
using Weft.Host.Observe.Captures;
using Weft.Packets;

namespace Weft.Host.Datapath;

/// <content>What can be captured in it.</content>
public sealed partial class SwitchHost
{
    /// <summary>
    /// Captures frames in the running switch as pcapng, each with a comment that says what happened to it, until there are as many as wanted, time is
    /// up, the switch ends, or <paramref name="end"/> says so. The workers never wait for a capture: frames that find no room are counted.
    /// </summary>
    /// <param name="request">What to capture, and for how long.</param>
    /// <param name="deliver">Takes pieces of the file, each of whole blocks, the first at once.</param>
    /// <param name="end">Ends the capture; what was captured is delivered still.</param>
    /// <returns>How much was captured, and lost.</returns>
    /// <exception cref="ArgumentException">The request asks for a port, stage or drop reason that there is not, or is out of range.</exception>
    /// <exception cref="FormatException">The filter is none.</exception>
    /// <exception cref="InvalidOperationException">There are four captures already, or the switch has ended.</exception>
    public async Task<CaptureSummary> CaptureAsync(CaptureRequest request, Func<byte[], Task> deliver, CancellationToken end = default)
    {
        ArgumentNullException.ThrowIfNull(request);
        ArgumentNullException.ThrowIfNull(deliver);
        (SwitchPlan plan, string[] stages, long wallOffset) = await Ask(() => (_switch.Plan, Array.ConvertAll([.. _switch.Workers[0].Graph.Stages], StageNames.Of), WallOffset())).ConfigureAwait(false);
        var session = new CaptureSession(request, plan, stages);
        for (int worker = 0; worker < plan.Workers; worker++)
        {
            // Memory is found here, not while the workers stand still.
            _ = session.LaneOf(worker, plan);
        }

        using var writer = new CaptureWriter(plan.Name, request, wallOffset);
        var pump = new CapturePump(session, request, writer);
        using var ended = CancellationTokenSource.CreateLinkedTokenSource(end, _ended.Token);
        using var over = new CancellationTokenSource();
        await Ask(() =>
        {
            _switch.Attach(session);
            return true;
        }).ConfigureAwait(false);
        bool isDetached = false;
        try
        {
            // Taken back when the capture is over: the switch would hold on to it, and to all its memory, for as long as it lives.
            _ = Completion.ContinueWith(_ => EndQuietly(ended), over.Token, TaskContinuationOptions.ExecuteSynchronously, TaskScheduler.Default);
            await pump.RunAsync(deliver, ended.Token).ConfigureAwait(false);
        }
        finally
        {
            await over.CancelAsync().ConfigureAwait(false);
            isDetached = await DetachAsync(session).ConfigureAwait(false);
        }

        CaptureSummary summary = await pump.FinishAsync(deliver).ConfigureAwait(false);
        if (isDetached)
        {
            session.Recycle();
        }

        return summary;
    }

    /// <summary>The tap of the first worker; null if nobody captures.</summary>
    internal Task<PacketTap?> TapAsync() => Ask(() => _switch.Workers[0].Vector.Tap);

    /// <returns>True if it is certain that no worker has the session's lanes any more.</returns>
    private async Task<bool> DetachAsync(CaptureSession session)
    {
        session.Close();
        try
        {
            return await Ask(() =>
            {
                _switch.Detach(session);
                return true;
            }).ConfigureAwait(false);
        }
        catch (InvalidOperationException)
        {
            // The switch has ended, or a worker stands still: nothing is copied any more either way.
            return false;
        }
    }

    private static void EndQuietly(CancellationTokenSource ended)
    {
        try
        {
            ended.Cancel();
        }
        catch (ObjectDisposedException)
        {
            // The capture ended before the switch did.
        }
    }

    private long WallOffset() => _switch.IsVirtual ? 0 : ((DateTime.UtcNow - DateTime.UnixEpoch).Ticks * Timestamp.NanosecondsPerTick) - Timestamp.FromMonotonicClock().Nanoseconds;
}
