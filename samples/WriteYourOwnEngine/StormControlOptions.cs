namespace Weft.Samples.WriteYourOwnEngine;

/// <summary>Options of <see cref="StormControl"/>.</summary>
public sealed record StormControlOptions
{
    /// <summary>Ports, 1 to 4,096.</summary>
    public required int Ports { get; init; }

    /// <summary>Broadcast frames a second and port, 1 to 10,000,000.</summary>
    public required int FramesPerSecond { get; init; }

    /// <summary>Frames that may come at once, 1 to 1,000,000.</summary>
    public int Burst { get; init; } = 100;
}
