using System.Runtime.InteropServices;

namespace Weft.Bench.Ratios;

/// <summary>CPU time of the calling thread (CLOCK_THREAD_CPUTIME_ID), which time taken by other threads does not enter.</summary>
public static partial class ThreadClock
{
    private const int ThreadCpuTimeId = 3;

    /// <summary>CPU nanoseconds the calling thread has used.</summary>
    public static long Nanoseconds
    {
        get
        {
            _ = ClockGetTime(ThreadCpuTimeId, out TimeSpec time);
            return time.Seconds * 1_000_000_000 + time.Nanoseconds;
        }
    }

    [LibraryImport("libc", EntryPoint = "clock_gettime")]
    private static partial int ClockGetTime(int clock, out TimeSpec time);

    [StructLayout(LayoutKind.Sequential)]
    private readonly struct TimeSpec
    {
        public readonly long Seconds;
        public readonly long Nanoseconds;
    }
}
