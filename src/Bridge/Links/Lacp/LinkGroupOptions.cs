namespace Weft.Bridge;

/// <summary>Links that are to be used as one.</summary>
public sealed record LinkGroupOptions
{
    /// <summary>The links, 1 to 64.</summary>
    public required IReadOnlyList<LinkMemberOptions> Members { get; init; }

    /// <summary>How they agree.</summary>
    public LacpMode Mode { get; init; }

    /// <summary>Rank of the system; the lower number decides which links are used where not all are.</summary>
    public ushort SystemPriority { get; init; } = 0x8000;

    /// <summary>Whether the partner is to speak every second, and is given up after three; otherwise every 30 and after 90.</summary>
    public bool FastRate { get; init; }

    /// <summary>Least links that must be usable for the group to carry frames, at least 1.</summary>
    public int MinLinks { get; init; } = 1;

    /// <summary>Most links that are used, at least 1; the others stand by.</summary>
    public int MaxLinks { get; init; } = 64;

    /// <summary>Whether one link carries frames alone while no partner speaks LACP: for a machine that boots from the network.</summary>
    public bool Fallback { get; init; }
}
