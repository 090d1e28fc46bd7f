namespace Weft.Host.Observe;

/// <summary>One metric of a switch: what it is called, and how its values are found in a picture.</summary>
public sealed class SwitchMetric
{
    private readonly Func<SwitchSnapshot, IEnumerable<MetricValue>> _read;

    internal SwitchMetric(string name, MetricKind kind, string unit, string description, Func<SwitchSnapshot, IEnumerable<MetricValue>> read)
    {
        (Name, Kind, Unit, Description) = (name, kind, unit, description);
        _read = read;
    }

    /// <summary>Name by OpenTelemetry's semantic conventions where they have one, else below <c>weft.</c>.</summary>
    public string Name { get; }

    /// <summary>How its values relate to each other.</summary>
    public MetricKind Kind { get; }

    /// <summary>Unit in the Unified Code for Units of Measure, such as <c>By</c>, <c>s</c> or <c>{packet}</c>.</summary>
    public string Unit { get; }

    /// <summary>What it says, in a sentence.</summary>
    public string Description { get; }

    /// <summary>Its values in a picture; none if the switch has nothing of the kind.</summary>
    public IEnumerable<MetricValue> Read(SwitchSnapshot snapshot)
    {
        ArgumentNullException.ThrowIfNull(snapshot);
        return _read(snapshot);
    }
}
