namespace Weft.Bfd;

/// <summary>What became of a received packet: the discard rules of RFC 5880 section 6.8.6 that need a session.</summary>
public enum BfdReceiveVerdict : byte
{
    /// <summary>Accepted.</summary>
    Accepted,

    /// <summary>Not a control packet: the checks that need no session failed (version, length, zero fields, M bit).</summary>
    Malformed,

    /// <summary>An authentication section came, and this session uses none.</summary>
    AuthenticationMismatch,

    /// <summary>It names another session of ours, or none while the session is up.</summary>
    UnknownDiscriminator,

    /// <summary>TTL or hop limit is not 255: it came over a router (RFC 5881 section 5).</summary>
    NotSingleHop,

    /// <summary>The session is held down by an administrator, and listens to nothing.</summary>
    AdministrativelyDown,
}
