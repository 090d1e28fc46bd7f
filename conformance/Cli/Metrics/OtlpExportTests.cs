using System.Net;
using Weft.Cli.Metrics;
using Weft.Conformance.HostTests;
using Weft.Conformance.Support;
using Weft.Host.Config;
using Weft.Host.Datapath;
using Weft.Host.Observe;

namespace Weft.Conformance.CliTests;

/// <summary>What a collector of OpenTelemetry gets; numbers of fields are those of opentelemetry-proto 1.x.</summary>
[Trait(Kind.Key, Kind.Model)]
[Collection("meters of the process")]
public sealed class OtlpExportTests
{
    private const int ResourceMetrics = 1, Resource = 1, Attributes = 1, Key = 1, Value = 2, StringValue = 1;
    private const int ScopeMetrics = 2, Metrics = 2, Name = 1, Unit = 3, Sum = 7, DataPoints = 1, AsInt = 6, PointAttributes = 7;

    [Fact]
    public async Task A_collector_gets_every_metric_under_its_name_with_unit_value_and_labels()
    {
        using var patience = CancellationTokenSource.CreateLinkedTokenSource(TestContext.Current.CancellationToken);
        patience.CancelAfter(TimeSpan.FromSeconds(60));
        using HttpListener listener = Listen(out Uri collector);
        await using SwitchHost host = SwitchHost.Start(TestPlans.Resolved(), new SwitchHostOptions { OpenPort = port => new IdleLivePort(port.Name) });
        SwitchSnapshot picture = await host.SnapshotAsync(SnapshotParts.None);
        using var export = new OtlpExport(host, new MetricsPlan { Endpoint = collector, Protocol = OtlpProtocol.Http, Interval = TimeSpan.FromSeconds(1) }, "edge");

        HttpListenerContext posted = await listener.GetContextAsync().WaitAsync(patience.Token);
        using var body = new MemoryStream();
        await posted.Request.InputStream.CopyToAsync(body, patience.Token);
        posted.Response.Close();

        Assert.Equal("/v1/metrics", posted.Request.Url!.AbsolutePath);
        Assert.Equal("application/x-protobuf", posted.Request.ContentType);
        byte[] message = body.ToArray();
        string[] attributes = [.. Protobuf.At(message, ResourceMetrics, Resource, Attributes).Select(Pair)];
        Assert.Equal(["service.instance.id=edge", "service.name=weft", $"service.version={SwitchHost.Version}"], attributes.Order());

        byte[][] metrics = [.. Protobuf.At(message, ResourceMetrics, ScopeMetrics, Metrics)];
        string[] expected = [.. SwitchMetrics.All.Where(metric => metric.Read(picture).Any()).Select(metric => $"{metric.Name} {metric.Unit}")];
        Assert.Equal(expected.Order(), metrics.Select(metric => $"{Protobuf.TextAt(metric, Name).Single()} {Protobuf.TextAt(metric, Unit).Single()}").Order());

        byte[] octets = metrics.Single(metric => Protobuf.TextAt(metric, Name).Single() == "system.network.io");
        byte[][] points = [.. Protobuf.At(octets, Sum, DataPoints)];
        Assert.Equal(2 * picture.Ports.Count, points.Length);
        Assert.Contains(points, point => Protobuf.At(point, PointAttributes).Select(Pair).Order().SequenceEqual(["network.interface.name=web1", "network.io.direction=receive"])
            && BitConverter.ToInt64(Protobuf.At(point, AsInt).Single()) == picture.Ports[0].ReceivedBytes);
    }

    [Fact]
    public async Task A_collector_that_is_not_there_holds_nothing_up()
    {
        await using SwitchHost host = SwitchHost.Start(TestPlans.Resolved(), new SwitchHostOptions { OpenPort = port => new IdleLivePort(port.Name) });
        var export = new OtlpExport(host, new MetricsPlan { Endpoint = new Uri("http://127.0.0.1:1"), Protocol = OtlpProtocol.Http, Interval = TimeSpan.FromSeconds(1) }, "edge");

        Assert.Equal(5, (await host.SnapshotAsync(SnapshotParts.None)).Ports.Count);

        await Task.Run(export.Dispose, TestContext.Current.CancellationToken).WaitAsync(TimeSpan.FromSeconds(60), TestContext.Current.CancellationToken);
    }

    private static string Pair(byte[] attribute) => $"{Protobuf.TextAt(attribute, Key).Single()}={Protobuf.TextAt(attribute, Value, StringValue).Single()}";

    /// <summary>On a port that is free: a listener cannot be asked which one it was given, so it tries.</summary>
    private static HttpListener Listen(out Uri address)
    {
        for (int port = 20_000 + (Environment.ProcessId % 10_000); ; port++)
        {
            var listener = new HttpListener();
            listener.Prefixes.Add($"http://127.0.0.1:{port}/");
            try
            {
                listener.Start();
                address = new Uri($"http://127.0.0.1:{port}");
                return listener;
            }
            catch (HttpListenerException) when (port < 40_000)
            {
                listener.Close();
            }
        }
    }
}
