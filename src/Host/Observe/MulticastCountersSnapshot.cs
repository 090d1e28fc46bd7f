namespace Weft.Host.Observe;

/// <summary>What happened to multicast since the switch started. Figures include both paths.</summary>
public sealed record MulticastCountersSnapshot
{
    /// <summary>Frames whose recorded actions were replayed.</summary>
    public required long FastPath { get; init; }

    /// <summary>Frames that took the slow path.</summary>
    public required long SlowPath { get; init; }

    /// <summary>Copies made.</summary>
    public required long Replicas { get; init; }

    /// <summary>Frames that nobody listened to.</summary>
    public required long NoListener { get; init; }

    /// <summary>Frames not routed because they came the wrong way.</summary>
    public required long ReversePath { get; init; }

    /// <summary>Copies not routed because of their TTL.</summary>
    public required long Scope { get; init; }

    /// <summary>Flows recorded again because something had changed.</summary>
    public required long Invalidated { get; init; }

    /// <summary>Flows forgotten to make room.</summary>
    public required long Evicted { get; init; }

    /// <summary>Frames whose actions found no memory.</summary>
    public required long Uncached { get; init; }

    /// <summary>Reports and leaves taken.</summary>
    public required long Reports { get; init; }

    /// <summary>Queries heard.</summary>
    public required long Queries { get; init; }

    /// <summary>Queries sent.</summary>
    public required long QueriesSent { get; init; }

    /// <summary>Records and messages ignored because their group cannot be joined.</summary>
    public required long IgnoredGroups { get; init; }

    /// <summary>Records of unknown type, skipped.</summary>
    public required long UnknownRecords { get; init; }

    /// <summary>Joins refused because of a port's limit.</summary>
    public required long GroupLimit { get; init; }

    /// <summary>Filters widened because of a port's limit.</summary>
    public required long SourceLimit { get; init; }

    /// <summary>Memberships that nobody renewed.</summary>
    public required long Expired { get; init; }

    /// <summary>Memberships that ended at a leave without a query.</summary>
    public required long FastLeaves { get; init; }
}
