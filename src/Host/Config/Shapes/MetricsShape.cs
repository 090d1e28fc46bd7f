using Weft.Host.Config.Document;

namespace Weft.Host.Config.Shapes;

/// <summary>The keys of metrics.</summary>
internal static class MetricsShape
{
    public static Shape<MetricsSection> Shape { get; } = new(
        "metrics",
        "Where metrics are sent, beside /metrics of the web server..",
        new ScalarField<MetricsSection, string>("otlp", "OpenTelemetry collector, such as http://127.0.0.1:4318; metrics go to /v1/metrics there.", Scalars.Member, (s, v) => s.Otlp = v).Required(),
        new ScalarField<MetricsSection, OtlpProtocol>("protocol", "http: protocol buffers over HTTP. grpc: gRPC.", Scalars.OneOf(("http", OtlpProtocol.Http), ("grpc", OtlpProtocol.Grpc)), (s, v) => s.Protocol = v).Default(OtlpProtocol.Http),
        new ScalarField<MetricsSection, int>("intervalSeconds", "Time between two reports.", Scalars.Integer(1, 3600, "seconds"), (s, v) => s.IntervalSeconds = v).Default(10));
}
