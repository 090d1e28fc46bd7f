namespace Weft.Ids;

/// <summary>What a detector did, added up.</summary>
public struct DetectorCounters
{
    /// <summary>Packets that were handed in.</summary>
    public long Packets;

    /// <summary>Packets that were not inspected: not IP, or damaged.</summary>
    public long NotInspected;

    /// <summary>Packets that were not inspected because a rule had passed or dropped their conversation.</summary>
    public long Decided;

    /// <summary>Rules whose strings were all found, or that have none.</summary>
    public long Candidates;

    /// <summary>Candidates whose header matched and whose payload was then evaluated.</summary>
    public long Evaluations;

    /// <summary>Searches and comparisons of all evaluations.</summary>
    public long Steps;

    /// <summary>Evaluations that a bound cut short: too many matches of a regular expression, or ways to extract a number.</summary>
    public long CutShort;

    /// <summary>Regular expressions that were given up because they took too many steps.</summary>
    public long PcreBudget;

    /// <summary>Alerts that were written.</summary>
    public long Alerts;

    /// <summary>Alerts for which the caller's span had no room.</summary>
    public long AlertsLost;

    /// <summary>Alerts that a threshold held back.</summary>
    public long AlertsSuppressed;

    /// <summary>Conversations that could not be remembered, or took the place of an idle one.</summary>
    public long FlowsLost;

    /// <summary>Fragments that came.</summary>
    public long Fragments;

    /// <summary>Datagrams that were put together from fragments.</summary>
    public long Reassembled;

    /// <summary>Datagrams that were given up: damaged, overlapping where they must not (RFC 5722), or not complete in time.</summary>
    public long DatagramsLost;

    /// <summary>Packets inside of other packets (IP in IP, GRE, VXLAN) that were looked at, too.</summary>
    public long Tunnelled;

    /// <summary>Bytes of streams that were looked at.</summary>
    public long StreamBytes;

    /// <summary>Bytes that a stream had no room for.</summary>
    public long StreamBytesRefused;

    /// <summary>Places where a receiver has bytes of a stream that were not seen.</summary>
    public long StreamGaps;

    /// <summary>Streams that gave way to others.</summary>
    public long StreamsLost;

    /// <summary>Connections whose messages are no longer read because they gave way to others.</summary>
    public long SessionsLost;

    /// <summary>Segments with an urgent byte: it was left out of the stream, or the mark was taken off.</summary>
    public long UrgentSegments;

    /// <summary>Segments with other bytes than came before in the same place.</summary>
    public long Conflicts;

    /// <summary>Segments that were changed to the bytes that came before, or dropped because they could not be.</summary>
    public long Normalized;

    /// <summary>Segments that a receiver ignores: too old, outside of the window, or resets of somebody else.</summary>
    public long InvalidSegments;

    /// <summary>What the scans did.</summary>
    public ScanCounters Scan;
}
