using System.Diagnostics;

namespace Weft.Bench.Host.Switches;

/// <summary>A source sends as fast as it can into one veth pair, and what arrives behind the other counts.</summary>
/// <param name="pair">The two.</param>
/// <param name="ofProcesses">True to measure the processor time of the switch's processes instead of the time that passes.</param>
internal sealed class FrameRatio(SwitchPair pair, bool ofProcesses = false) : SwitchRatio(pair, ofProcesses ? "CPU ns/frame" : "ns/frame")
{
    private TimeSpan Duration => TimeSpan.FromMilliseconds(IsShort ? 100 : 500);

    protected override double Cost(SwitchUnderTest of)
    {
        long before = of.Arrived;
        TimeSpan used = of.ProcessorTime();
        long started = Stopwatch.GetTimestamp();
        while (Stopwatch.GetElapsedTime(started) < Duration)
        {
            of.Offer();
        }

        double nanoseconds = Stopwatch.GetElapsedTime(started).TotalNanoseconds;
        long frames = Math.Max(1, of.Arrived - before);
        return (ofProcesses ? (of.ProcessorTime() - used).TotalNanoseconds : nanoseconds) / frames;
    }
}
