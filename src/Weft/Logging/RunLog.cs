using Weft.Cli.Views;
using Weft.Host.Datapath;
using Weft.Host.Observe;

namespace Weft.Cli.Logging;

/// <summary>
/// Writes what happens in the switch to the standard error output while it runs, and in JSON makes objects of the command's own messages there,
/// too. The switch does not wait for it: what it could not write before it was overwritten is counted in the log itself.
/// </summary>
internal sealed class RunLog : IAsyncDisposable
{
    private static readonly TimeSpan Pause = TimeSpan.FromMilliseconds(100);

    // Of RFC 5424 section 6.2.1: 6 informational, 5 notice, 4 warning, 1 alert.
    private static readonly int[] Priorities = [6, 5, 4, 1];

    private readonly LogFormat _format;
    private readonly EventSeverity _least;
    private readonly TextWriter _plain = Console.Error;
    private readonly JsonLines? _objects;
    private readonly CancellationTokenSource _stop = new();
    private Task _writing = Task.CompletedTask;

    /// <summary>Begins, before the switch does: what keeps it from starting belongs into the log as well.</summary>
    public RunLog(LogFormat format, EventSeverity least)
    {
        (_format, _least) = (format, least);
        if (format == LogFormat.Json)
        {
            _objects = new JsonLines(_plain, TimeProvider.System);
            Console.SetError(TextWriter.Synchronized(_objects));
        }
    }

    /// <summary>Begins to write what happens in a switch.</summary>
    public void Follow(SwitchHost host)
    {
        if (_format != LogFormat.None)
        {
            _writing = WriteAsync(host);
        }
    }

    /// <summary>Ends when everything is written that has happened.</summary>
    public async ValueTask DisposeAsync()
    {
        await _stop.CancelAsync().ConfigureAwait(false);
        await _writing.ConfigureAwait(false);
        if (_objects is not null)
        {
            await _objects.FlushAsync().ConfigureAwait(false);
            Console.SetError(_plain);
        }

        _stop.Dispose();
    }

    private async Task WriteAsync(SwitchHost host)
    {
        long next = 0;
        bool isLast;
        do
        {
            isLast = _stop.IsCancellationRequested;
            SwitchEvents part;
            do
            {
                part = host.ReadEvents(next);
                Write(part);
                next = part.Next;
            }
            while (part.Events.Count > 0);

            await Task.Delay(Pause, _stop.Token).ConfigureAwait(ConfigureAwaitOptions.SuppressThrowing);
        }
        while (!isLast);
    }

    private void Write(SwitchEvents part)
    {
        if (part.Lost > 0)
        {
            WriteLine(EventSeverity.Warning, EventView.Lost(part.Lost, _format == LogFormat.Json));
        }

        foreach (SwitchEvent happened in part.Events.Where(happened => happened.Severity >= _least))
        {
            WriteLine(happened.Severity, _format switch
            {
                LogFormat.Json => SnapshotJson.Serialize(happened),
                LogFormat.Journal => EventView.Line(happened, withTime: false),
                _ => EventView.Line(happened),
            });
        }
    }

    private void WriteLine(EventSeverity severity, string line) =>
        _plain.WriteLine(_format == LogFormat.Journal ? $"<{Priorities[(int)severity]}>{line}" : line);
}
