namespace Weft.Analytics;

/// <summary>What a micro-cluster stands for.</summary>
public enum ClusterState : byte
{
    /// <summary>No cluster.</summary>
    None,

    /// <summary>Behaviour seen, but not enough, not by enough machines, or not for long enough to be normal. Matching it is an alarm.</summary>
    Outlier,

    /// <summary>Normal behaviour (a potential micro-cluster in the words of DenStream).</summary>
    Potential,
}
