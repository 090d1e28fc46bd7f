using System.Text.Json.Serialization;

namespace Weft.Cluster;

/// <summary>Who leads, or led last.</summary>
/// <param name="Number">The term, one higher with every leader.</param>
/// <param name="Leader">The name of the candidate that won it.</param>
/// <param name="LeaseMilliseconds">The time of its lease as the store granted it.</param>
/// <param name="LeaseId">The lease itself, which tells a candidate's own win from a namesake's.</param>
/// <param name="Resigned">True if it went of its own accord, and has stopped acting.</param>
public sealed record ElectionTerm(long Number, string Leader, long LeaseMilliseconds, long LeaseId, bool Resigned)
{
    /// <summary>True if somebody leads now, as far as the store knows.</summary>
    [JsonIgnore]
    public bool IsHeld { get; init; }
}
