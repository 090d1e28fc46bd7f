namespace Weft.Services;

/// <summary>How strict a <see cref="ConnectionTracker"/> is.</summary>
public sealed record ConnectionTrackerOptions
{
    /// <summary>
    /// Whether TCP connections are taken up in their middle, whose opening nobody saw: after a restart without state, for example.
    /// Windows are learned from what comes; until both sides have spoken nothing is refused.
    /// </summary>
    public bool PickUp { get; init; }

    /// <summary>Whether segments outside the window pass, counted, instead of being dropped.</summary>
    public bool Liberal { get; init; }
}
