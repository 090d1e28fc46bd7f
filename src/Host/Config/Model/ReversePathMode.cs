namespace Weft.Host.Config;

/// <summary>Whether a router believes source addresses (RFC 2827, RFC 3704).</summary>
public enum ReversePathMode
{
    /// <summary>It forwards whatever the source is (RFC 1812 section 5.3.8: the default).</summary>
    Off,

    /// <summary>The way back to the source must lead through the interface that the packet came by (RFC 3704 section 2.2).</summary>
    Strict,

    /// <summary>There must be a way back to the source, through whichever interface (RFC 3704 section 2.4).</summary>
    Loose,
}
