using System.Collections.Frozen;
using Weft.Flows;
using Weft.Packets;

namespace Weft.Multicast;

/// <summary>
/// Learns from IGMP (versions 1 to 3) and MLD (1 and 2) who listens to which group and source behind every port of every segment,
/// and where the routers are (RFC 4541); queries the hosts itself where it wins the election (RFC 3376, RFC 3810).
/// </summary>
/// <remarks>
/// <para>
/// Each port has a router's state of its own: filter mode, source timers, group timer, the versions of older hosts. A port has
/// quotas, and the memory is as large as all quotas together: whatever one port sends, the others keep what they have
/// and get what they ask for.
/// </para>
/// <para>
/// Addresses of both families are <see cref="IPv6Address"/>; <see cref="MulticastAddress"/> says how. One instance a worker, no
/// locks, nothing allocated after construction. A message costs one table lookup a record, and a walk over the sources that its
/// port has in that group.
/// </para>
/// </remarks>
public sealed partial class MulticastSnooper : IDisposable
{
    private const int None = MembershipTable.None;

    private readonly SnoopingOptions _options;
    private readonly MembershipTable _table;
    private readonly FilterMachine _filters;
    private readonly RouterPorts _routers;
    private readonly FrozenSet<int>[] _reportPorts;
    private readonly StaticGroups _static;
    private readonly QueryWriter _queries;
    private readonly ProxyReporter? _proxy;
    private readonly QuerierState[] _queriers;
    private readonly TokenBucket[] _buckets;
    private readonly IPv6Address[] _sources = new IPv6Address[FilterMachine.MaxSourcesPerMembership];
    private readonly int[] _expired = new int[64];
    private readonly int _timersPerSegment;
    private SnoopingCounters _counters;

    /// <summary>Creates the engine and all the memory it will ever use: about 250 bytes for each group and 80 for each source of every port's quota.</summary>
    /// <exception cref="ArgumentException">An option is out of range; the message names it.</exception>
    public MulticastSnooper(SnoopingOptions options)
    {
        ArgumentNullException.ThrowIfNull(options);
        options.Validate();
        _options = options;
        Versions = new StateVersions(options.Segments.Count, options.Seed);
        _table = new MembershipTable(options, Versions);
        _filters = new FilterMachine(options, _table);
        _routers = new RouterPorts(options);
        _reportPorts = [.. options.Segments.Select(segment => segment.ReportPorts.ToFrozenSet())];
        _static = new StaticGroups(options);
        _queries = new QueryWriter(options);
        _proxy = options.Segments.Any(segment => segment.ProxyReporting) ? new ProxyReporter(options, _table, _static) : null;
        _table.Proxy = _proxy;
        _timersPerSegment = (2 * options.Ports.Count) + 4;
        _buckets = [.. options.Ports.Select(port => new TokenBucket(port.MaxMessagesPerSecond, port.MaxMessagesPerSecond, options.Start))];
        _queriers = new QuerierState[2 * options.Segments.Count];
        for (int querier = 0; querier < _queriers.Length; querier++)
        {
            if (IsConfigured(querier >> 1, (querier & 1) != 0))
            {
                StartQuerying(querier, options.Start);
            }
        }
    }

    /// <summary>What happened to messages so far.</summary>
    public ref readonly SnoopingCounters Counters => ref _counters;

    /// <summary>Groups with at least one port, over all segments.</summary>
    public int GroupCount => _table.GroupCount;

    /// <summary>Pairs of group and port.</summary>
    public int MembershipCount => _table.MembershipCount;

    /// <summary>Sources kept in filters.</summary>
    public int SourceCount => _table.SourceCount;

    /// <summary>When <see cref="Advance"/> has something to do next.</summary>
    public Timestamp NextWork => _proxy is not null && _proxy.NextDue < _table.Timers.NextWork ? _proxy.NextDue : _table.Timers.NextWork;

    /// <summary>Why <see cref="OnFrame"/> said <see cref="SnoopResult.Drop"/> the last time.</summary>
    public MulticastDropReason LastDrop { get; private set; }

    internal StateVersions Versions { get; }

    /// <summary>Reads a frame that a port received, learns from it, and says where it goes.</summary>
    /// <param name="segment">Segment that the frame belongs to.</param>
    /// <param name="port">Port that received it.</param>
    /// <param name="frame">The frame from its Ethernet header on.</param>
    /// <param name="layout">Its layout; offsets count from the start of <paramref name="frame"/>.</param>
    /// <param name="now">The time.</param>
    /// <exception cref="ArgumentOutOfRangeException">There is no such segment or port.</exception>
    public SnoopResult OnFrame(int segment, int port, ReadOnlySpan<byte> frame, in PacketLayout layout, Timestamp now)
    {
        ArgumentOutOfRangeException.ThrowIfGreaterThanOrEqual((uint)segment, (uint)_options.Segments.Count);
        ArgumentOutOfRangeException.ThrowIfGreaterThanOrEqual((uint)port, (uint)_options.Ports.Count);
        if (ControlCheck.IsIgmp(layout))
        {
            return _buckets[port].TryTake(now, 1) ? OnIgmp(segment, port, frame, layout, now) : Reject(MulticastDropReason.RateLimited);
        }

        if (ControlCheck.IsMld(frame, layout))
        {
            return _buckets[port].TryTake(now, 1) ? OnMld(segment, port, frame, layout, now) : Reject(MulticastDropReason.RateLimited);
        }

        LearnRouters(segment, port, frame, layout, now);
        return SnoopResult.Data;
    }

