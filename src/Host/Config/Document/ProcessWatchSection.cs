namespace Weft.Host.Config.Document;

/// <summary>The key <c>analytics.processes</c>.</summary>
internal sealed class ProcessWatchSection : Section
{
    public Setting<ProcessCollector> Collector { get; set; }

    public List<Setting<string>> NetworkNamespaces { get; } = [];

    public List<Setting<int>> Users { get; } = [];

    public List<Setting<string>> Ignore { get; } = [];

    public List<PeerGroupSection> Groups { get; } = [];

    public Setting<int> LearnSeconds { get; set; }

    public Setting<int> PollMilliseconds { get; set; }

    public Setting<int> ObserveSeconds { get; set; }

    public Setting<int> MaxProcesses { get; set; }

    public Setting<int> FeatureBits { get; set; }

    public Setting<int> RadiusPercent { get; set; }

    public Setting<int> FalseAlarmPermille { get; set; }

    public Setting<int> PromoteSeconds { get; set; }

    public Setting<int> PromoteObservations { get; set; }

    public Setting<int> PromoteSources { get; set; }

    public Setting<int> HalfLifeHours { get; set; }

    public Setting<int> RegroupSeconds { get; set; }

    public Setting<int> ClearSeconds { get; set; }
}
