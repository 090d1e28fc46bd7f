namespace Weft.Analytics;

/// <summary>What quotients are made of: for each type its range and its attributes with function, threshold and weight. Immutable.</summary>
public sealed class QuotientModel
{
    private readonly string[] _types;
    private readonly string[] _features;

    internal QuotientModel(string[] types, string[] features, (double Low, double High)[] ranges, AttributeDefinition[] attributes, double contraction)
    {
        _types = types;
        _features = features;
        Ranges = ranges;
        Attributes = attributes;
        Contraction = contraction;
        OfType = [.. types.Select((_, type) => Enumerable.Range(0, attributes.Length).Where(i => attributes[i].Type == type).ToArray())];
    }

    /// <summary>
    /// How much of a change of all quotients comes back at most in one sweep, below 1: the largest sum of coupled weights of a type.
    /// That is why there is exactly one solution, and how the error of an approximation is known.
    /// </summary>
    public double Contraction { get; }

    /// <summary>Types.</summary>
    public int TypeCount => _types.Length;

    /// <summary>Attributes of all types.</summary>
    public int AttributeCount => Attributes.Length;

    internal AttributeDefinition[] Attributes { get; }

    internal (double Low, double High)[] Ranges { get; }

    internal int[][] OfType { get; }

    /// <summary>The name of a type.</summary>
    public string NameOf(EntityType type) => _types[type.Index];

    /// <summary>The name of an attribute.</summary>
    public string NameOf(QuotientAttribute attribute) => Attributes[attribute.Index].Name;

    /// <summary>The name of the feature that an attribute belongs to.</summary>
    public string FeatureOf(QuotientAttribute attribute) => _features[Attributes[attribute.Index].Feature];

    /// <summary>The share of the whole quotient that an attribute can give, 0 to 1; the shares of a type sum to 1.</summary>
    public double ShareOf(QuotientAttribute attribute) => Attributes[attribute.Index].Share;
}
