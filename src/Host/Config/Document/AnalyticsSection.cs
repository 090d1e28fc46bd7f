namespace Weft.Host.Config.Document;

/// <summary>The key <c>analytics</c>.</summary>
internal sealed class AnalyticsSection : Section
{
    public AlarmStoreSection Store { get; set; } = new();

    public ProcessWatchSection Processes { get; set; } = new();

    public FlowMeterSection Flows { get; set; } = new();

    public QuotientSection Quotients { get; set; } = new();
}
