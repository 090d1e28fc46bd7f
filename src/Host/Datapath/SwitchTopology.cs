using System.Collections.Frozen;
using Weft.Host.Config;
using Weft.Packets;

namespace Weft.Host.Datapath;

/// <summary>
/// A plan with its references turned into numbers: every remote tunnel endpoint has one, every virtual network leads to its
/// segment. Immutable.
/// </summary>
internal sealed class SwitchTopology
{
    private readonly FrozenDictionary<(int Vtep, TunnelAddress Address), int> _peerOf;
    private readonly FrozenDictionary<(int Vtep, uint Vni), int> _segmentOf;
    private readonly int[][] _vtepsOfPort;
    private readonly StageId[] _entryOfPort, _entryOfSegment, _behindSpanOfPort, _behindSpanOfSegment;
    private readonly short[] _segmentOfVlan = new short[VlanTag.MaxVlanId + 2];
    private readonly HashSet<(int Segment, int Peer)> _members = [];

    /// <param name="plan">The configuration.</param>
    /// <param name="earlier">That of the configuration before, of whose remote endpoints those that are left keep their numbers where they can.</param>
    public SwitchTopology(SwitchPlan plan, SwitchTopology? earlier = null)
    {
        Plan = plan;
        BehindQos = plan.Mesh is { IsTranslated: true } ? StageId.Mesh : StageId.Bridge;
        BehindAcl = plan.Ports.Any(port => port.Qos >= 0) ? StageId.Qos : BehindQos;
        bool[] ports = Stages.AclOptionsFactory.PortsIn(plan), segments = Stages.AclOptionsFactory.SegmentsIn(plan);
        // With connections every frame must be at the worker that remembers them, where it leaves as well.
        bool isForAll = plan.Workers > 1 && Stages.AclOptionsFactory.IsStateful(plan);
        HasAcl = Stages.AclOptionsFactory.IsNeeded(plan);
        BehindGuard = HasAcl ? StageId.Acl : BehindAcl;
        IsGuarded = plan.Ports.Any(port => port.Guard.IsOn);
        _behindSpanOfPort = [.. ports.Select((isConcerned, port) => EntryOf(MeetsGuard(plan.Ports[port]), isConcerned || isForAll, plan.Ports[port].Qos >= 0))];
        _behindSpanOfSegment = [.. segments.Select((isConcerned, segment) => EntryOf(MeetsGuard(plan.Segments[segment]), isConcerned || isForAll, isMarked: false))];
        Array.Fill(_segmentOfVlan, (short)-1);
        Dictionary<(int Vtep, TunnelAddress Address), int> peerOf = PeerNumbers.Assign(plan, earlier);
        for (int segment = 0; segment < plan.Segments.Count; segment++)
        {
            SegmentPlan of = plan.Segments[segment];
            _segmentOfVlan[of.Vlan] = (short)segment;
            foreach (TunnelAddress address in PeerNumbers.Of(of))
            {
                _members.Add((segment, peerOf[(of.Vtep, address)]));
            }
        }

        Peers = [.. peerOf.OrderBy(peer => peer.Value).Select(peer => new RemoteEndpoint(peer.Key.Vtep, peer.Key.Address))];
        _vtepsOfPort = [.. plan.Ports.Select((_, port) => plan.Vteps.Index().Where(vtep => vtep.Item.Port == port).Select(vtep => vtep.Index).ToArray())];
        _peerOf = peerOf.ToFrozenDictionary();
        var taps = new MirrorTaps(this);
        _entryOfPort = [.. taps.InPorts.Select((isCopied, port) => isCopied ? StageId.Span : _behindSpanOfPort[port])];
        _entryOfSegment = [.. taps.InSegments.Select((isCopied, segment) => isCopied ? StageId.Span : _behindSpanOfSegment[segment])];
        _segmentOf = plan.Segments.Index().Where(item => item.Item.Vni is not null)
            .ToFrozenDictionary(item => (item.Item.Vtep, item.Item.Vni!.Value), item => item.Index);
    }

    /// <summary>What was configured.</summary>
    public SwitchPlan Plan { get; }

    /// <summary>Whether machines behind a port are held to their addresses.</summary>
    public bool IsGuarded { get; }

    /// <summary>Whether an access list is in force anywhere.</summary>
    public bool HasAcl { get; }

    /// <summary>The stage behind the guard.</summary>
    public StageId BehindGuard { get; }

