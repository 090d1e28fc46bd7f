namespace Weft.Host.Config.Document;

/// <summary>The key <c>analytics.flows</c>.</summary>
internal sealed class FlowMeterSection : Section
{
    public Setting<int> Flows { get; set; }

    public Setting<int> ActiveSeconds { get; set; }

    public Setting<int> IdleSeconds { get; set; }

    public Setting<TunnelAddress> Collector { get; set; }

    public Setting<int> CollectorPort { get; set; }

    public Setting<int> Domain { get; set; }
}
