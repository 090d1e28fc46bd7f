namespace Weft.Analytics;

/// <summary>Names a type of entity, such as machine, application or data centre, of a <see cref="QuotientModel"/>.</summary>
/// <param name="Index">From 0.</param>
public readonly record struct EntityType(int Index);
