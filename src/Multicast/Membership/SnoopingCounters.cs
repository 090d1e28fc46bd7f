namespace Weft.Multicast;

/// <summary>What happened to messages of IGMP and MLD so far; each message counts in one of the first ten.</summary>
public struct SnoopingCounters
{
    /// <summary>Queries taken.</summary>
    public long Queries;

    /// <summary>Reports and leaves taken.</summary>
    public long Reports;

    /// <summary>Messages of a type that is not known, flooded unread.</summary>
    public long UnknownTypes;

    /// <summary>Dropped: lengths that do not fit, a fragment, or a record beyond the end.</summary>
    public long Malformed;

    /// <summary>Dropped: a checksum of IP, IGMP or ICMPv6 that does not add up (RFC 4541 section 2.1.1 (4)).</summary>
    public long BadChecksum;

    /// <summary>Dropped: TTL or hop limit other than 1.</summary>
    public long BadTtl;

    /// <summary>Dropped: MLD without the router alert option (RFC 3810 section 5).</summary>
    public long NoRouterAlert;

    /// <summary>Dropped: a source address that must not send this message.</summary>
    public long BadSource;

    /// <summary>Dropped: a query from a port that accepts none.</summary>
    public long GuardedQueries;

    /// <summary>Dropped: the port sent too many messages.</summary>
    public long RateLimited;

    /// <summary>Records and messages ignored because their group is no group, of link scope or of a reserved one.</summary>
    public long IgnoredGroups;

    /// <summary>Records ignored because they ask for all sources of a source-specific group (RFC 4604 section 2.2.1).</summary>
    public long IgnoredAnySource;

    /// <summary>Records of a type that is not known, skipped (RFC 3376 section 4.2.12).</summary>
    public long UnknownRecords;

    /// <summary>Joins refused because the port has its <see cref="SnoopingPortOptions.MaxGroups"/>.</summary>
    public long GroupLimit;

    /// <summary>Filters widened because the port has its <see cref="SnoopingPortOptions.MaxSources"/> or the record names more than 256.</summary>
    public long SourceLimit;

    /// <summary>Queries that this switch made.</summary>
    public long QueriesSent;

    /// <summary>Reports that this switch made for all hosts.</summary>
    public long ReportsSent;

    /// <summary>Memberships that ended because nobody renewed them.</summary>
    public long Expired;

    /// <summary>Memberships that ended at a leave without a query.</summary>
    public long FastLeaves;

    /// <summary>The sums, field by field.</summary>
    public static SnoopingCounters operator +(in SnoopingCounters left, in SnoopingCounters right) => new()
    {
        Queries = left.Queries + right.Queries,
        Reports = left.Reports + right.Reports,
        UnknownTypes = left.UnknownTypes + right.UnknownTypes,
        Malformed = left.Malformed + right.Malformed,
        BadChecksum = left.BadChecksum + right.BadChecksum,
        BadTtl = left.BadTtl + right.BadTtl,
        NoRouterAlert = left.NoRouterAlert + right.NoRouterAlert,
        BadSource = left.BadSource + right.BadSource,
        GuardedQueries = left.GuardedQueries + right.GuardedQueries,
        RateLimited = left.RateLimited + right.RateLimited,
        IgnoredGroups = left.IgnoredGroups + right.IgnoredGroups,
        IgnoredAnySource = left.IgnoredAnySource + right.IgnoredAnySource,
        UnknownRecords = left.UnknownRecords + right.UnknownRecords,
        GroupLimit = left.GroupLimit + right.GroupLimit,
        SourceLimit = left.SourceLimit + right.SourceLimit,
        QueriesSent = left.QueriesSent + right.QueriesSent,
        ReportsSent = left.ReportsSent + right.ReportsSent,
        Expired = left.Expired + right.Expired,
        FastLeaves = left.FastLeaves + right.FastLeaves,
    };
}
