using Weft.Packets;

namespace Weft.Analytics;

/// <summary>An alarm in the list.</summary>
/// <param name="Identity">Which alarm.</param>
/// <param name="Severity">Its last severity while it was there (a cleared alarm keeps it, RFC 8632 section 3.3).</param>
/// <param name="IsCleared">True if it is over.</param>
/// <param name="IsShelved">True if an operator asked not to be told of it. It changes state all the same.</param>
/// <param name="Score">The last score.</param>
/// <param name="FirstRaised">When it was raised first.</param>
/// <param name="LastChanged">When it was last raised, cleared or changed its severity.</param>
/// <param name="Occurrences">How often it was raised since it was first raised or last cleared.</param>
public readonly record struct AlarmState(
    AlarmIdentity Identity,
    AlarmSeverity Severity,
    bool IsCleared,
    bool IsShelved,
    double Score,
    Timestamp FirstRaised,
    Timestamp LastChanged,
    long Occurrences);
