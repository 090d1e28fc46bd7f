namespace Weft.Analytics;

/// <summary>Two attributes and what they know about each other.</summary>
/// <param name="First">The one that comes first in a row.</param>
/// <param name="Second">The other.</param>
/// <param name="MutualInformation">In natural units; 0 if they are independent.</param>
public readonly record struct AttributePair(AttributeId First, AttributeId Second, double MutualInformation);
