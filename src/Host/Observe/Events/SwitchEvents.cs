namespace Weft.Host.Observe;

/// <summary>A part of a switch's events.</summary>
public sealed record SwitchEvents
{
    /// <summary>Oldest first.</summary>
    public IReadOnlyList<SwitchEvent> Events { get; init; } = [];

    /// <summary>Events that were asked for and had been overwritten by newer ones before they could be read.</summary>
    public required long Lost { get; init; }

    /// <summary>Sequence number to ask for next.</summary>
    public required long Next { get; init; }
}
