namespace Weft.Encap;

/// <summary>What became of the frames that an <see cref="EspOpener"/> saw; each is counted in exactly one field.</summary>
public struct EspOpenCounters
{
    /// <summary>Opened.</summary>
    public long Opened;

    /// <summary>Without ESP: somebody else's.</summary>
    public long NotEsp;

    /// <summary>Keepalives.</summary>
    public long KeepAlives;

    /// <summary>IKE messages.</summary>
    public long Ike;

    /// <summary>IP fragments or contradicting lengths.</summary>
    public long Malformed;

    /// <summary>Too short for ESP.</summary>
    public long Truncated;

    /// <summary>No association has the SPI.</summary>
    public long UnknownSpi;

    /// <summary>Sequence number seen before.</summary>
    public long ReplayDuplicate;

    /// <summary>Sequence number below the window.</summary>
    public long ReplayOld;

    /// <summary>Wrong tag.</summary>
    public long AuthenticationFailed;

    /// <summary>The hard lifetime of the association is over.</summary>
    public long LifetimeExpired;

    /// <summary>Authentic dummies.</summary>
    public long Dummies;

    /// <summary>Authentic with impossible padding.</summary>
    public long BadPadding;

    /// <summary>Authentic with something inside that the association is not for.</summary>
    public long WrongPayload;

    /// <summary>Congestion was marked on the outer header of a packet that cannot carry the mark (RFC 6040 section 4.2).</summary>
    public long CongestionDrop;

    /// <summary>All of them.</summary>
    public readonly long Total => Opened + NotEsp + KeepAlives + Ike + Malformed + Truncated + UnknownSpi + ReplayDuplicate + ReplayOld
        + AuthenticationFailed + LifetimeExpired + Dummies + BadPadding + WrongPayload + CongestionDrop;

    internal void Count(EspStatus status)
    {
        switch (status)
        {
            case EspStatus.Ok: Opened++; break;
            case EspStatus.NotEsp: NotEsp++; break;
            case EspStatus.KeepAlive: KeepAlives++; break;
            case EspStatus.Ike: Ike++; break;
            case EspStatus.Truncated: Truncated++; break;
            case EspStatus.UnknownSpi: UnknownSpi++; break;
            case EspStatus.ReplayDuplicate: ReplayDuplicate++; break;
            case EspStatus.ReplayOld: ReplayOld++; break;
            case EspStatus.AuthenticationFailed: AuthenticationFailed++; break;
            case EspStatus.LifetimeExpired: LifetimeExpired++; break;
            case EspStatus.Dummy: Dummies++; break;
            case EspStatus.BadPadding: BadPadding++; break;
            case EspStatus.WrongPayload: WrongPayload++; break;
            case EspStatus.CongestionDrop: CongestionDrop++; break;
            default: Malformed++; break;
        }
    }
}
