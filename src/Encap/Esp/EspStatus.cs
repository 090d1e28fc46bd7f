namespace Weft.Encap;

/// <summary>What became of a packet at a security association.</summary>
public enum EspStatus : byte
{
    /// <summary>Sealed or opened.</summary>
    Ok,

    /// <summary>Opened and authentic, but a dummy: next header 59, to be discarded silently (RFC 4303 section 2.6).</summary>
    Dummy,

    /// <summary>Shorter than an ESP header, IV, trailer and tag.</summary>
    Truncated,

    /// <summary>No security association has this SPI.</summary>
    UnknownSpi,

    /// <summary>The sequence number was seen before.</summary>
    ReplayDuplicate,

    /// <summary>The sequence number is older than the window reaches, or zero.</summary>
    ReplayOld,

    /// <summary>The tag is wrong; the payload was wiped.</summary>
    AuthenticationFailed,

    /// <summary>Authentic, but the padding is longer than the payload or does not count 1, 2, 3 … (RFC 4303 section 2.4).</summary>
    BadPadding,

    /// <summary>The sequence number would repeat; the association is finished and must be replaced (RFC 4303 section 3.3.3).</summary>
    SequenceExhausted,

    /// <summary>The hard lifetime in packets or bytes is over (RFC 4301 section 4.4.2.1).</summary>
    LifetimeExpired,

    /// <summary>The caller's buffer has no room for the trailer; nothing was sealed and no sequence number used.</summary>
    NoRoom,
}
