namespace Weft.Bridge;

/// <summary>What an <see cref="AccessGuard"/> did.</summary>
public record struct GuardCounters
{
    /// <summary>Bindings learned from DHCP, renewals included.</summary>
    public long Bound { get; set; }

    /// <summary>Bindings that a client gave back.</summary>
    public long Released { get; set; }

    /// <summary>Bindings whose lease ended.</summary>
    public long Expired { get; set; }

    /// <summary>Bindings and clients that were not remembered for want of room.</summary>
    public long TableFull { get; set; }
}
