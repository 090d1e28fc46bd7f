namespace Weft.Analytics;

/// <summary>Names an attribute of a <see cref="HoloEntropySchema"/>: its place in a row.</summary>
/// <param name="Index">From 0; composites follow the plain attributes.</param>
public readonly record struct AttributeId(int Index);
