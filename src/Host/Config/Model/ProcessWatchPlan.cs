namespace Weft.Host.Config;

/// <summary>The processes of this machine: which are watched, and what becomes normal when.</summary>
public sealed record ProcessWatchPlan
{
    /// <summary>How processes are found.</summary>
    public ProcessCollector Collector { get; init; } = ProcessCollector.Auto;

    /// <summary>Names of network namespaces whose processes are watched; all if there are none.</summary>
    public IReadOnlyList<string> NetworkNamespaces { get; init; } = [];

    /// <summary>Numbers of users whose processes are watched; all if there are none.</summary>
    public IReadOnlyList<int> Users { get; init; } = [];

    /// <summary>Beginnings of paths of programs that are not watched.</summary>
    public IReadOnlyList<string> Ignore { get; init; } = [];

    /// <summary>Names for the addresses that processes talk to.</summary>
    public IReadOnlyList<PeerGroupPlan> Groups { get; init; } = [];

    /// <summary>How long everything seen is taken for normal, counted from the first start.</summary>
    public TimeSpan Learn { get; init; } = TimeSpan.FromDays(1);

    /// <summary>Time between two looks at what processes have open.</summary>
    public TimeSpan Poll { get; init; } = TimeSpan.FromMilliseconds(200);

    /// <summary>How often a process that does nothing new counts again.</summary>
    public TimeSpan Observe { get; init; } = TimeSpan.FromMinutes(1);

    /// <summary>Processes watched at a time.</summary>
    public int MaxProcesses { get; init; } = 4096;

    /// <summary>Bits of a feature vector, a multiple of 64.</summary>
    public int FeatureBits { get; init; } = 2048;

    /// <summary>Largest Jaccard distance from a normal cluster that is normal, above 0 and below 1.</summary>
    public double Radius { get; init; } = 0.12;

    /// <summary>Share of normal actions that score as abnormal, above 0 and below 1.</summary>
    public double FalseAlarmRate { get; init; } = 0.01;

    /// <summary>How long a new behaviour must have been known before it becomes normal.</summary>
    public TimeSpan PromoteAfter { get; init; } = TimeSpan.FromDays(1);

    /// <summary>How often it must have been seen.</summary>
    public int PromoteObservations { get; init; } = 5;

    /// <summary>In how many control groups (services, containers) it must have been seen.</summary>
    public int PromoteSources { get; init; } = 1;

    /// <summary>Time in which the weight of what was seen halves.</summary>
    public TimeSpan HalfLife { get; init; } = TimeSpan.FromDays(7);

    /// <summary>How often normal behaviours are grouped into roles, besides after learning and promotions.</summary>
    public TimeSpan Regroup { get; init; } = TimeSpan.FromHours(1);

    /// <summary>How long after the last process that showed it an alarm is cleared.</summary>
    public TimeSpan ClearAfter { get; init; } = TimeSpan.FromMinutes(5);
}
