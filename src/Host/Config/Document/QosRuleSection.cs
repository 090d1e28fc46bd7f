namespace Weft.Host.Config.Document;

/// <summary>One rule of a policy of service.</summary>
internal sealed class QosRuleSection : MatchSection
{
    public Setting<int> MarkDscp { get; set; }

    public Setting<int> MarkPriority { get; set; }

    public QosMeterSection Police { get; set; } = new();
}