    /// <summary>True if reports of the address family leave through the port: a router is behind it, or it is a report port.</summary>
    public bool TakesReports(int segment, int port, bool isIPv6) =>
        _routers.Contains(segment, port, isIPv6) || _reportPorts[segment].Contains(port);

    /// <summary>True if a router was heard behind the port or is configured there.</summary>
    public bool IsRouterPort(int segment, int port, bool isIPv6) => _routers.Contains(segment, port, isIPv6);

    /// <summary>True if this switch is the querier of the segment and family now.</summary>
    public bool IsQuerier(int segment, bool isIPv6) => IsConfigured(segment, isIPv6) && !_queriers[Querier(segment, isIPv6)].IsOtherPresent;

    /// <summary>Forgets all memberships behind a port, as after its link was lost.</summary>
    public void FlushPort(int port)
    {
        for (int membership = 0; membership < _table.MembershipCapacity; membership++)
        {
            if (_table.IsUsed(membership) && _table.Member(membership).Port == port)
            {
                _table.RemoveMembership(membership);
            }
        }
    }

    /// <summary>Frees the group table's memory. The engine must not be used afterwards.</summary>
    public void Dispose()
    {
        _table.Dispose();
        _proxy?.Dispose();
    }

    /// <summary>Sets the bits of the ports that want data of a group from a source.</summary>
    /// <param name="segment">Segment.</param>
    /// <param name="group">The group.</param>
    /// <param name="source">The source.</param>
    /// <param name="ports">One bit a port; bits are added.</param>
    /// <param name="readSource">True if the source mattered.</param>
    /// <returns>False if nobody has joined the group at all.</returns>
    internal bool CollectMembers(int segment, IPv6Address group, IPv6Address source, Span<ulong> ports, out bool readSource)
    {
        readSource = false;
        bool isStatic = _static.Collect(segment, group, source, ports, ref readSource);
        int found = _table.FindGroup(segment, group);
        if (found == None)
        {
            return isStatic;
        }

        for (int at = _table.Group(found).FirstMembership; at != None; at = _table.Member(at).Next)
        {
            ref readonly Membership member = ref _table.Member(at);
            readSource |= member.FirstSource != None;
            if (_filters.Accepts(at, source))
            {
                ports[member.Port >> 6] |= 1UL << member.Port;
            }
        }

        return true;
    }

    internal void CollectRouters(int segment, bool isIPv6, Span<ulong> ports)
    {
        ReadOnlySpan<ulong> routers = _routers[segment, isIPv6];
        for (int word = 0; word < routers.Length; word++)
        {
            ports[word] |= routers[word];
        }
    }

    internal bool FloodsUnregistered(int segment, bool isIPv6) => _options.Segments[segment].Unregistered switch
    {
        UnregisteredPolicy.Flood => true,
        UnregisteredPolicy.RouterPortsOnly => false,
        _ => !_queriers[Querier(segment, isIPv6)].IsSettled,
    };

    private static int Querier(int segment, bool isIPv6) => (2 * segment) + (isIPv6 ? 1 : 0);

    private bool IsConfigured(int segment, bool isIPv6) =>
        isIPv6 ? _options.Segments[segment].QuerierIPv6 != default : _options.Segments[segment].QuerierIPv4 != default;

    private void LearnRouters(int segment, int port, ReadOnlySpan<byte> frame, in PacketLayout layout, Timestamp now)
    {
        if (_options.Ports[port].AcceptQueries && RouterSigns.IsSent(frame, layout))
        {
            LearnRouter(segment, port, layout.IsIPv6, now);
        }
    }

    private void LearnRouter(int segment, int port, bool isIPv6, Timestamp now, TimeSpan? presence = null)
    {
        _table.Timers.Arm(RouterTimer(segment, port, isIPv6), now + (presence ?? _options.OtherQuerierPresentInterval));
        if (_routers.Set(segment, port, isIPv6, isRouter: true))
        {
            Versions.Bump(StateVersions.OfSegment(segment));
        }
    }

    private int RouterTimer(int segment, int port, bool isIPv6) => SegmentTimer(segment) + (2 * port) + (isIPv6 ? 1 : 0);

    private int SegmentTimer(int segment) => _table.FirstSegmentTimer + (segment * _timersPerSegment);
}
