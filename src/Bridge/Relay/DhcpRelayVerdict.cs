namespace Weft.Bridge;

/// <summary>What a <see cref="DhcpRelay"/> did with a message.</summary>
public enum DhcpRelayVerdict : byte
{
    /// <summary>It was relayed.</summary>
    Relayed,

    /// <summary>It is damaged, or no message that is relayed this way.</summary>
    Malformed,

    /// <summary>It has passed as many relays as it may.</summary>
    HopLimit,

    /// <summary>It says that it comes from a relay, or carries a relay's option, and no relay is trusted on the link (RFC 3046 section 2.1); or it pretends to come from this one.</summary>
    Spoofed,

    /// <summary>It is an answer for another relay or another link.</summary>
    NotMine,
}
