namespace Weft.Analytics;

/// <summary>Builds a <see cref="QuotientModel"/>: types, their features, the features' attributes.</summary>
/// <remarks>
/// Weights are relative: those of a type's features, and those of a feature's attributes, are normalised to a sum of 1.
/// What an entity says about itself can be a lie; <see cref="MaxSelfReported"/> bounds what all such attributes together give.
/// </remarks>
public sealed class QuotientModelBuilder
{
    private readonly List<(string Name, double Low, double High)> _types = [];
    private readonly List<(string Name, int Type, double Weight)> _features = [];
    private readonly List<AttributeDefinition> _attributes = [];

    /// <summary>Largest share of a type's quotient that self-reported attributes may give together, 0 to 1; 0.2 by default.</summary>
    public double MaxSelfReported { get; init; } = 0.2;

    /// <summary>Adds a type whose quotients lie between <paramref name="low"/> (worst) and <paramref name="high"/> (best).</summary>
    public EntityType AddType(string name, double low = 0, double high = 100)
    {
        ArgumentException.ThrowIfNullOrEmpty(name);
        Require(double.IsFinite(low) && double.IsFinite(high) && low < high, nameof(high), high, $"above {low} and finite");
        _types.Add((name, low, high));
        return new EntityType(_types.Count - 1);
    }

    /// <summary>Adds a feature of a type.</summary>
    public QuotientFeature AddFeature(EntityType type, string name, double weight)
    {
        ArgumentException.ThrowIfNullOrEmpty(name);
        ArgumentOutOfRangeException.ThrowIfGreaterThanOrEqual((uint)type.Index, (uint)_types.Count, nameof(type));
        RequireWeight(weight);
        _features.Add((name, type.Index, weight));
        return new QuotientFeature(_features.Count - 1);
    }

    /// <summary>Adds an attribute that is measured.</summary>
    /// <param name="feature">The feature it belongs to.</param>
    /// <param name="name">What people call it.</param>
    /// <param name="function">How a value becomes a share.</param>
    /// <param name="threshold">The function's threshold; above 0 for the functions that divide by it.</param>
    /// <param name="weight">Relative to the feature's other attributes, above 0.</param>
    /// <param name="neutral">The share while nothing was measured, 0 to 1.</param>
    /// <param name="isSelfReported">True if the entity itself is the only witness.</param>
    public QuotientAttribute AddAttribute(
        QuotientFeature feature, string name, AttributeFunction function, double threshold, double weight, double neutral = 0, bool isSelfReported = false)
    {
        bool divides = function is AttributeFunction.Ramp or AttributeFunction.Falling or AttributeFunction.Saturating;
        Require(double.IsFinite(threshold) && (!divides || threshold > 0), nameof(threshold), threshold, "a finite number, above 0 where it divides");
        return Add(feature, name, function, threshold, weight, null, neutral, isSelfReported);
    }

    /// <summary>Adds an attribute that is made of other entities' quotients.</summary>
    /// <param name="feature">The feature it belongs to.</param>
    /// <param name="name">What people call it.</param>
    /// <param name="coupling">Whose quotients.</param>
    /// <param name="weight">Relative to the feature's other attributes, above 0.</param>
    /// <param name="neutral">The share of an entity that has no such others, 0 to 1; 1 by default.</param>
    public QuotientAttribute AddCoupled(QuotientFeature feature, string name, Coupling coupling, double weight, double neutral = 1) =>
        Add(feature, name, AttributeFunction.Identity, 0, weight, coupling, neutral, isSelfReported: false);

    /// <summary>Builds the model.</summary>
    /// <exception cref="ArgumentException">
    /// A type or feature has nothing in it; the coupled attributes of a type give all of its quotient, so that the iteration would not
    /// contract; or self-reported ones give more than they may. The message names it.
    /// </exception>
    public QuotientModel Build()
    {
        Require(MaxSelfReported is >= 0 and <= 1, nameof(MaxSelfReported), MaxSelfReported, "0 to 1");
        var attributes = new AttributeDefinition[_attributes.Count];
        for (int i = 0; i < attributes.Length; i++)
        {
            AttributeDefinition one = _attributes[i];
            double ofFeature = _attributes.Where(other => other.Feature == one.Feature).Sum(other => other.Share);
            double ofType = _features.Where(other => other.Type == one.Type).Sum(other => other.Weight);
            attributes[i] = one with { Share = one.Share / ofFeature * (_features[one.Feature].Weight / ofType) };
        }

        foreach ((string name, _, _) in _features.Where((_, feature) => attributes.All(attribute => attribute.Feature != feature)))
        {
            throw new ArgumentException($"feature {name} has no attribute.");
        }

        double contraction = 0;
        for (int type = 0; type < _types.Count; type++)
        {
            AttributeDefinition[] own = [.. attributes.Where(attribute => attribute.Type == type)];
            double coupled = own.Where(attribute => attribute.Coupling is not null).Sum(attribute => attribute.Share);
            double selfReported = own.Where(attribute => attribute.IsSelfReported).Sum(attribute => attribute.Share);
            string name = _types[type].Name;
            Require(own.Length > 0, $"attributes of {name}", own.Length, "at least 1");
            Require(coupled < 1 - 1e-9, $"coupled share of {name}", coupled, "below 1: otherwise there is no unique quotient");
            Require(selfReported <= MaxSelfReported + 1e-12, $"self-reported share of {name}", selfReported, $"at most {MaxSelfReported}");
            contraction = Math.Max(contraction, coupled);
        }

        return new QuotientModel(
            [.. _types.Select(type => type.Name)],
            [.. _features.Select(feature => feature.Name)],
            [.. _types.Select(type => (type.Low, type.High))],
            attributes,
            contraction);
    }

    private QuotientAttribute Add(
        QuotientFeature feature, string name, AttributeFunction function, double threshold, double weight, Coupling? coupling, double neutral, bool isSelfReported)
    {
        ArgumentException.ThrowIfNullOrEmpty(name);
        ArgumentOutOfRangeException.ThrowIfGreaterThanOrEqual((uint)feature.Index, (uint)_features.Count, nameof(feature));
        RequireWeight(weight);
        Require(neutral is >= 0 and <= 1, nameof(neutral), neutral, "0 to 1");
        _attributes.Add(new AttributeDefinition(
            name, _features[feature.Index].Type, feature.Index, function, threshold, weight, coupling, neutral, isSelfReported));
        return new QuotientAttribute(_attributes.Count - 1);
    }

    private static void RequireWeight(double weight) => Require(weight > 0 && double.IsFinite(weight), nameof(weight), weight, "above 0 and finite");

    private static void Require(bool holds, string name, double value, string range)
    {
        if (!holds)
        {
            throw new ArgumentException($"{name} is {value}; the allowed range is {range}.");
        }
    }
}
