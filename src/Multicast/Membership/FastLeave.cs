namespace Weft.Multicast;

/// <summary>When a port's membership ends at the leave, without asking the port for other listeners.</summary>
public enum FastLeave : byte
{
    /// <summary>Never: the leave is followed by queries, and two seconds without an answer.</summary>
    Never,

    /// <summary>
    /// When tracking proves that the last host left: every host on the port speaks IGMPv3 or MLDv2, which do not suppress each
    /// other's reports (RFC 3376 appendix A.2), and all of them are known.
    /// </summary>
    WhenTracked,

    /// <summary>Always. Safe only if the administrator knows that a single host is behind the port.</summary>
    SingleHost,
}
