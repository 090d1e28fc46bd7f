namespace Weft.Sase;

/// <summary>What a node did.</summary>
public struct ServiceNodeCounters
{
    /// <summary>Packets back into tunnels.</summary>
    public long ToTunnel;

    /// <summary>Packets out to the Internet.</summary>
    public long ToUplink;

    /// <summary>Packets sent on to the node that owns them.</summary>
    public long Redirected;

    /// <summary>Fragments that were held.</summary>
    public long Held;

    /// <summary>Packets of new flows that waited for the backup. As many as were acknowledged, expired and given up, and as wait now.</summary>
    public long CommitWaits;

    /// <summary>Packets that left once the backup had acknowledged their flow.</summary>
    public long CommitsAcknowledged;

    /// <summary>Packets that left unacknowledged, since the backup took too long or was lost.</summary>
    public long CommitsExpired;

    /// <summary>Packets that waited and went no further, since the backup took too long or this node lost the bundle.</summary>
    public long CommitsGivenUp;

    /// <summary>Packets of new flows that did not wait, since as many waited as may.</summary>
    public long CommitsSkipped;

    /// <summary>ARP questions answered.</summary>
    public long Answered;

    /// <summary>ICMP errors sent about tenants' packets.</summary>
    public long Errors;

    /// <summary>Answers of services to senders whose packets they rejected.</summary>
    public long Rejections;

    /// <summary>Flows that began here.</summary>
    public long FlowsBegun;

    /// <summary>Flows that ended.</summary>
    public long FlowsEnded;

    /// <summary>Flows that a changed policy ended.</summary>
    public long FlowsRevoked;

    /// <summary>Records of flows sent to other nodes.</summary>
    public long RecordsSent;

    /// <summary>Records of flows taken from other nodes.</summary>
    public long RecordsTaken;

    /// <summary>Records that were older than what was known, or spoke against it.</summary>
    public long RecordsStale;

    /// <summary>Records that found no room, or whose segment is not configured here.</summary>
    public long RecordsRefused;

    /// <summary>Sayings about what tenants' services remember that were sent to backups.</summary>
    public long MemoryTold;

    /// <summary>Sayings of owners that services here took.</summary>
    public long MemoryTaken;

    /// <summary>Sayings of owners that they did not take: their services are others, or the tenant is this node's by now.</summary>
    public long MemoryRefused;

    /// <summary>Ends of flows that could not be told to the backup, which learns of them by silence.</summary>
    public long EndsLost;

    /// <summary>Messages of other members that were refused.</summary>
    public long MessagesRefused;

    /// <summary>Sessions that were started. As many as were ended, and live now.</summary>
    public long SessionsStarted;

    /// <summary>Sessions that were ended.</summary>
    public long SessionsEnded;

    /// <summary>Packets that would have begun a flow that the policy or a service did not allow, as far as sessions are noted.</summary>
    public long SessionsBlocked;

    /// <summary>Those of them for which there is no record: their tenant had too many, or too much waited.</summary>
    public long SessionBlocksUnsaid;

    /// <summary>Other records of sessions that were lost, since too many waited to be taken.</summary>
    public long SessionRecordsLost;

    /// <summary>Packets dropped, by reason.</summary>
    public DropCounts Drops;
}
