namespace Weft.Analytics;

/// <summary>Names an attribute of a <see cref="QuotientModel"/>.</summary>
/// <param name="Index">From 0, over all types.</param>
public readonly record struct QuotientAttribute(int Index);
