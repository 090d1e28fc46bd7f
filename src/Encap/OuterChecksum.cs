namespace Weft.Encap;

/// <summary>What goes into the UDP checksum field of outer headers.</summary>
public enum OuterChecksum : byte
{
    /// <summary>
    /// Zero over IPv4, which RFC 7348 section 5 and RFC 8926 section 3.3 ask for by default, computed over IPv6, which
    /// RFC 8200 section 8.1 requires.
    /// </summary>
    Standard,

    /// <summary>Computed over both. Costs one pass over the inner frame.</summary>
    Always,

    /// <summary>
    /// Zero over both. Over IPv6 the operator vouches for the conditions of RFC 6935 section 5 and RFC 6936 section 4: the
    /// path delivers such datagrams and the other end accepts them.
    /// </summary>
    Zero,
}
