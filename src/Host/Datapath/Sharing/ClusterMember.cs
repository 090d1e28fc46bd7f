using Weft.Cluster;
using Weft.Host.Config;
using Weft.Host.Observe;
using Weft.Packets;

namespace Weft.Host.Datapath.Sharing;

/// <summary>This host's part in a cluster. Nothing here is on a packet's path: the store may be slow or gone, and the switch goes on with what it knows.</summary>
internal sealed partial class ClusterMember : IAsyncDisposable
{
    private readonly ClusterPlan _plan;
    private readonly IClusterStore _store;
    private readonly TimeProvider? _time;
    private readonly Random? _chance;
    private readonly PeerDiscovery _discovery;
    private readonly PairDirectory _pairs;
    private readonly Dictionary<string, LeasedBlocks> _blocks = [];
    private readonly Dictionary<string, BundleOwners> _owners = [];
    private readonly Dictionary<(ulong Id, TimeSpan Lease), BridgeFence> _fences = [];
    private readonly Lock _gate = new();
    private BlockOwners? _blockOwners;

    /// <param name="plan">Who this host is.</param>
    /// <param name="store">What the hosts share; it is disposed with the member.</param>
    /// <param name="changed">Called when <see cref="Complete"/> would give another answer.</param>
    /// <param name="time">The clock of leases and pauses; null for the machine's.</param>
    /// <param name="chance">What is left to chance; null for the runtime's.</param>
    /// <param name="follows">Whether another process of this host is the member until <see cref="Adopt"/>.</param>
    internal ClusterMember(ClusterPlan plan, IClusterStore store, Func<Task> changed, TimeProvider? time = null, Random? chance = null, bool follows = false)
    {
        (_plan, _store, _time, _chance, _awaits) = (plan, store, time, chance, follows);
        _discovery = new PeerDiscovery(_store, plan, changed, time, follows);
        _pairs = new PairDirectory(_store, changed, time);
    }

    /// <summary>Joins; null if the plan has no cluster.</summary>
    /// <param name="plan">The configuration.</param>
    /// <param name="changed">Called when <see cref="Complete"/> would give another answer.</param>
    /// <param name="follows">Whether another process of this host is the member until <see cref="Adopt"/>.</param>
    /// <exception cref="SwitchStartException">A file of the store cannot be read.</exception>
    public static ClusterMember? Join(SwitchPlan plan, Func<Task> changed, bool follows = false) =>
        plan.Cluster is null ? null : new ClusterMember(plan.Cluster, ClusterStores.Open(plan.Cluster, follows), changed, follows: follows);

    /// <summary>True if other hosts have the same store; a file is this host's alone.</summary>
    public bool IsShared => _plan.Endpoints.Count > 0;

    /// <summary>The plan with the peers that are known now.</summary>
    public SwitchPlan Complete(SwitchPlan plan)
    {
        _discovery.Announce([.. plan.Segments.Where(segment => segment is { Discover: true, Vni: not null }).Select(segment => (segment.Vni!.Value, plan.Vteps[segment.Vtep].Address))]);
        _pairs.Announce(PlanCompletion.OwnNodes(plan));
        return PlanCompletion.WithPeers(PlanCompletion.WithNodes(plan, _pairs.Known), _discovery.Known.Select(known => (known.Vni, known.Address)));
    }

    /// <summary>Who owns which machine.</summary>
    public MachineOwners Machines => new(_store, _plan.Host, _time);

    /// <summary>Where a NAT gets its blocks from.</summary>
    public LeasedBlocks BlocksOf(NatPlan nat)
    {
        lock (_gate)
        {
            string key = KeyOf(nat);
            if (_blocks.TryGetValue(key, out LeasedBlocks? known))
            {
                return known;
            }

            SessionBlocks? inherited = Inherited(key);
            LeasedBlocks blocks = _blocks[key] = new LeasedBlocks(_store, _plan, nat, _time, _chance, awaits: _awaits || inherited is not null);
            if (inherited is not null)
            {
                blocks.Adopt(inherited);
            }

            return blocks;
        }
    }

    /// <summary>Where it is written who owns the bundles of a point of presence.</summary>
    public BundleOwners OwnersOf(SasePlan sase)
    {
        lock (_gate)
        {
            string key = $"{sase.Name} {sase.Bundles} {string.Join(' ', sase.Nodes)}";
            return _owners.TryGetValue(key, out BundleOwners? known) ? known : _owners[key] = new BundleOwners(_store, sase, _time);
        }
    }

    /// <summary>Who owns which block of shared addresses; followed from the first question on.</summary>
    public BlockOwners BlockOwners
    {
        get
        {
            lock (_gate)
            {
                return _blockOwners ??= new BlockOwners(_store, _time);
            }
        }
    }

