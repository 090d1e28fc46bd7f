using System.Diagnostics;
using System.Globalization;
using Weft.Bench.Ports;
using Weft.Bench.Ratios;

namespace Weft.Bench.Host.Switches;

/// <summary>Something that joins the devices in the middle of a path.</summary>
internal abstract class SwitchUnderTest(ForwardingPath path) : IDisposable
{
    private const double TicksPerSecond = 100;
    private static readonly TimeSpan Patience = TimeSpan.FromSeconds(30);
    private readonly List<Process> _processes = [];
    private bool _serves;

    public ForwardingPath Path => path;

    /// <summary>Frames that came out.</summary>
    public virtual long Arrived => path.Arrived;

    protected string Folder { get; } = Directory.CreateTempSubdirectory("weft-bench-switch-").FullName;

    /// <summary>Starts it, and waits until frames pass.</summary>
    /// <exception cref="InvalidOperationException">They do not.</exception>
    public void Start()
    {
        Launch();
        WaitForFrames();
    }

    /// <summary>Sends a burst into it.</summary>
    public virtual void Offer() => path.SendBurst();

    /// <summary>Replaces the running program as its operators do; frames pass again when it returns.</summary>
    public virtual void Restart() => throw new NotSupportedException();

    /// <summary>Changes something that no frame of the path has to do with.</summary>
    public virtual void Reload() => throw new NotSupportedException();

    /// <summary>Has the far end take TCP streams, once.</summary>
    public void ServeStreams()
    {
        if (_serves)
        {
            return;
        }

        _serves = true;
        path.AddAddresses();
        PrepareStreams();
        _ = RunIn(path.Ends.Sink, "iperf3", "-s");
        Await(() => PeerProcess.Run("ip", "netns", "exec", path.Ends.Source, "iperf3", "-c", ForwardingPath.SinkAddress, "-n", "1K").ExitCode == 0, "no stream passes");
    }

    /// <summary>Holds it or lets it go on, so that one that polls takes nothing from the other while that is measured.</summary>
    public void Freeze(bool frozen)
    {
        foreach (Process process in _processes.Where(process => !process.HasExited))
        {
            _ = PeerProcess.Run("kill", frozen ? "-STOP" : "-CONT", $"{process.Id}");
        }
    }

    /// <summary>What its processes have used of the processors.</summary>
    public TimeSpan ProcessorTime()
    {
        double ticks = 0;
        foreach (Process process in _processes.Where(process => !process.HasExited))
        {
            string[] fields = File.ReadAllText($"/proc/{process.Id}/stat").Split(')')[^1].Split(' ');
            ticks += double.Parse(fields[12], CultureInfo.InvariantCulture) + double.Parse(fields[13], CultureInfo.InvariantCulture);
        }

        return TimeSpan.FromSeconds(ticks / TicksPerSecond);
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

    /// <summary>What it takes besides before streams pass.</summary>
    protected virtual void PrepareStreams()
    {
    }

    /// <summary>Starts a program in the middle namespace; its output is read and forgotten.</summary>
    protected Process Run(string program, params string[] arguments) => RunIn(path.Middle, program, arguments);

    /// <summary>The same in another namespace.</summary>
    protected Process RunIn(string networkNamespace, string program, params string[] arguments)
    {
        Process process = Process.Start(new ProcessStartInfo("ip", ["netns", "exec", networkNamespace, program, .. arguments]) { RedirectStandardOutput = true, RedirectStandardError = true, RedirectStandardInput = true, WorkingDirectory = Folder })!;
        process.OutputDataReceived += static (_, _) => { };
        process.ErrorDataReceived += static (_, _) => { };
        process.BeginOutputReadLine();
        process.BeginErrorReadLine();
        _processes.Add(process);
        return process;
    }

    protected static void Ip(params string[] arguments)
    {
        if (PeerProcess.Run("ip", arguments).ExitCode is not 0 and int code)
        {
            throw new InvalidOperationException($"ip {string.Join(' ', arguments)} ended with {code}");
        }
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
            long before = Arrived;
            Offer();
            Thread.Sleep(20);
            return Arrived >= before + path.BurstFrames;
        },
        "no frames pass");
}
