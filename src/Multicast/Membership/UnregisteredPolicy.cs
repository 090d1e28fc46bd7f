namespace Weft.Multicast;

/// <summary>Where data goes whose group nobody has joined (RFC 4541 section 2.1.2 (3)).</summary>
public enum UnregisteredPolicy : byte
{
    /// <summary>To all ports until a querier has been heard for the longest response time, then to router ports.</summary>
    FloodUntilQuerier,

    /// <summary>To router ports only.</summary>
    RouterPortsOnly,

    /// <summary>To all ports.</summary>
    Flood,
}