    /// <summary>The witness of a bridge node.</summary>
    public BridgeFence FenceOf(BridgePlan bridge)
    {
        lock (_gate)
        {
            (ulong, TimeSpan) key = (bridge.Id, bridge.FenceLease!.Value);
            return _fences.TryGetValue(key, out BridgeFence? known) ? known : _fences[key] = new BridgeFence(_store, _plan.Host, bridge);
        }
    }

    /// <summary>Gives up what a new configuration does not use any more.</summary>
    public async Task RetireAsync(SwitchPlan plan)
    {
        List<IAsyncDisposable> retired = [];
        lock (_gate)
        {
            foreach (string key in _blocks.Keys.Except(plan.Nats.Where(nat => nat.Shared is not null).Select(KeyOf)).ToArray())
            {
                _ = _blocks.Remove(key, out LeasedBlocks? blocks);
                retired.Add(blocks!);
            }

            foreach ((ulong, TimeSpan) key in _fences.Keys.Except(plan.Bridges.Concat(plan.AwaitedBridges).Where(bridge => bridge.FenceLease is not null).Select(bridge => (bridge.Id, bridge.FenceLease!.Value))).ToArray())
            {
                _ = _fences.Remove(key, out BridgeFence? fence);
                retired.Add(fence!);
            }
        }

        foreach (IAsyncDisposable gone in retired)
        {
            await gone.DisposeAsync().ConfigureAwait(false);
        }
    }

    /// <summary>True if a plan has the same cluster, down to its files.</summary>
    public bool IsOf(ClusterPlan? plan) => plan is not null && plan.Endpoints.SequenceEqual(_plan.Endpoints) && plan with { Endpoints = _plan.Endpoints } == _plan;

    /// <summary>What a person wants to know of it.</summary>
    public ClusterMemberSnapshot Capture(Timestamp now)
    {
        StoreStatus status = _store.Status;
        lock (_gate)
        {
            return new ClusterMemberSnapshot
            {
                Host = _plan.Host,
                Store = status.Kind,
                Place = status.Place,
                Revision = status.Revision,
                SilentSeconds = status.LastAnswer is { } last ? Math.Max(0, (DateTimeOffset.UtcNow - last).TotalSeconds) : null,
                Requests = status.Requests,
                Failures = status.Failures,
                WatchesResumed = status.WatchesResumed,
                LeaseSeconds = Remaining(_discovery.Deadline, now),
                Endpoints = [.. _discovery.Known.OrderBy(known => known.Vni).ThenBy(known => known.Host, StringComparer.Ordinal).Select(known => new ClusterEndpointSnapshot(known.Vni, known.Address, known.Host))],
                BridgeNodes = [.. _pairs.Known.OrderBy(place => place.Pair).ThenBy(place => place.Node).Select(place => new ClusterBridgeNodeSnapshot(place.Pair, place.Node, place.Address))],
                Blocks = [.. _blocks.Values.Select(blocks => Capture(blocks, now))],
            };
        }
    }

    public async ValueTask DisposeAsync()
    {
        foreach (LeasedBlocks blocks in _blocks.Values)
        {
            await blocks.DisposeAsync().ConfigureAwait(false);
        }

        foreach (BridgeFence fence in _fences.Values)
        {
            await fence.DisposeAsync().ConfigureAwait(false);
        }

        foreach (BundleOwners owners in _owners.Values)
        {
            await owners.DisposeAsync().ConfigureAwait(false);
        }

        if (_blockOwners is not null)
        {
            await _blockOwners.DisposeAsync().ConfigureAwait(false);
        }

        await _pairs.DisposeAsync().ConfigureAwait(false);
        await _discovery.DisposeAsync().ConfigureAwait(false);
        await _store.DisposeAsync().ConfigureAwait(false);
    }

    /// <summary>A NAT whose addresses or sizes change is another one: blocks are cut differently.</summary>
    internal static string KeyOf(NatPlan nat) => $"{nat.Name} {string.Join(' ', nat.Shared!.Addresses)} {nat.Shared with { Addresses = [] }}";

    private static ClusterBlocksSnapshot Capture(LeasedBlocks blocks, Timestamp now)
    {
        var picture = blocks.Picture;
        return new ClusterBlocksSnapshot(blocks.Name, picture.Held, picture.Ready, Remaining(picture.Deadline, now), picture.Conflicts, picture.Exhausted, picture.Lost);
    }

    private static double Remaining(Timestamp deadline, Timestamp now) => deadline > now ? (deadline - now).TotalSeconds : 0;
}
