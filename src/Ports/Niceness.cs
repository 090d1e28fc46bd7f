using Weft.Ports.Linux;

namespace Weft.Ports;

/// <summary>The nice value of a thread (setpriority(2)): how long it waits for a processor where others want it, too. Each step is worth a quarter of the share.</summary>
public static class Niceness
{
    /// <summary>The value that waits least. Less than what a thread has needs CAP_SYS_NICE or a limit that allows it (RLIMIT_NICE).</summary>
    public const int Min = -20;

    /// <summary>The value that waits longest.</summary>
    public const int Max = 19;

    /// <summary>Gives the calling thread another nice value. Linux keeps one for each thread, others one for the process.</summary>
    /// <param name="value"><see cref="Min"/> to <see cref="Max"/>.</param>
    /// <exception cref="ArgumentOutOfRangeException">The value is outside its range.</exception>
    /// <exception cref="IOException">The process may not.</exception>
    public static void Set(int value)
    {
        ArgumentOutOfRangeException.ThrowIfLessThan(value, Min);
        ArgumentOutOfRangeException.ThrowIfGreaterThan(value, Max);
        LinuxError.Check(Libc.setpriority(Libc.PRIO_PROCESS, 0, value), $"cannot have the nice value {value}");
    }
}
