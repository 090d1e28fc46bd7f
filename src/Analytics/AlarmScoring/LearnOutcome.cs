namespace Weft.Analytics;

/// <summary>What became of a row that was to be learned.</summary>
public enum LearnOutcome
{
    /// <summary>It is part of the intended state.</summary>
    Learned,

    /// <summary>Its length or a code is not the schema's.</summary>
    Malformed,

    /// <summary>There are as many processes as there may be, and this is another one.</summary>
    TooManyProcesses,

    /// <summary>Its source has taught as much about this process as it may.</summary>
    SourceExhausted,

    /// <summary>There are as many sources as are remembered, and this is another one.</summary>
    TooManySources,
}
