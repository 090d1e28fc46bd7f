namespace Weft.Host.Observe;

/// <summary>What would become of an entity's quotient.</summary>
/// <param name="Type"><c>network</c>, <c>application</c> or <c>machine</c>.</param>
/// <param name="Name">Its name.</param>
/// <param name="Before">What it is; null if the entity is new.</param>
/// <param name="After">What it would be.</param>
public sealed record QuotientForecastSnapshot(string Type, string Name, double? Before, double After);
