using OpenTelemetry;
using OpenTelemetry.Exporter;
using OpenTelemetry.Metrics;
using OpenTelemetry.Resources;
using Weft.Host.Config;
using Weft.Host.Datapath;
using Weft.Host.Observe;

namespace Weft.Cli.Metrics;

/// <summary>Sends the switch's metrics to an OpenTelemetry collector, again and again, from a thread of its own.</summary>
internal sealed class OtlpExport : IDisposable
{
    private const string MetricsPath = "v1/metrics";
    private const int TimeoutMilliseconds = 5_000;
    private static readonly TimeSpan LastWord = TimeSpan.FromSeconds(3);

    private readonly SwitchMeter _meter;
    private readonly MeterProvider _provider;

    public OtlpExport(SwitchHost host, MetricsPlan plan, string name)
    {
        _meter = new SwitchMeter(host);
        _provider = Sdk.CreateMeterProviderBuilder()
            .AddMeter(SwitchMeter.Name)
            .ConfigureResource(resource => resource.Clear().AddService("weft", serviceVersion: SwitchHost.Version, autoGenerateServiceInstanceId: false, serviceInstanceId: name))
            .AddOtlpExporter((exporter, reader) =>
            {
                // All of it is said here: what the environment may say of the exporter counts only where nothing is said.
                bool isGrpc = plan.Protocol == OtlpProtocol.Grpc;
                exporter.Protocol = isGrpc ? OtlpExportProtocol.Grpc : OtlpExportProtocol.HttpProtobuf;
                exporter.Endpoint = isGrpc ? plan.Endpoint : new Uri(plan.Endpoint, MetricsPath);
                exporter.TimeoutMilliseconds = TimeoutMilliseconds;
                reader.TemporalityPreference = MetricReaderTemporalityPreference.Cumulative;
                reader.PeriodicExportingMetricReaderOptions.ExportIntervalMilliseconds = (int)plan.Interval.TotalMilliseconds;
                reader.PeriodicExportingMetricReaderOptions.ExportTimeoutMilliseconds = TimeoutMilliseconds;
            })
            .Build();
    }

    /// <summary>Sends what there is once more and ends.</summary>
    public void Dispose()
    {
        _ = _provider.Shutdown((int)LastWord.TotalMilliseconds);
        _provider.Dispose();
        _meter.Dispose();
    }
}
