namespace Weft.Analytics;

/// <summary>What one attribute gives to a quotient.</summary>
/// <param name="Attribute">Which.</param>
/// <param name="Increment">How much, in units of the quotient.</param>
/// <param name="Possible">How much it could give at most.</param>
public readonly record struct AttributeIncrement(QuotientAttribute Attribute, double Increment, double Possible);
