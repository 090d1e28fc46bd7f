namespace Weft.Multicast;

/// <summary>Who queries one address family of a segment (RFC 3376 section 6.6.2).</summary>
internal struct QuerierState
{
    public bool IsOtherPresent;
    public byte StartupLeft;

    /// <summary>True once hosts had time to answer a querier, so that a group without members has none.</summary>
    public bool IsSettled;
}
