namespace Weft.Analytics;

/// <summary>An attribute as the solver uses it.</summary>
internal readonly record struct AttributeDefinition(
    string Name, int Type, int Feature, AttributeFunction Function, double Threshold, double Share, Coupling? Coupling, double Neutral, bool IsSelfReported)
{
    /// <summary>The share of 1 that a value earns.</summary>
    public double Of(double value) => Function switch
    {
        AttributeFunction.Identity => Math.Clamp(value, 0, 1),
        AttributeFunction.Step => value >= Threshold ? 1 : 0,
        AttributeFunction.Ramp => Math.Min(1, value / Threshold),
        AttributeFunction.Falling => Math.Max(0, 1 - value / Threshold),
        AttributeFunction.Saturating => value / (value + Threshold),
        _ => 1 / (1 + Math.Exp(Threshold - value)),
    };
}
