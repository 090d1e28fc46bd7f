namespace Weft.Flows;

/// <summary>What a middlebox knows of a TCP connection (RFC 6146 section 3.5.2, RFC 7857 section 2).</summary>
public enum TcpState : byte
{
    /// <summary>No TCP.</summary>
    None,

    /// <summary>A SYN went out.</summary>
    SynOut,

    /// <summary>A SYN came in.</summary>
    SynIn,

    /// <summary>SYNs went both ways.</summary>
    Established,

    /// <summary>A FIN went out: the other direction may live on for hours.</summary>
    FinOut,

    /// <summary>A FIN came in.</summary>
    FinIn,

    /// <summary>FINs went both ways.</summary>
    Closed,

    /// <summary>A RST was seen: the connection is gone unless more segments say otherwise.</summary>
    Reset,
}
