namespace Weft.Services;

/// <summary>What a firewall does with a flow.</summary>
public enum FirewallAction : byte
{
    /// <summary>Lets it pass, and what comes back.</summary>
    Allow,

    /// <summary>Drops its packets without a word.</summary>
    Drop,

    /// <summary>Drops its packets and tells who sent them: a reset for TCP, ICMP "administratively prohibited" for everything else (RFC 1812 section 5.2.7.1, RFC 4443 section 3.1).</summary>
    Reject,
}
