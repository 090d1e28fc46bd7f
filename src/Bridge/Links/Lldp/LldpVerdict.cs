namespace Weft.Bridge;

/// <summary>What an <see cref="LldpAgent"/> made of a frame.</summary>
public enum LldpVerdict : byte
{
    /// <summary>The port does not receive LLDP.</summary>
    Disabled,

    /// <summary>The frame breaks a rule for the mandatory TLVs and was discarded.</summary>
    Malformed,

    /// <summary>As many neighbours are remembered behind the port as may be; the new one was discarded.</summary>
    TooManyNeighbors,

    /// <summary>A neighbour that was not known.</summary>
    Added,

    /// <summary>A known neighbour said something else than before.</summary>
    Changed,

    /// <summary>A known neighbour said the same as before.</summary>
    Refreshed,

    /// <summary>A neighbour said good-bye (a time to live of 0).</summary>
    Removed,
}
