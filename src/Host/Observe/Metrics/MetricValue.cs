namespace Weft.Host.Observe;

/// <summary>One value of a metric.</summary>
/// <param name="Value">The value, in the metric's unit; that of a counter is whole.</param>
/// <param name="Labels">What it is the value of, the same names in the same order for all values of a metric.</param>
public readonly record struct MetricValue(double Value, IReadOnlyList<KeyValuePair<string, object?>> Labels);
