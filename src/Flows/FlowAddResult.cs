namespace Weft.Flows;

/// <summary>What became of an addition.</summary>
public enum FlowAddResult : byte
{
    /// <summary>
    /// There is no new entry: the table was full, or too crowded around this key, which does not happen as long as the seed is
    /// secret (<see cref="FlowTableCounters.RefusedCrowded"/>).
    /// </summary>
    Refused,

    /// <summary>A new entry was made; its value is all zeros.</summary>
    Added,

    /// <summary>A new entry was made in the place of another, which was evicted.</summary>
    AddedByEvicting,

    /// <summary>The key was there; the handle names its entry. Nothing changed.</summary>
    AlreadyPresent,

    /// <summary>
    /// Sessions only: one of the keys belongs to a session that has not both; the handle names that session. Nothing changed.
    /// </summary>
    Conflict,
}
