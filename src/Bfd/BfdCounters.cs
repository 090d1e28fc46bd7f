namespace Weft.Bfd;

/// <summary>What a session received and sent. Every packet received is in exactly one field up to <see cref="AdministrativelyDown"/>.</summary>
public struct BfdCounters
{
    /// <summary>Packets accepted.</summary>
    public long Accepted;

    /// <summary>Packets that were no control packets.</summary>
    public long Malformed;

    /// <summary>Packets with authentication, which this session does not use.</summary>
    public long AuthenticationMismatch;

    /// <summary>Packets that named no session or another.</summary>
    public long UnknownDiscriminator;

    /// <summary>Packets whose TTL was not 255.</summary>
    public long NotSingleHop;

    /// <summary>Packets that came while the session was held down.</summary>
    public long AdministrativelyDown;

    /// <summary>Packets sent.</summary>
    public long Sent;

    /// <summary>Times that the session came up.</summary>
    public long WentUp;

    /// <summary>Times that it went down from up.</summary>
    public long WentDown;

    /// <summary>Times that nothing was heard for the detection time.</summary>
    public long DetectionTimeouts;
}
