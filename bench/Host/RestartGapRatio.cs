using Weft.Bench.Host.Switches;

namespace Weft.Bench.Host;

/// <summary>How long a frame waits, or how long until one passes again, while the process is replaced.</summary>
/// <param name="pair">The two.</param>
internal sealed class RestartGapRatio(SwitchPair pair) : SwitchRatio(pair, "ms")
{
    protected override double Cost(SwitchUnderTest of)
    {
        using var probe = new GapProbe(of.Path);
        of.Restart();
        return probe.Finish().TotalMilliseconds;
    }
}
