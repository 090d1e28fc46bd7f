namespace Weft.Analytics;

/// <summary>How different two vectors are.</summary>
public enum BehaviorDistance
{
    /// <summary>1 - |a and b| / |a or b|, from 0 to 1; 0 for two empty vectors. The default: features that both lack say nothing.</summary>
    Jaccard,

    /// <summary>Bits that differ, from 0 to the number of bits.</summary>
    Hamming,
}
