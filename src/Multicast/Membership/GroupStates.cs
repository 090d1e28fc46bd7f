using System.Runtime.CompilerServices;
using Weft.Packets;

namespace Weft.Multicast;

/// <summary>A group that at least one port listens to.</summary>
internal struct GroupState
{
    public IPv6Address Address;
    public int Segment;
    public int FirstMembership;
    public int VersionSlot;
}

/// <summary>What one port listens to in one group: the router's state of RFC 3376 section 6.2, kept for a port.</summary>
internal struct Membership
{
    public int Group;
    public int Port;
    public int Next;
    public int FirstSource;
    public bool IsExclude;
    public bool IsTrackingIncomplete;
    public byte QueriesLeft;
    public int HostCount;
    public Timestamp GroupDeadline;
    public Timestamp Version1Until;
    public Timestamp Version2Until;
    public HostList Hosts;
}

/// <summary>A source of a membership. Its timer runs while it is forwarded; without, it is blocked (EXCLUDE mode only).</summary>
internal struct SourceState
{
    public IPv6Address Address;
    public int Membership;
    public int Next;
    public bool IsListed;
    public byte QueriesLeft;
    public Timestamp Deadline;
}

/// <summary>A host seen to listen.</summary>
internal struct TrackedHost
{
    public MacAddress Mac;
    public Timestamp Until;
}

/// <summary>The hosts of one membership; more than these are not told apart, and leaves are then not fast.</summary>
[InlineArray(Capacity)]
internal struct HostList
{
    public const int Capacity = 4;

    private TrackedHost _first;
}
