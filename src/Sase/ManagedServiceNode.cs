using System.Buffers.Binary;
using System.Runtime.CompilerServices;
using Weft.Flows;
using Weft.Packets;
using Weft.Sase.Flows;
using Weft.Sase.Ownership;
using Weft.Sase.Segments;
using Weft.Sase.Sessions;
using Weft.Sase.Tunnels;

namespace Weft.Sase;

/// <summary>
/// A managed service node: the tunnels of gateways end here, and every tenant has a router, a policy and public addresses of its own, chosen by
/// the virtual network and nothing else, so that tenants may use the same addresses.
/// </summary>
/// <remarks>
/// <para>
/// A packet out of a tunnel is judged, routed, and handed back to the gateway that sent it, or to another gateway, or translated and sent out
/// by the uplink; what comes back by the uplink goes to the gateway of the flow's last packet. Fragments are treated as their first one is, ICMP
/// errors as the flow that they speak of.
/// </para>
/// <para>
/// Segments are grouped in bundles. For each bundle one node is active; it tells another one of its flows, and that one takes over when gateways
/// ask it to and it, too, finds the owner down. Each owner has an <see cref="Epoch"/>, and whatever has an older one is refused.
/// </para>
/// <para>
/// One thread uses a node. Nothing is allocated after construction but by <see cref="Configure"/>, which builds everything beside and
/// swaps a reference. Work for a packet is bounded: one flow looked up, a policy of bounded length judged for a new flow, 64 ports tried.
/// Memory: 116 bytes a flow and 84 a binding, 72 more a flow if sessions are noted, beside a fixed part (<see cref="MemoryBytes"/>).
/// </para>
/// </remarks>
public sealed partial class ManagedServiceNode : IDisposable
{
    private const int EventCapacity = 1024;

    /// <summary>Fragmented datagrams that are remembered; one tenant may have half of them.</summary>
    private const int FragmentedDatagrams = 8192;

    private static readonly TimeSpan TimerResolution = TimeSpan.FromMilliseconds(100);

    private readonly ServiceNodeOptions _options;
    private readonly PopOptions _pop;
    private readonly ServiceTunnel _tunnel;
    private readonly NumberTable _members;
    private readonly KeyedHash _entropy;
    private readonly FragmentTracker<FragmentKey4, FragmentMemo> _fragments;
    private readonly byte[] _scratch = new byte[IcmpError.MaxIPv4Bytes];
    private readonly byte _self;
    private readonly int _overhead;
    private readonly IPv4Address[] _gateways;
    private SegmentMap _segments;
    private ServiceNodeCounters _counters;

    /// <summary>Allocates a node without segments.</summary>
    /// <exception cref="ArgumentException">An option is out of its range; the message names it.</exception>
    public ManagedServiceNode(ServiceNodeOptions options)
    {
        ArgumentNullException.ThrowIfNull(options);
        options.Validate();
        (_options, _pop, _self) = (options, options.Pop, (byte)options.Node);
        (_overhead, _gateways) = (_pop.Overhead, [.. _pop.Gateways]);
        _tunnel = new ServiceTunnel(_pop, _pop.Nodes[_self], isNode: true);
        _members = MemberTable(_pop);
        _entropy = new KeyedHash(new HashSeed(~_pop.Seed.High, _pop.Seed.Low));
        _fragments = new FragmentTracker<FragmentKey4, FragmentMemo>(new FragmentTrackerOptions { Datagrams = FragmentedDatagrams, Seed = _pop.Seed, FragmentBytes = Math.Min(_pop.MtuBytes, 9216) });
        (_errors, _errorShares) = (new TokenBucket(options.ErrorsPerSecond, Math.Max(2, options.ErrorsPerSecond), options.Start), new TokenBucket[options.Segments]);
        _flowsOfSlot = new int[options.Segments];
        _flows = new SessionTable<FlowKey4, FlowState>(new FlowTableOptions { Capacity = options.Flows, Seed = _pop.Seed });
        _bindings = new SessionTable<FlowKey4, Binding>(new FlowTableOptions { Capacity = options.Bindings ?? options.Flows, Seed = _pop.Seed });
        _timers = new TimerWheel(new TimerWheelOptions { Capacity = options.Flows, Resolution = TimerResolution, Start = options.Start });
        _changed = new SpscRing<FlowHandle>(options.Flows);
        _ended = new SpscRing<FlowRecord>(EndedCapacity);
        (_memory, _memoryAt, _nextMemory) = (options.Chain as IServiceMemory, new byte[options.Segments], options.Start);
        _sessions = options.Sessions is null ? null : new SessionBook(options.Sessions, _self, options.Flows, options.Segments, options.Start);
        _commits = options.Commit is null ? null : new CommitQueue(options.Commit, _pop.MtuBytes, options.Segments);
        _segments = new SegmentMap([], _pop, options.Segments, earlier: null, _flowsOfSlot);
        _bundles = new Bundle[_pop.Bundles];
        _bundles.AsSpan().Fill(new Bundle { Backup = Announcement.NoBackup });
        _isToldByStore = new bool[_pop.Bundles];
        _links = new PeerLink[_pop.Nodes.Count];
        for (int node = 0; node < _links.Length; node++)
        {
            _links[node] = new PeerLink(_self, options.Incarnation << 4);
        }

        (_lastAdvance, _listenUntil, _nextAnnounce) = (options.Start, options.Start + options.ListenTime, options.Start);
    }

