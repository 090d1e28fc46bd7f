namespace Weft.Analytics;

/// <summary>What one attribute has to do with an alarm's score.</summary>
/// <param name="Attribute">The attribute.</param>
/// <param name="Factor">Its part of the outlier factor; the parts sum to the factor.</param>
/// <param name="Usual">What its most frequent value would have contributed.</param>
/// <param name="EntropyDrop">How much the weighted entropy would fall if the alarm did not have this feature.</param>
/// <param name="Count">How often the value occurs in the intended state.</param>
/// <param name="UsualCode">Code of the most frequent value, to tell people what was expected.</param>
public readonly record struct AttributeContribution(
    AttributeId Attribute, double Factor, double Usual, double EntropyDrop, long Count, ushort UsualCode)
{
    /// <summary>How much more outlying the value is than the usual one; at least 0.</summary>
    public double Excess => Factor - Usual;
}
