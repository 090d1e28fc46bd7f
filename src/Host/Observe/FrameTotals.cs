namespace Weft.Host.Observe;

/// <summary>
/// Where frames came from and where they ended. Each ends in exactly one place, so
/// <c>Received + Generated = Sent + Dropped + Consumed + Held</c>.
/// </summary>
public readonly record struct FrameTotals
{
    /// <summary>Frames taken from ports.</summary>
    public long Received { get; init; }

    /// <summary>Frames the switch made: copies of flooded frames beyond the first, and its own ARP and ND messages.</summary>
    public long Generated { get; init; }

    /// <summary>Frames that ports accepted.</summary>
    public long Sent { get; init; }

    /// <summary>Frames dropped, each with one reason.</summary>
    public long Dropped { get; init; }

    /// <summary>Frames meant for the switch itself and dealt with: ARP and ND of a tunnel endpoint, suppressed requests.</summary>
    public long Consumed { get; init; }

    /// <summary>Frames that wait for a neighbour's MAC address now.</summary>
    public long Held { get; init; }

    /// <summary>True if every frame is accounted for.</summary>
    public bool Balanced => Received + Generated == Sent + Dropped + Consumed + Held;
}
