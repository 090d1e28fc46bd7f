namespace Weft.Bridge;

/// <summary>A port that belongs to a group of links.</summary>
public sealed record LinkMemberOptions
{
    /// <summary>Number of the port.</summary>
    public required int Port { get; init; }

    /// <summary>Rank; ports with lower numbers are used first.</summary>
    public ushort Priority { get; init; } = 0x8000;
}
