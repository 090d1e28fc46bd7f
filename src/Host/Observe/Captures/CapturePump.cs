using System.Diagnostics;
using Weft.Host.Datapath.Tapping;

namespace Weft.Host.Observe.Captures;

/// <summary>Brings what the workers copied to where it is wanted, beside them, until the capture is to end.</summary>
/// <param name="session">The capture.</param>
/// <param name="request">What is captured, and for how long.</param>
/// <param name="writer">Makes pcapng.</param>
internal sealed class CapturePump(CaptureSession session, CaptureRequest request, CaptureWriter writer)
{
    /// <summary>Between two looks; a lane holds far more than comes in that time.</summary>
    private static readonly TimeSpan Interval = TimeSpan.FromMilliseconds(10);

    private readonly List<(TapRecord Record, TapLane Lane)> _taken = [];

    /// <summary>Runs until the capture has what it wants, its time is up, or <paramref name="end"/> says so.</summary>
    /// <param name="deliver">Takes whole blocks. While it waits frames may be lost, and are counted.</param>
    /// <param name="end">Ends the capture; what was captured is delivered still.</param>
    public async Task RunAsync(Func<byte[], Task> deliver, CancellationToken end)
    {
        long start = Stopwatch.GetTimestamp();
        TimeSpan limit = request.Seconds is double seconds ? TimeSpan.FromSeconds(seconds) : TimeSpan.MaxValue;
        await deliver(writer.TakeBlocks()).ConfigureAwait(false);
        while (!end.IsCancellationRequested && Stopwatch.GetElapsedTime(start) < limit && !IsFull)
        {
            if (!await DeliverAsync(deliver).ConfigureAwait(false))
            {
                await Task.Delay(Interval, CancellationToken.None).ConfigureAwait(false);
            }
        }
    }

    /// <summary>Delivers what is left and the numbers that a capture ends with. The workers are through with the capture.</summary>
    public async Task<CaptureSummary> FinishAsync(Func<byte[], Task> deliver)
    {
        _ = await DeliverAsync(deliver).ConfigureAwait(false);
        writer.Finish(session.Lost);
        await deliver(writer.TakeBlocks()).ConfigureAwait(false);
        return new CaptureSummary(writer.Packets, session.Lost);
    }

    private bool IsFull => request.Count is long count && writer.Packets >= count;

    private async Task<bool> DeliverAsync(Func<byte[], Task> deliver)
    {
        session.Take(_taken);
        if (_taken.Count == 0)
        {
            return false;
        }

        foreach ((TapRecord record, TapLane lane) in _taken)
        {
            if (!IsFull)
            {
                writer.Write(record);
            }

            lane.Return(record);
        }

        _taken.Clear();
        if (IsFull)
        {
            session.Close();
        }

        await deliver(writer.TakeBlocks()).ConfigureAwait(false);
        return true;
    }
}
