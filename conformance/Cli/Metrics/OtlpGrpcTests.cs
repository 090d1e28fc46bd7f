using System.Buffers.Binary;
using System.Net;
using Microsoft.AspNetCore.Builder;
using Microsoft.AspNetCore.Hosting;
using Microsoft.AspNetCore.Http;
using Microsoft.AspNetCore.Server.Kestrel.Core;
using Microsoft.Extensions.DependencyInjection;
using Weft.Cli.Metrics;
using Weft.Conformance.HostTests;
using Weft.Conformance.Support;
using Weft.Host.Config;
using Weft.Host.Datapath;
using Weft.Host.Observe;

namespace Weft.Conformance.CliTests;

/// <summary>What a collector gets over gRPC, by a server that knows HTTP/2 and the five octets in front of a message, and nothing of the exporter.</summary>
[Trait(Kind.Key, Kind.Model)]
[Collection("meters of the process")]
public sealed class OtlpGrpcTests
{
    private const int PrefixBytes = 5;
    private const int ResourceMetrics = 1, ScopeMetrics = 2, Metrics = 2, Name = 1;

    [Fact]
    public async Task A_collector_over_gRPC_gets_every_metric_again_and_again_and_its_answer_is_understood()
    {
        using var patience = CancellationTokenSource.CreateLinkedTokenSource(TestContext.Current.CancellationToken);
        patience.CancelAfter(TimeSpan.FromSeconds(60));
        var reports = System.Threading.Channels.Channel.CreateUnbounded<(string Path, string? Type, string Protocol, byte[] Body)>();
        await using WebApplication collector = Listen(reports.Writer);
        await collector.StartAsync(patience.Token);
        await using SwitchHost host = SwitchHost.Start(TestPlans.Resolved(), new SwitchHostOptions { OpenPort = port => new IdleLivePort(port.Name) });
        SwitchSnapshot picture = await host.SnapshotAsync(SnapshotParts.None);
        using var export = new OtlpExport(host, new MetricsPlan { Endpoint = new Uri(collector.Urls.Single()), Protocol = OtlpProtocol.Grpc, Interval = TimeSpan.FromSeconds(1) }, "edge");

        // The second report comes on the same connection only if the answer to the first was right.
        for (int report = 0; report < 2; report++)
        {
            (string path, string? type, string protocol, byte[] body) = await reports.Reader.ReadAsync(patience.Token);
            Assert.Equal(("/opentelemetry.proto.collector.metrics.v1.MetricsService/Export", "HTTP/2"), (path, protocol));
            Assert.StartsWith("application/grpc", type);
            Assert.Equal((0, body.Length - PrefixBytes), (body[0], BinaryPrimitives.ReadInt32BigEndian(body.AsSpan(1))));
            string[] expected = [.. SwitchMetrics.All.Where(metric => metric.Read(picture).Any()).Select(metric => metric.Name)];
            Assert.Equal(expected.Order(), Protobuf.At(body[PrefixBytes..], ResourceMetrics, ScopeMetrics, Metrics).Select(metric => Protobuf.TextAt(metric, Name).Single()).Order());
        }
    }

    private static WebApplication Listen(System.Threading.Channels.ChannelWriter<(string Path, string? Type, string Protocol, byte[] Body)> reports)
    {
        WebApplicationBuilder builder = WebApplication.CreateEmptyBuilder(new WebApplicationOptions());
        _ = builder.Services.AddRoutingCore();
        _ = builder.WebHost.UseKestrelCore().ConfigureKestrel(kestrel => kestrel.Listen(IPAddress.Loopback, 0, listen => listen.Protocols = HttpProtocols.Http2));
        WebApplication collector = builder.Build();
        collector.Run(async context =>
        {
            using var body = new MemoryStream();
            await context.Request.Body.CopyToAsync(body, context.RequestAborted);
            _ = reports.TryWrite((context.Request.Path, context.Request.ContentType, context.Request.Protocol, body.ToArray()));
            // An ExportMetricsServiceResponse without a field, and the status behind it (gRPC over HTTP2, "Responses").
            context.Response.ContentType = "application/grpc";
            await context.Response.Body.WriteAsync(new byte[PrefixBytes], context.RequestAborted);
            context.Response.AppendTrailer("grpc-status", "0");
        });
        return collector;
    }
}
