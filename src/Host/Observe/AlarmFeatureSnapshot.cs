namespace Weft.Host.Observe;

/// <summary>One thing that an alarm is about.</summary>
/// <param name="Name">The attribute.</param>
/// <param name="Value">What was seen.</param>
/// <param name="Contribution">How much it speaks for the alarm, comparable within the alarm.</param>
public sealed record AlarmFeatureSnapshot(string Name, string Value, double Contribution);
