using System.Diagnostics;
using System.Diagnostics.Metrics;
using Weft.Host.Datapath;

namespace Weft.Host.Observe;

/// <summary>
/// The metrics of a running switch as instruments of <see cref="Meter"/>, for any listener: OpenTelemetry, <c>dotnet-counters</c>, an own
/// one. They are observable: nothing is counted twice, and while nobody listens the switch is not asked. Who listens gets one picture for
/// all instruments, a quarter of a second old at most; a switch that does not answer within a second is told by its last one.
/// </summary>
public sealed class SwitchMeter : IDisposable
{
    /// <summary>Name of the meter.</summary>
    public const string Name = "Weft";

    private static readonly TimeSpan Freshness = TimeSpan.FromMilliseconds(250);
    private static readonly TimeSpan Patience = TimeSpan.FromSeconds(1);

    private readonly Meter _meter;
    private readonly SwitchHost _host;
    private readonly Lock _lock = new();
    private SwitchSnapshot? _picture;
    private long _taken;

    /// <summary>Makes the instruments.</summary>
    /// <param name="host">The switch; it may end before the meter does.</param>
    public SwitchMeter(SwitchHost host)
    {
        ArgumentNullException.ThrowIfNull(host);
        _host = host;
        _meter = new Meter(Name, SwitchHost.Version);
        foreach (SwitchMetric metric in SwitchMetrics.All)
        {
            _ = metric.Kind == MetricKind.Counter
                ? (Instrument)_meter.CreateObservableCounter(metric.Name, () => Picture() is SwitchSnapshot picture ? metric.Read(picture).Select(value => new Measurement<long>((long)value.Value, value.Labels)) : [], metric.Unit, metric.Description)
                : _meter.CreateObservableGauge(metric.Name, () => Picture() is SwitchSnapshot picture ? metric.Read(picture).Select(value => new Measurement<double>(value.Value, value.Labels)) : [], metric.Unit, metric.Description);
        }
    }

    /// <summary>Takes the instruments away.</summary>
    public void Dispose() => _meter.Dispose();

    /// <summary>The last picture, a new one if it is old. Listeners call from threads of their own and can wait for a burst to end.</summary>
    private SwitchSnapshot? Picture()
    {
        lock (_lock)
        {
            if (_picture is null || Stopwatch.GetElapsedTime(_taken) > Freshness)
            {
                // Not on this thread's own context, so that whoever has one does not wait for himself.
                Task<SwitchSnapshot?> asked = Task.Run(TakeAsync);
                _picture = asked.Wait(Patience) ? asked.Result ?? _picture : _picture;
                _taken = Stopwatch.GetTimestamp();
            }

            return _picture;
        }
    }

    private async Task<SwitchSnapshot?> TakeAsync()
    {
        try
        {
            return await _host.SnapshotAsync(SnapshotParts.None).ConfigureAwait(false);
        }
        catch (InvalidOperationException)
        {
            // It has ended, or a worker stands still.
            return _host.Completion.IsCompleted ? (await _host.Completion.ConfigureAwait(false)).Final : null;
        }
    }
}
