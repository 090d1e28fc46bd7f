namespace Weft.Host.Config;

/// <summary>What goes into the UDP checksum field of outer headers.</summary>
public enum OuterChecksumPolicy
{
    /// <summary>Zero over IPv4, computed over IPv6 (RFC 768, RFC 8200 section 8.1). The default.</summary>
    Standard,

    /// <summary>Always computed.</summary>
    Always,

    /// <summary>Always zero; over IPv6 the operator vouches for the conditions of RFC 6936.</summary>
    Zero,
}
