namespace Weft.Host.Config.Document;

/// <summary>The key <c>police</c> of a rule.</summary>
internal sealed class QosMeterSection : Section
{
    public Setting<Flows.MeterKind> Mode { get; set; }

    public Setting<int> Kilobits { get; set; }

    public Setting<int> BurstBytes { get; set; }

    public Setting<int> SecondKilobits { get; set; }

    public Setting<int> SecondBurstBytes { get; set; }

    public Setting<bool> ColorAware { get; set; }

    public Setting<int> YellowDscp { get; set; }

    public Setting<int> RedDscp { get; set; }
}
