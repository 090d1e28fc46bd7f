namespace Weft.Analytics;

/// <summary>What a vector changed in the model.</summary>
public enum BehaviorAdaptation : byte
{
    /// <summary>Nothing.</summary>
    None,

    /// <summary>A normal cluster took it in.</summary>
    Absorbed,

    /// <summary>It is normal, but would have moved its cluster too far from where it was approved: the cluster stays.</summary>
    HeldByAnchor,

    /// <summary>An outlier cluster took it in.</summary>
    AbsorbedByOutlier,

    /// <summary>It began an outlier cluster.</summary>
    Created,

    /// <summary>Its outlier cluster has become normal: what comes after it, like it, raises no alarm.</summary>
    Promoted,
}
