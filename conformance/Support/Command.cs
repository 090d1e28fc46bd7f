using System.ComponentModel;
using System.Diagnostics;
using System.Text;

namespace Weft.Conformance.Support;

/// <summary>What a finished program left behind.</summary>
/// <param name="Line">The command as a person would type it, for failure texts.</param>
/// <param name="ExitCode">The exit code; -1 if it was ended because its time was up.</param>
/// <param name="Output">Standard output.</param>
/// <param name="Error">Standard error.</param>
public sealed record CommandResult(string Line, int ExitCode, string Output, string Error)
{
    /// <summary>True if the program said that all went well.</summary>
    public bool Succeeded => ExitCode == 0;

    /// <summary>This result, or an exception that shows the command and all it printed.</summary>
    public CommandResult Required() => Succeeded
        ? this
        : throw new InvalidOperationException($"`{Line}` ended with {ExitCode}\n{Output}\n{Error}");
}

/// <summary>Runs other programs with a time limit, without a shell in between.</summary>
public static class Command
{
    /// <summary>Time that a program gets when the test does not say.</summary>
    public static readonly TimeSpan DefaultTimeout = TimeSpan.FromSeconds(90);

    /// <summary>Runs a program to its end, or ends it and its children when the time is up.</summary>
    public static CommandResult Run(string program, params string[] arguments) => Run(DefaultTimeout, program, arguments);

    /// <summary>Runs what a machine that is too busy for it may fail at, again and again for a minute: a ping that has only so long for its answer.</summary>
    /// <returns>The result of the last time.</returns>
    public static CommandResult UntilItSucceeds(Func<CommandResult> run)
    {
        CommandResult result = run();
        _ = Wait.Until(() => result.Succeeded || (result = run()).Succeeded, TimeSpan.FromMinutes(1));
        return result;
    }

    /// <summary>Runs a program to its end, or ends it and its children when the time is up.</summary>
    public static CommandResult Run(TimeSpan timeout, string program, params string[] arguments)
    {
        using RunningCommand running = Start(program, arguments);
        return running.WaitForExit(timeout);
    }

    /// <summary>Starts a program that runs beside the test; disposing ends it.</summary>
    public static RunningCommand Start(string program, params string[] arguments) => new(program, arguments);

    /// <summary>Where programs are looked for, by the tests and by what they start: a user's own path may lack the daemons.</summary>
    public static string SearchPath { get; } = (Environment.GetEnvironmentVariable("PATH") ?? "") + ":/usr/sbin:/sbin:/usr/bin:/bin";

    /// <summary>True if a program of this name is on the path.</summary>
    public static bool Exists(string program) => File.Exists(Find(program));

    /// <summary>The file of a program that the path holds; else the name itself.</summary>
    public static string Find(string program) => SearchPath.Split(':', StringSplitOptions.RemoveEmptyEntries)
        .Select(folder => Path.Combine(folder, program))
        .FirstOrDefault(File.Exists, program);
}

/// <summary>A program that runs beside the test. Disposing ends it and its children.</summary>
public sealed class RunningCommand : IDisposable
{
    private static readonly TimeSpan LastWords = TimeSpan.FromSeconds(5);

    private readonly Process _process;
    private readonly StringBuilder _output = new();
    private readonly StringBuilder _error = new();
    private int _openStreams = 2;

    internal RunningCommand(string program, string[] arguments)
    {
        Line = string.Join(' ', arguments.Prepend(program));
        var start = new ProcessStartInfo(Command.Find(program), arguments) { RedirectStandardOutput = true, RedirectStandardError = true, RedirectStandardInput = true };
        start.Environment["PATH"] = Command.SearchPath;
        _process = new Process { StartInfo = start };
        _process.OutputDataReceived += (_, line) => Collect(_output, line.Data);
        _process.ErrorDataReceived += (_, line) => Collect(_error, line.Data);
        try
        {
            _process.Start();
        }
        catch (Win32Exception missing)
        {
            throw new InvalidOperationException($"cannot start `{Line}`: {missing.Message}", missing);
        }

        _process.StandardInput.Close();
        _process.BeginOutputReadLine();
        _process.BeginErrorReadLine();
    }

    /// <summary>The command as a person would type it.</summary>
    public string Line { get; }

    /// <summary>Number of the process, to signal it.</summary>
    public int ProcessId => _process.Id;

    /// <summary>True once the program has ended.</summary>
    public bool HasExited => _process.HasExited;

    /// <summary>What the program printed so far.</summary>
    public string Output => Snapshot(_output);

    /// <summary>What the program wrote to its error stream so far.</summary>
    public string Error => Snapshot(_error);

    /// <summary>Waits until the program's output contains a text.</summary>
    /// <returns>False if it ended or the time was up before.</returns>
    public bool WaitForOutput(string text, TimeSpan timeout) =>
        Wait.Until(() => Output.Contains(text, StringComparison.Ordinal) || Error.Contains(text, StringComparison.Ordinal), timeout, () => HasExited && HasSaidAll());

    /// <summary>True once both streams have ended: the last lines of a program arrive after its end, unless a child holds on to the streams.</summary>
    private bool HasSaidAll() => Volatile.Read(ref _openStreams) <= 0 || DateTime.Now - _process.ExitTime > LastWords;

    /// <summary>Waits for the end; when the time is up the program is ended and the exit code is -1.</summary>
    public CommandResult WaitForExit(TimeSpan timeout)
    {
        bool inTime = _process.WaitForExit(timeout);
        if (!inTime)
        {
            End();
        }

        _process.WaitForExit();
        return new CommandResult(Line, inTime ? _process.ExitCode : -1, Output, Error);
    }

    /// <inheritdoc/>
    public void Dispose()
    {
        End();
        _process.Dispose();
    }

    private void End()
    {
        try
        {
            if (!_process.HasExited)
            {
                _process.Kill(entireProcessTree: true);
                _process.WaitForExit(TimeSpan.FromSeconds(5));
            }
        }
        catch (InvalidOperationException)
        {
            // It ended by itself between the question and the kill.
        }
    }

    private void Collect(StringBuilder into, string? line)
    {
        if (line is null)
        {
            Interlocked.Decrement(ref _openStreams);
        }
        else
        {
            lock (into)
            {
                into.AppendLine(line);
            }
        }
    }

    private static string Snapshot(StringBuilder from)
    {
        lock (from)
        {
            return from.ToString();
        }
    }
}
