namespace Weft.Host.Observe;

/// <summary>What became of a traced packet as a whole.</summary>
public enum TraceOutcome
{
    /// <summary>At least one port sent it.</summary>
    Forwarded,

    /// <summary>No port sent it; a stage dropped it.</summary>
    Dropped,

    /// <summary>It was meant for the switch itself, which dealt with it and may have answered.</summary>
    Consumed,

    /// <summary>It waits: for the MAC address of a neighbour on the underlay, or as a fragment for the rest of its frame.</summary>
    Held,
}
