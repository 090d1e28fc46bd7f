using System.Runtime.InteropServices;

namespace Weft.Cli.Commands;

/// <summary>The first SIGINT or SIGTERM asks for a graceful stop, the second ends the process at once; SIGHUP reloads.</summary>
internal sealed class StopSignals : IDisposable
{
    private const int SignalExitBase = 128;

    private readonly PosixSignalRegistration[] _registrations;
    private readonly Action _stop;
    private int _received;

    public StopSignals(Action stop, Func<Task> reload)
    {
        _stop = stop;
        _registrations =
        [
            PosixSignalRegistration.Create(PosixSignal.SIGINT, context => Stop(context, number: 2)),
            PosixSignalRegistration.Create(PosixSignal.SIGTERM, context => Stop(context, number: 15)),
            PosixSignalRegistration.Create(PosixSignal.SIGHUP, context =>
            {
                context.Cancel = true;
                _ = reload();
            }),
        ];
    }

    public void Dispose()
    {
        foreach (PosixSignalRegistration registration in _registrations)
        {
            registration.Dispose();
        }
    }

    private void Stop(PosixSignalContext context, int number)
    {
        context.Cancel = true;
        if (Interlocked.Increment(ref _received) == 1)
        {
            Console.Error.WriteLine("stopping; a second signal ends at once");
            _stop();
        }
        else
        {
            Environment.Exit(SignalExitBase + number);
        }
    }
}
