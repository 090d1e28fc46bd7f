namespace Weft.Host.Observe;

/// <summary>How values of a metric relate to each other.</summary>
public enum MetricKind
{
    /// <summary>Only grows while the switch runs.</summary>
    Counter,

    /// <summary>Goes up and down.</summary>
    Gauge,
}
