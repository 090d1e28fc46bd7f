namespace Weft.Host.Config.Document;

/// <summary><c>services[].policer</c>.</summary>
internal sealed class PolicerSection : Section
{
    public Setting<int> OutKilobits { get; set; }

    public Setting<int> InKilobits { get; set; }

    public Setting<int> FlowKilobits { get; set; }

    public Setting<int> FlowsPerSecond { get; set; }

    public Setting<int> BurstMilliseconds { get; set; }
}
