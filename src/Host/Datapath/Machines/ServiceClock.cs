using System.Diagnostics;
using Weft.Services;

namespace Weft.Host.Datapath.Machines;

/// <summary>Measures services by the system's clock of highest resolution.</summary>
internal sealed class ServiceClock : IServiceClock
{
    public long Ticks => Stopwatch.GetTimestamp();

    /// <summary>Ticks of a time.</summary>
    public static long Of(TimeSpan time) => (long)(time.TotalSeconds * Stopwatch.Frequency);

    /// <summary>Nanoseconds of ticks.</summary>
    public static double Nanoseconds(long ticks) => ticks * 1e9 / Stopwatch.Frequency;
}
