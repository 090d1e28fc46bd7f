namespace Weft.Analytics;

/// <summary>How features become bits.</summary>
public enum FeatureMapping
{
    /// <summary>Each feature has a bit of its own, in the order of their learning; the last bit stands for all that found no place.</summary>
    Registry,

    /// <summary>A keyed hash chooses the bit: constant memory whatever comes, at the price of features that share one.</summary>
    Hashed,
}
