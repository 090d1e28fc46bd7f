using System.ComponentModel;
using System.Diagnostics;
using System.Runtime.InteropServices;

namespace Weft.Bench.Ratios;

/// <summary>A peer that is a program: runs it to its end and says what CPU time it used.</summary>
public static partial class PeerProcess
{
    private const int Children = -1;

    /// <summary>True if <paramref name="program"/> is on the PATH.</summary>
    public static bool Exists(string program) =>
        (Environment.GetEnvironmentVariable("PATH") ?? "").Split(Path.PathSeparator).Any(folder => File.Exists(Path.Combine(folder, program)));

    /// <summary>Runs a program and waits for it. Its output is read and handed back, so that a full pipe never stops it.</summary>
    /// <returns>User plus system CPU nanoseconds of the process and of what it waited for; exit code; standard output.</returns>
    /// <remarks>Getrusage counts every child that ended since, therefore one process at a time.</remarks>
    /// <exception cref="Win32Exception">The program cannot be started.</exception>
    public static (long CpuNanoseconds, int ExitCode, string Output) Run(string program, params IReadOnlyList<string> arguments)
    {
        long before = ChildrenCpuNanoseconds();
        using Process process = Process.Start(new ProcessStartInfo(program, arguments) { RedirectStandardOutput = true, RedirectStandardError = true })!;
        Task<string> errors = process.StandardError.ReadToEndAsync();
        string output = process.StandardOutput.ReadToEnd();
        _ = errors.Result;
        process.WaitForExit();
        return (ChildrenCpuNanoseconds() - before, process.ExitCode, output);
    }

    private static long ChildrenCpuNanoseconds()
    {
        _ = GetResourceUsage(Children, out ResourceUsage usage);
        return (usage.UserSeconds + usage.SystemSeconds) * 1_000_000_000 + (usage.UserMicroseconds + usage.SystemMicroseconds) * 1000;
    }

    [LibraryImport("libc", EntryPoint = "getrusage")]
    private static partial int GetResourceUsage(int who, out ResourceUsage usage);

    /// <summary>The head of <c>struct rusage</c>; its other fourteen counters are room only.</summary>
    [StructLayout(LayoutKind.Sequential, Size = 144)]
    private readonly struct ResourceUsage
    {
        public readonly long UserSeconds;
        public readonly long UserMicroseconds;
        public readonly long SystemSeconds;
        public readonly long SystemMicroseconds;
    }
}
