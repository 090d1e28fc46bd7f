namespace Weft.Analytics;

/// <summary>How a measured value becomes a share of 1: 0 is bad, 1 is good.</summary>
public enum AttributeFunction : byte
{
    /// <summary>The value itself, cut to 0 to 1; the threshold is not used.</summary>
    Identity,

    /// <summary>1 from the threshold on, 0 below.</summary>
    Step,

    /// <summary>value / threshold, at most 1.</summary>
    Ramp,

    /// <summary>1 - value / threshold, at least 0: the more, the worse.</summary>
    Falling,

    /// <summary>value / (value + threshold): never quite 1.</summary>
    Saturating,

    /// <summary>1 / (1 + e^(threshold - value)).</summary>
    Logistic,
}
