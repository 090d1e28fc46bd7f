namespace Weft.Multicast;

/// <summary>How much of what the standards demand of a message of IGMP or MLD is checked before it is believed. Checksums always are.</summary>
public enum Strictness : byte
{
    /// <summary>
    /// All: TTL or hop limit 1, router alert in MLD (RFC 3810 section 5), a link-local or no source in MLD, all records of a report
    /// whole.
    /// </summary>
    Strict,

    /// <summary>
    /// What RFC 4541 section 2.1.1 demands of a switch: any TTL, with or without router alert; of a report that ends too early
    /// the records that are whole.
    /// </summary>
    Rfc4541,

    /// <summary>As the Linux bridge decides: any TTL, any source in MLD, the whole records of a cut report; but router alert in MLD.</summary>
    LinuxCompatible,
}
