namespace Weft.Ports;

/// <summary>What a <see cref="MemoryLink"/> did to frames, both directions together.</summary>
public struct MemoryLinkCounters
{
    /// <summary>Frames that vanished by <see cref="MemoryLinkOptions.Loss"/> or were under way when the link was cut.</summary>
    public long Lost;

    /// <summary>Second copies made by <see cref="MemoryLinkOptions.Duplication"/>.</summary>
    public long Duplicated;

    /// <summary>Frames with a flipped bit.</summary>
    public long Corrupted;

    /// <summary>Frames that were held back.</summary>
    public long Reordered;
}
