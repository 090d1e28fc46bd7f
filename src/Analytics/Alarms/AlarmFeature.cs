namespace Weft.Analytics;

/// <summary>One thing that an alarm is about: an attribute of a process, or of a network, and what it has to do with the alarm.</summary>
/// <param name="Name">The attribute, such as <c>process.parent</c>.</param>
/// <param name="Value">What was seen.</param>
/// <param name="Contribution">How much it speaks for the alarm; 0 if that is not known. Comparable within one alarm only.</param>
public readonly record struct AlarmFeature(string Name, string Value, double Contribution);
