namespace Weft.Analytics;

/// <summary>Names a feature, a weighted set of attributes, of a <see cref="QuotientModel"/>.</summary>
/// <param name="Index">From 0, over all types.</param>
public readonly record struct QuotientFeature(int Index);
