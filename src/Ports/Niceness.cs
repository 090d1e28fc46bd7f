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
        Check(value);
        LinuxError.Check(Libc.setpriority(Libc.PRIO_PROCESS, 0, value), $"cannot have the nice value {value}");
    }

    /// <summary>What the calling thread has. A thread begins with what the one has that started it. 0 on systems other than Linux.</summary>
    public static int Current => OperatingSystem.IsLinux() ? Libc.getpriority(Libc.PRIO_PROCESS, 0) : 0;

    /// <summary>Asks whether a thread may go from one value to another, by having one do it that is for nothing else.</summary>
    /// <param name="from">What the thread has, <see cref="Min"/> to <see cref="Max"/>. To wait longer is always allowed, and cannot be taken back without a right to.</param>
    /// <param name="to">What it is to have, <see cref="Min"/> to <see cref="Max"/>.</param>
    /// <returns>Why the process may not; null if it may.</returns>
    /// <exception cref="ArgumentOutOfRangeException">A value is outside its range.</exception>
    public static IOException? Refusal(int from, int to)
    {
        Check(from);
        Check(to);
        if (to >= from)
        {
            return null;
        }

        IOException? refusal = null;
        var trial = new Thread(() =>
        {
            try
            {
                Set(from);
                Set(to);
            }
            catch (IOException refused)
            {
                refusal = refused;
            }
        });
        trial.Start();
        trial.Join();
        return refusal;
    }

    private static void Check(int value)
    {
        ArgumentOutOfRangeException.ThrowIfLessThan(value, Min);
        ArgumentOutOfRangeException.ThrowIfGreaterThan(value, Max);
    }
}