    /// <summary>The stage behind access lists.</summary>
    public StageId BehindAcl { get; }

    /// <summary>The stage behind policies of service.</summary>
    public StageId BehindQos { get; }

    /// <summary>The stage that frames of a port meet once they were copied.</summary>
    public StageId BehindSpanOfPort(int port) => _behindSpanOfPort[port];

    /// <summary>The stage that frames of a segment meet once they were copied.</summary>
    public StageId BehindSpanOfSegment(int segment) => _behindSpanOfSegment[segment];

    /// <summary>The stage that frames of machines behind a port meet first: what the port does not use is left out.</summary>
    public StageId EntryOfPort(int port) => _entryOfPort[port];

    /// <summary>The stage that frames of a segment meet first when they come out of a tunnel.</summary>
    public StageId EntryOfSegment(int segment) => _entryOfSegment[segment];

    /// <summary>Remote tunnel endpoints; an index into this list names one everywhere in the datapath.</summary>
    public IReadOnlyList<RemoteEndpoint> Peers { get; }

    /// <summary>The tunnel endpoints of a port.</summary>
    public int[] VtepsOf(int port) => _vtepsOfPort[port];

    /// <summary>The segment of a virtual network at a local endpoint, -1 if there is none.</summary>
    public int SegmentOf(int vtep, uint vni) => _segmentOf.TryGetValue((vtep, vni), out int segment) ? segment : -1;

    /// <summary>The segment of a VLAN, -1 if there is none.</summary>
    public int SegmentOfVlan(ushort vlan) => _segmentOfVlan[vlan];

    /// <summary>The number of a remote endpoint, -1 if it is not configured.</summary>
    public int PeerOf(int vtep, TunnelAddress address) => _peerOf.TryGetValue((vtep, address), out int peer) ? peer : -1;

    /// <summary>True if a virtual network at a local endpoint is that in which pairs of bridge nodes have their BFD.</summary>
    /// <param name="vtep">The local endpoint.</param>
    /// <param name="vni">The virtual network.</param>
    /// <param name="source">Who speaks there.</param>
    /// <param name="peer">Its number if it is the other node of a pair, otherwise -1.</param>
    public bool IsManagement(int vtep, uint vni, Encap.VtepAddress source, out int peer)
    {
        bool isManagement = false;
        peer = -1;
        foreach (BridgePlan bridge in Plan.Bridges)
        {
            if (bridge.BfdEncapsulation == BfdEncapsulation.Tunnel && bridge.Vtep == vtep && bridge.ManagementVni == vni)
            {
                isManagement = true;
                peer = source == Stages.VtepOptionsFactory.AddressOf(bridge.Peer) ? PeerOf(vtep, bridge.Peer) : peer;
            }
        }

        return isManagement;
    }

    /// <summary>True if a remote endpoint shares a segment.</summary>
    public bool IsMember(int segment, int peer) => _members.Contains((segment, peer));

    /// <summary>True for the place of a router.</summary>
    public bool IsRouter(Bridge.BridgeLocation where) => !where.IsVtep && where.Index >= Plan.Ports.Count;

    /// <summary>A guarded port, and those from which it can be answered: what DHCP servers tell its machines is what the guard knows.</summary>
    private bool MeetsGuard(PortPlan port) => port.Guard.IsOn || Plan.Segments.Any(segment => Observe.SwitchState.IsMember(port, segment.Vlan) && MeetsGuard(segment));

    /// <summary>A relay brings answers from other segments, so with one of them nothing is left out.</summary>
    private bool MeetsGuard(SegmentPlan segment) =>
        IsGuarded && (Plan.Routers.Any(router => router.Interfaces.Any(face => face.DhcpRelay is not null))
            || Plan.Ports.Any(port => port.Guard.IsOn && Observe.SwitchState.IsMember(port, segment.Vlan)));

    private StageId EntryOf(bool isGuarded, bool isFiltered, bool isMarked) => isGuarded ? StageId.Guard : isFiltered ? StageId.Acl : isMarked ? StageId.Qos : BehindQos;

    /// <summary>The name of a local port or router, or the address of a remote endpoint.</summary>
    public string NameOf(Bridge.BridgeLocation where) =>
        where.IsVtep ? $"peer {Peers[where.Index].Address}"
        : IsRouter(where) ? $"router {Plan.Routers[where.Index - Plan.Ports.Count].Name}"
        : $"port {Plan.Ports[where.Index].Name}";
}
