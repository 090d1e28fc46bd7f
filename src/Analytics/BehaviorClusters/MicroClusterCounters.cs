namespace Weft.Analytics;

/// <summary>What a <see cref="MicroClusterModel"/> saw and did.</summary>
public struct MicroClusterCounters
{
    /// <summary>Vectors judged.</summary>
    public long Observed;

    /// <summary>Vectors within no normal cluster.</summary>
    public long Anomalous;

    /// <summary>Clusters made by training.</summary>
    public long Trained;

    /// <summary>Training vectors not learned because the model was full.</summary>
    public long TrainingRefused;

    /// <summary>Outlier clusters made.</summary>
    public long Created;

    /// <summary>Outlier clusters that became normal.</summary>
    public long Promoted;

    /// <summary>Vectors that would have moved a normal cluster too far.</summary>
    public long HeldByAnchor;

    /// <summary>Normal clusters forgotten because they were not seen any more.</summary>
    public long ForgottenPotential;

    /// <summary>Outlier clusters forgotten because they did not grow.</summary>
    public long ForgottenOutliers;

    /// <summary>Outlier clusters evicted because the model was full.</summary>
    public long Evicted;

    /// <summary>Vectors that began no outlier cluster because all places hold normal ones.</summary>
    public long NoPlace;

    /// <summary>Calls whose time was before the last one; taken as the same time.</summary>
    public long ClockWentBack;
}
