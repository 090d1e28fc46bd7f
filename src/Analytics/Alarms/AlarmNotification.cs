using Weft.Packets;

namespace Weft.Analytics;

/// <summary>One thing to tell people, or to store.</summary>
/// <param name="Identity">Which alarm.</param>
/// <param name="Change">What happened to it.</param>
/// <param name="Severity">Its severity now; <see cref="AlarmSeverity.Cleared"/> when it is over.</param>
/// <param name="Score">The last score, 0 to 100.</param>
/// <param name="Time">When it happened.</param>
/// <param name="Occurrences">How often it was raised since it was first raised or last cleared.</param>
public readonly record struct AlarmNotification(
    AlarmIdentity Identity, AlarmChange Change, AlarmSeverity Severity, double Score, Timestamp Time, long Occurrences);
