using Weft.Flows;
using Weft.Packets;

namespace Weft.Multicast;

/// <summary>
/// Groups, the ports that listen to them and the sources they want, as linked lists in arrays of fixed size. Every port has
/// a quota, and the arrays are as large as all quotas together, so no port can take another's place.
/// </summary>
internal sealed class MembershipTable : IDisposable
{
    public const int None = -1;

    private readonly SnoopingOptions _options;
    private readonly FlowTable<GroupKey, int> _index;
    private readonly IndexPool _groupPool;
    private readonly IndexPool _membershipPool;
    private readonly IndexPool _sourcePool;
    private readonly GroupState[] _groups;
    private readonly Membership[] _memberships;
    private readonly SourceState[] _sources;
    private readonly int[] _groupsOfPort;
    private readonly int[] _sourcesOfPort;
    private readonly StateVersions _versions;

    public MembershipTable(SnoopingOptions options, StateVersions versions)
    {
        _options = options;
        _versions = versions;
        int memberships = Math.Max(1, options.Ports.Sum(port => port.MaxGroups));
        int sources = Math.Max(1, options.Ports.Sum(port => port.MaxSources));
        _index = new FlowTable<GroupKey, int>(new FlowTableOptions { Capacity = memberships, Seed = options.Seed, HugePages = false });
        _groupPool = new IndexPool(memberships);
        _membershipPool = new IndexPool(memberships);
        _sourcePool = new IndexPool(sources);
        _groups = new GroupState[memberships];
        _memberships = new Membership[memberships];
        _sources = new SourceState[sources];
        _groupsOfPort = new int[options.Ports.Count];
        _sourcesOfPort = new int[options.Ports.Count];
        Timers = new TimerWheel(new TimerWheelOptions
        {
            Capacity = (2 * memberships) + sources + SegmentTimers(options),
            Start = options.Start,
        });
    }

    /// <summary>Timers in order: groups' filter modes, last-member queries, sources, then the segments'.</summary>
    public TimerWheel Timers { get; }

    /// <summary>Who tells routers what has changed, if any segment reports by proxy.</summary>
    public ProxyReporter? Proxy { get; set; }

    public int MembershipCapacity => _memberships.Length;

    public int FirstSourceTimer => 2 * _memberships.Length;

    public int FirstSegmentTimer => FirstSourceTimer + _sources.Length;

    public int GroupCount => _groupPool.Capacity - _groupPool.Available;

    public int MembershipCount => _membershipPool.Capacity - _membershipPool.Available;

    public int SourceCount => _sourcePool.Capacity - _sourcePool.Available;

    public ref GroupState Group(int group) => ref _groups[group];

    public ref Membership Member(int membership) => ref _memberships[membership];

    public ref SourceState Source(int source) => ref _sources[source];

    public bool IsUsed(int membership) => _membershipPool.IsRented(membership);

    public bool IsSourceUsed(int source) => _sourcePool.IsRented(source);

    public bool IsForwarded(int source) => Timers.IsArmed(FirstSourceTimer + source);

    public int QueryTimer(int membership) => _memberships.Length + membership;

    public int FindGroup(int segment, IPv6Address group)
    {
        FlowHandle handle = _index.Find(new GroupKey(segment, group));
        return handle.IsNone ? None : _index[handle];
    }

    public int FindMembership(int group, int port)
    {
        int at = group == None ? None : _groups[group].FirstMembership;
        while (at != None && _memberships[at].Port != port)
        {
            at = _memberships[at].Next;
        }

        return at;
    }

    public int FindSource(int membership, IPv6Address address)
    {
        int at = _memberships[membership].FirstSource;
        while (at != None && _sources[at].Address != address)
        {
            at = _sources[at].Next;
        }

        return at;
    }

    /// <summary>Finds or makes a membership in mode INCLUDE of nothing.</summary>
    /// <returns><see cref="None"/> if the port has its quota.</returns>
    public int AddMembership(int segment, IPv6Address address, int port)
    {
        if (_groupsOfPort[port] >= _options.Ports[port].MaxGroups)
        {
            return None;
        }

        int group = FindGroup(segment, address);
        if (group == None)
        {
            // Neither pool nor table can be full: each group has a membership, and those are within the quotas.
            _ = _groupPool.TryRent(out group);
            _ = _index.Add(new GroupKey(segment, address), out FlowHandle handle);
            _index[handle] = group;
            _groups[group] = new GroupState
            {
                Address = address,
                Segment = segment,
                FirstMembership = None,
                VersionSlot = _versions.OfGroup(segment, address),
            };
        }

        _ = _membershipPool.TryRent(out int membership);
        _memberships[membership] = new Membership { Group = group, Port = port, Next = _groups[group].FirstMembership, FirstSource = None };
        _groups[group].FirstMembership = membership;
        _groupsOfPort[port]++;
        return membership;
    }

    public void RemoveMembership(int membership)
    {
        ref Membership member = ref _memberships[membership];
        while (member.FirstSource != None)
        {
            RemoveSource(membership, member.FirstSource);
        }

        _ = Timers.Cancel(membership);
        _ = Timers.Cancel(QueryTimer(membership));
        ref GroupState group = ref _groups[member.Group];
        ref int link = ref group.FirstMembership;
        while (link != membership)
        {
            link = ref _memberships[link].Next;
        }

        link = member.Next;
        _groupsOfPort[member.Port]--;
        _versions.Bump(group.VersionSlot);
        Proxy?.Touch(group.Segment, group.Address);
        if (group.FirstMembership == None)
        {
            _ = _index.Remove(new GroupKey(group.Segment, group.Address));
            _groupPool.Return(member.Group);
        }

        _membershipPool.Return(membership);
    }

    /// <summary>Adds a source that is not there yet, blocked.</summary>
    /// <returns><see cref="None"/> if the port has its quota.</returns>
    public int AddSource(int membership, IPv6Address address)
    {
        ref Membership member = ref _memberships[membership];
        if (_sourcesOfPort[member.Port] >= _options.Ports[member.Port].MaxSources)
        {
            return None;
        }

        _ = _sourcePool.TryRent(out int source);
        _sources[source] = new SourceState { Address = address, Membership = membership, Next = member.FirstSource };
        member.FirstSource = source;
        _sourcesOfPort[member.Port]++;
        return source;
    }

    public void RemoveSource(int membership, int source)
    {
        ref Membership member = ref _memberships[membership];
        ref int link = ref member.FirstSource;
        while (link != source)
        {
            link = ref _sources[link].Next;
        }

        link = _sources[source].Next;
        _sourcesOfPort[member.Port]--;
        _ = Timers.Cancel(FirstSourceTimer + source);
        _sourcePool.Return(source);
    }

    public void ArmSource(int source, Timestamp deadline)
    {
        _sources[source].Deadline = deadline;
        Timers.Arm(FirstSourceTimer + source, deadline);
    }

    public void ArmGroup(int membership, Timestamp deadline)
    {
        _memberships[membership].GroupDeadline = deadline;
        Timers.Arm(membership, deadline);
    }

    public void Changed(int membership)
    {
        ref GroupState group = ref _groups[_memberships[membership].Group];
        _versions.Bump(group.VersionSlot);
        Proxy?.Touch(group.Segment, group.Address);
    }

    public void Dispose() => _index.Dispose();

    private static int SegmentTimers(SnoopingOptions options) => options.Segments.Count * ((options.Ports.Count * 2) + 4);
}
