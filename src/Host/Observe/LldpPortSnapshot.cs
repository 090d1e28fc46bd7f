namespace Weft.Host.Observe;

/// <summary>What link layer discovery counted at a port (IEEE 802.1AB clause 9.2.6).</summary>
public sealed record LldpPortSnapshot
{
    /// <summary>Name of the port.</summary>
    public required string Port { get; init; }

    /// <summary>receive, transmit or both.</summary>
    public required string Mode { get; init; }

    /// <summary>Frames sent.</summary>
    public long Sent { get; init; }

    /// <summary>Frames received.</summary>
    public long Received { get; init; }

    /// <summary>Frames discarded whole.</summary>
    public long Discarded { get; init; }

    /// <summary>Frames with an error in any TLV.</summary>
    public long InErrors { get; init; }

    /// <summary>TLVs discarded while their frame was taken.</summary>
    public long TlvsDiscarded { get; init; }

    /// <summary>TLVs of types that are not known here.</summary>
    public long TlvsUnrecognized { get; init; }

    /// <summary>Neighbours forgotten because their time to live ended.</summary>
    public long AgedOut { get; init; }

    /// <summary>Frames discarded because as many neighbours were remembered as may be.</summary>
    public long TooManyNeighbors { get; init; }
}
