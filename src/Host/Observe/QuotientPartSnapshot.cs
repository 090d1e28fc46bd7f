namespace Weft.Host.Observe;

/// <summary>What one attribute gives to a quotient.</summary>
/// <param name="Name">The attribute.</param>
/// <param name="Points">What it gives.</param>
/// <param name="Possible">What it could give.</param>
public sealed record QuotientPartSnapshot(string Name, double Points, double Possible);
