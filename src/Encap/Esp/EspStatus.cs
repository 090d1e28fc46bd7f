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

    /// <summary>The frame is no unfragmented, undamaged IP datagram that could be sealed in this mode.</summary>
    Unsuitable,

    /// <summary>The frame carries no ESP.</summary>
    NotEsp,

    /// <summary>An IP fragment, or headers that contradict each other, where ESP was expected; not opened.</summary>
    Malformed,

    /// <summary>One octet 0xFF on the ESP port that keeps an address translator's mapping alive, to be discarded silently (RFC 3948 section 2.3).</summary>
    KeepAlive,

    /// <summary>An IKE message behind the non-ESP marker (RFC 3948 section 2.2).</summary>
    Ike,

    /// <summary>Authentic, but what is inside does not belong into this association: another mode, or no packet of the promised kind.</summary>
    WrongPayload,

    /// <summary>Authentic, but congestion was marked on the outer header of a packet that cannot carry the mark (RFC 6040 section 4.2).</summary>
    CongestionDrop,
}