    /// <summary>What it is made of.</summary>
    public ServiceNodeOptions Options => _options;

    /// <summary>What it did.</summary>
    public ref readonly ServiceNodeCounters Counters => ref _counters;

    /// <summary>Flows that are known, those of other owners included.</summary>
    public int FlowCount => _flows.Count;

    /// <summary>Public endpoints in use.</summary>
    public int BindingCount => _bindings.Count;

    /// <summary>Segments.</summary>
    public int SegmentCount => _segments.Count;

    /// <summary>Bytes of memory for flows, bindings, their timers, and sessions.</summary>
    public long MemoryBytes => _flows.MemoryBytes + _bindings.MemoryBytes + (24L * _timers.Capacity) + (8L * _changed.Capacity) + (_sessions?.MemoryBytes ?? 0);

    /// <summary>
    /// Replaces all segments. Flows of segments that stay go on, judged anew at their next packet if anything of their segment changed; those of others end,
    /// some with each <see cref="Advance"/>, and a segment that comes back finds none of them.
    /// </summary>
    /// <param name="segments">The segments.</param>
    /// <exception cref="ArgumentException">An option is out of its range, or two segments claim the same.</exception>
    public void Configure(IReadOnlyList<SegmentOptions> segments)
    {
        ArgumentNullException.ThrowIfNull(segments);
        SegmentMap before = _segments;
        _segments = new SegmentMap(segments, _pop, _options.Segments, before, _flowsOfSlot);
        before.Dispose();
        ShareErrors();
        _removed = _segments.HasRemains ? 0 : -1;
        _memoryAt.AsSpan().Clear();
        _nextMemory = _lastAdvance;
    }

    /// <summary>Flows of a segment; 0 if there is no such segment.</summary>
    public int FlowsOf(uint vni) => _segments.Find(vni) is Segment segment ? _flowsOfSlot[segment.Slot] : 0;

    /// <summary>What this node is to a bundle.</summary>
    public BundleRole RoleOf(int bundle) => _bundles[bundle].Role;

    /// <summary>The latest epoch of a bundle that this node knows of.</summary>
    public Epoch EpochOf(int bundle) => _bundles[bundle].Epoch;

    /// <summary>The node that this one, as the owner, tells of a bundle's flows; -1 if there is none.</summary>
    public int BackupOf(int bundle) => _bundles[bundle].Backup == Announcement.NoBackup ? -1 : _bundles[bundle].Backup;

    /// <summary>True if the backup of a bundle has been told of every flow that this node, as the owner, knows.</summary>
    public bool IsInSync(int bundle) => _bundles[bundle].IsInSync;

    /// <summary>True if an address is one of the tenants' public ones.</summary>
    public bool IsPublic(IPv4Address address) => _segments.FindByPublic(address) is not null;

    /// <summary>The bundle that a public address belongs to; -1 if it is none.</summary>
    public int BundleOf(IPv4Address publicAddress) => _segments.FindByPublic(publicAddress)?.Bundle ?? -1;

    /// <summary>Takes a fragment that waited and whose first one has come, to be handed to the node again.</summary>
    /// <param name="packet">Gets it; as long as the tunnel's MTU.</param>
    /// <param name="length">Its length.</param>
    /// <param name="fromUplink">True if it is for <see cref="FromUplink"/>.</param>
    /// <returns>False if there is none.</returns>
    public bool TryTakeHeld(Span<byte> packet, out int length, out bool fromUplink)
    {
        bool taken = _fragments.TryTakeReleased(packet, out length, out _, out int tag);
        fromUplink = tag != 0;
        return taken;
    }

    /// <summary>Frees the memory.</summary>
    public void Dispose()
    {
        _flows.Dispose();
        _bindings.Dispose();
        _segments.Dispose();
        _fragments.Dispose();
    }

    /// <summary>What is known of flows.</summary>
    internal SessionTable<FlowKey4, FlowState> Flows => _flows;

    /// <summary>Finds members by address: gateways by their number, nodes by theirs behind it.</summary>
    internal static NumberTable MemberTable(PopOptions pop) => new(
    [
        .. pop.Gateways.Select((address, index) => KeyValuePair.Create(address.Value, index)),
        .. pop.Nodes.Select((address, index) => KeyValuePair.Create(address.Value, PopOptions.MaxGateways + index)),
    ]);

    private SaseVerdict Drop(SaseDrop reason, uint vni = 0)
    {
        _counters.Drops.Count(reason);
        return SaseVerdict.Dropped(reason, vni);
    }

    [MethodImpl(MethodImplOptions.AggressiveInlining)]
    private ushort SourcePortOf(in FlowKey4 key) => (ushort)(0xC000 | (_entropy.Hash(key) & 0x3FFF));

    private readonly record struct FragmentMemo(FlowHandle Flow);
}
