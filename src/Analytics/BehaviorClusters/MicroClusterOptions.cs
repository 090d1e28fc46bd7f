namespace Weft.Analytics;

/// <summary>How behaviour is clustered, forgotten and accepted.</summary>
public sealed record MicroClusterOptions
{
    /// <summary>Most sources that <see cref="MinSources"/> can ask for.</summary>
    public const int MaxSources = 16;

    /// <summary>How vectors are compared.</summary>
    public BehaviorDistance Distance { get; init; } = BehaviorDistance.Jaccard;

    /// <summary>Largest distance from a normal cluster that is normal, above 0; 0.3 by default, which suits Jaccard.</summary>
    public double Epsilon { get; init; } = 0.3;

    /// <summary>Largest distance at which outlier clusters take a vector in, above 0; 0.4 by default.</summary>
    public double OutlierEpsilon { get; init; } = 0.4;

    /// <summary>
    /// If set, the radius is learned instead of <see cref="Epsilon"/>: the distance that a share of at most this of the calibration
    /// vectors exceeds. Above 0 and below 1.
    /// </summary>
    public double? FalseAlarmRate { get; init; }

    /// <summary>Time in which the weight of what was seen halves, above 0; 1 day by default.</summary>
    public TimeSpan HalfLife { get; init; } = TimeSpan.FromDays(1);

    /// <summary>Weight of a full normal cluster (mu), above 0; 10 by default. Training gives each cluster at least this.</summary>
    public double Mu { get; init; } = 10;

    /// <summary>
    /// Share of <see cref="Mu"/> at which an outlier cluster may become normal and below which a normal one is forgotten (beta),
    /// above 0 and at most 1, with beta times mu above 1; 0.5 by default.
    /// </summary>
    public double Beta { get; init; } = 0.5;

    /// <summary>Different sources that must have shown a behaviour before it can become normal, 1 to <see cref="MaxSources"/>; 2 by default.</summary>
    public int MinSources { get; init; } = 2;

    /// <summary>Time that a behaviour must have been known before it can become normal, at least 0; 1 hour by default.</summary>
    public TimeSpan Dwell { get; init; } = TimeSpan.FromHours(1);

    /// <summary>
    /// Largest distance that a normal cluster may drift from where it was trained or promoted, at least 0; 0.3 by default. Slow
    /// drift beyond it has to pass the promotion like anything new.
    /// </summary>
    public double AnchorRadius { get; init; } = 0.3;

    /// <summary>Clusters, 2 to 65,536. A full model forgets its weakest outlier cluster, never a normal one.</summary>
    public int MaxClusters { get; init; } = 1_024;

    internal double Lambda => 1 / HalfLife.TotalSeconds;

    /// <summary>Seconds after which a normal cluster that gets nothing falls below the limit: how often to prune.</summary>
    internal static double PrunePeriod(double lambda, double beta, double mu) =>
        Math.Ceiling(Math.Log2(beta * mu / (beta * mu - 1)) / lambda);

    internal void Validate()
    {
        Require(Epsilon > 0 && double.IsFinite(Epsilon), nameof(Epsilon), Epsilon, "above 0");
        Require(OutlierEpsilon > 0 && double.IsFinite(OutlierEpsilon), nameof(OutlierEpsilon), OutlierEpsilon, "above 0");
        Require(FalseAlarmRate is null or (> 0 and < 1), nameof(FalseAlarmRate), FalseAlarmRate, "0 to 1, both excluded");
        Require(HalfLife > TimeSpan.Zero, nameof(HalfLife), HalfLife, "above 0");
        Require(Mu > 0 && double.IsFinite(Mu), nameof(Mu), Mu, "above 0");
        Require(Beta is > 0 and <= 1 && Beta * Mu > 1, nameof(Beta), Beta, "0 (excluded) to 1, with Beta * Mu above 1");
        Require(MinSources is >= 1 and <= MaxSources, nameof(MinSources), MinSources, $"1 to {MaxSources}");
        Require(Dwell >= TimeSpan.Zero, nameof(Dwell), Dwell, "0 or more");
        Require(AnchorRadius >= 0, nameof(AnchorRadius), AnchorRadius, "0 or more");
        Require(MaxClusters is >= 2 and <= 65_536, nameof(MaxClusters), MaxClusters, "2 to 65536");
    }

    private static void Require(bool holds, string name, object? value, string range)
    {
        if (!holds)
        {
            throw new ArgumentException($"{name} is {value}; the allowed range is {range}.");
        }
    }
}
