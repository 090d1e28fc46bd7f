using System.Diagnostics;
using Weft.Bench.Host.Switches;

namespace Weft.Bench.Host;

/// <summary>Frames that leave for each that arrives, at a rate that is no trouble, while another port's configuration changes on one side.</summary>
/// <param name="pair">The two.</param>
internal sealed class ReloadLossRatio(SwitchPair pair) : SwitchRatio(pair, "frames sent/arrived")
{
    private const double FramesPerSecond = 300_000;
    private static readonly TimeSpan Drain = TimeSpan.FromMilliseconds(50);

    protected override double Cost(SwitchUnderTest of)
    {
        TimeSpan duration = TimeSpan.FromMilliseconds(IsShort ? 200 : 1000);
        long before = of.Arrived;
        long sent = 0;
        bool changed = !IsOurs(of);
        long started = Stopwatch.GetTimestamp();
        for (TimeSpan elapsed; (elapsed = Stopwatch.GetElapsedTime(started)) < duration;)
        {
            if (!changed && elapsed > duration / 4)
            {
                changed = true;
                of.Reload();
            }

            if (sent < FramesPerSecond * elapsed.TotalSeconds)
            {
                of.Offer();
                sent += of.Path.BurstFrames;
            }
        }

        Thread.Sleep(Drain);
        return (double)sent / Math.Max(1, of.Arrived - before);
    }
}
