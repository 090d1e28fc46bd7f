namespace Weft.Host.Config.Document;

/// <summary><c>metrics</c>.</summary>
internal sealed class MetricsSection : Section
{
    public Setting<string> Otlp { get; set; }

    public Setting<OtlpProtocol> Protocol { get; set; }

    public Setting<int> IntervalSeconds { get; set; }
}
