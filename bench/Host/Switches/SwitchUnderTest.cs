using System.Diagnostics;
using Weft.Bench.Ports;
using Weft.Bench.Ratios;

namespace Weft.Bench.Host.Switches;

/// <summary>A program that joins the two devices in the middle of a path.</summary>
internal abstract class SwitchUnderTest(ForwardingPath path) : IDisposable
{
    private static readonly TimeSpan Patience = TimeSpan.FromSeconds(30);
    private readonly List<Process> _processes = [];

    public ForwardingPath Path => path;

    protected string Folder { get; } = Directory.CreateTempSubdirectory("weft-bench-switch-").FullName;

    /// <summary>Starts it, and waits until frames pass.</summary>
    /// <exception cref="InvalidOperationException">They do not.</exception>
    public void Start()
    {
        Launch();
        WaitForFrames();
    }

    /// <summary>Replaces the running program as its operators do; frames pass again when it returns.</summary>
    public abstract void Restart();

    /// <summary>Holds it or lets it go on, so that one that polls takes nothing from the other while that is measured.</summary>
    public void Freeze(bool frozen)
    {
        foreach (Process process in _processes.Where(process => !process.HasExited))
        {
            _ = PeerProcess.Run("kill", frozen ? "-STOP" : "-CONT", $"{process.Id}");
        }
    }

    public virtual void Dispose()
    {
        foreach (Process process in _processes)
        {
            if (!process.HasExited)
            {
                process.Kill(entireProcessTree: true);
                process.WaitForExit();
            }

            process.Dispose();
        }

        path.Dispose();
        Directory.Delete(Folder, recursive: true);
    }

    protected abstract void Launch();

    /// <summary>Starts a program in the middle namespace; its output is read and forgotten.</summary>
    protected Process Run(string program, params string[] arguments)
    {
        Process process = Process.Start(new ProcessStartInfo("ip", ["netns", "exec", path.Middle, program, .. arguments]) { RedirectStandardOutput = true, RedirectStandardError = true, RedirectStandardInput = true, WorkingDirectory = Folder })!;
        process.OutputDataReceived += static (_, _) => { };
        process.ErrorDataReceived += static (_, _) => { };
        process.BeginOutputReadLine();
        process.BeginErrorReadLine();
        _processes.Add(process);
        return process;
    }

    protected void Await(Func<bool> condition, string what)
    {
        long started = Stopwatch.GetTimestamp();
        while (!condition())
        {
            if (Stopwatch.GetElapsedTime(started) > Patience)
            {
                throw new InvalidOperationException($"{GetType().Name}: {what}");
            }

            Thread.Sleep(20);
        }
    }

    protected void WaitForFrames() => Await(
        () =>
        {
            long before = path.Arrived;
            path.SendBurst();
            Thread.Sleep(20);
            return path.Arrived >= before + path.BurstFrames;
        },
        "no frames pass");
}
