namespace Weft.Services;

/// <summary>What came of exported flows that were offered to a set.</summary>
public enum ImportResult : byte
{
    /// <summary>All were taken.</summary>
    Taken,

    /// <summary>The bytes are no export of this format: cut, damaged, or of another version. What was taken before the damage stays.</summary>
    Malformed,

    /// <summary>The set has no room for one of the flows.</summary>
    Full,

    /// <summary>One of the flows has a key that another flow of the set has.</summary>
    Conflict,

    /// <summary>A service's state cannot be taken over.</summary>
    StateRefused,
}
