using Weft.Bridge;
using Weft.Host.Config.Document;

namespace Weft.Host.Config.Shapes;

/// <summary>The keys of a bridge node.</summary>
internal static class BridgeShape
{
    private const int MaxVlan = 4094;

    public static Shape<BridgeSection> Shape { get; } = new(
        "bridge",
        "This switch's part in a pair of bridge nodes, one of which forwards between the VLANs of a port and the overlay.",
        new ScalarField<BridgeSection, string>("name", "Shown in tables and events.", Scalars.Name, (s, v) => s.Name = v).Required(),
        new ScalarField<BridgeSection, int>("id", "Number of the pair, the same on both nodes.", Scalars.Integer(1, int.MaxValue), (s, v) => s.Id = v).Required(),
        new ScalarField<BridgeSection, int>("node", "Number of this node, unlike the other's.", Scalars.Integer(1, 65535), (s, v) => s.Node = v).Required(),
        new ScalarField<BridgeSection, int>("priority", "Rank; the node with the higher one is preferred.", Scalars.Integer(0, 255), (s, v) => s.Priority = v).Default(100),
        new ScalarField<BridgeSection, string>("port", "Name of the access-role port that leads to the VLANs.", Scalars.Name, (s, v) => s.Port = v).Required(),
        new ScalarListField<BridgeSection, string>("segments", "Names of the segments that are bridged; all on one tunnel endpoint.", Scalars.Name, MaxVlan, "required", s => s.Segments),
        new ScalarField<BridgeSection, string>("vtep", "Name of the tunnel endpoint.", Scalars.Name, (s, v) => s.Vtep = v).Required(),
        new ScalarField<BridgeSection, TunnelAddress>("peer", "Tunnel endpoint of the other node; it is among the peers of every bridged segment.", Scalars.Address, (s, v) => s.Peer = v).IfAbsent("found in the cluster's store, which needs etcd: until the other node has been there once, nothing is forwarded"),
        new ScalarField<BridgeSection, string>("keyFile", "File with the secret of the pair, 16 bytes at least. Without one, whoever reaches the endpoint can take the node down.", Scalars.Path, (s, v) => s.KeyFile = v).IfAbsent("messages are not authenticated"),
        new ScalarField<BridgeSection, PreemptionMode>(
            "preemption",
            "non-preemptive: who forwards goes on. preemptive: the preferred node asks for its place once it is stable. manual: only a person moves the role.",
            Scalars.OneOf(("non-preemptive", PreemptionMode.NonPreemptive), ("preemptive", PreemptionMode.Preemptive), ("manual", PreemptionMode.Manual)),
            (s, v) => s.Preemption = v).Default(PreemptionMode.NonPreemptive),
        new ScalarField<BridgeSection, AnnouncementOrder>(
            "order",
            "What a node that takes over does first.",
            Scalars.OneOf(("forward-then-announce", AnnouncementOrder.ForwardThenAnnounce), ("announce-then-forward", AnnouncementOrder.AnnounceThenForward)),
            (s, v) => s.Order = v).Default(AnnouncementOrder.ForwardThenAnnounce),
        new ScalarField<BridgeSection, int>("syncPort", "UDP port of MAC-SYNC, the same on both nodes.", Scalars.Integer(1024, 65535), (s, v) => s.SyncPort = v).Default(8971),
        new ScalarField<BridgeSection, int>("bfdIntervalMilliseconds", "Interval of BFD packets (RFC 5880).", Scalars.Integer(5, 10_000, "milliseconds"), (s, v) => s.BfdIntervalMilliseconds = v).Default(50),
        new ScalarField<BridgeSection, int>("bfdMultiplier", "BFD packets in a row that may be missed.", Scalars.Integer(1, 255), (s, v) => s.BfdMultiplier = v).Default(3),
        new ScalarField<BridgeSection, BfdEncapsulation>(
            "bfdEncapsulation",
            "underlay: BFD between the endpoints is plain UDP (RFC 5881). tunnel: it is inside the tunnel (RFC 8971, RFC 9521), so that it fails when the tunnel does, ESP included. The same on both nodes.",
            Scalars.OneOf(("underlay", BfdEncapsulation.Underlay), ("tunnel", BfdEncapsulation.Tunnel)),
            (s, v) => s.BfdEncapsulation = v).Default(BfdEncapsulation.Underlay),
        new ScalarField<BridgeSection, int>("managementVni", "Virtual network identifier of BFD inside the tunnel; no segment has it.", Scalars.Integer(0, 0xFF_FFFF), (s, v) => s.ManagementVni = v).Default(1),
        new ScalarField<BridgeSection, int>("pathVlan", "VLAN of the port in which the nodes watch each other a second time; a node takes over only if both paths are silent.", Scalars.Integer(1, MaxVlan), (s, v) => s.PathVlan = v).IfAbsent("only the overlay is watched"),
        new ScalarField<BridgeSection, int>("initHoldMilliseconds", "Time to listen after the start.", Scalars.Integer(10, 60_000, "milliseconds"), (s, v) => s.InitHoldMilliseconds = v).Default(2000),
        new ScalarField<BridgeSection, int>("preemptHoldMilliseconds", "Time for which a preferred node is stable before it asks for its place.", Scalars.Integer(0, 60_000, "milliseconds"), (s, v) => s.PreemptHoldMilliseconds = v).Default(30_000),
        new ScalarField<BridgeSection, int>("fenceLeaseSeconds", "Ask the cluster's store before forwarding, and forward for so long after its last answer: two nodes that hear hosts but not each other never forward both. Needs 'cluster' with etcd, the same on both nodes.", Scalars.Integer(2, 60, "seconds"), (s, v) => s.FenceLeaseSeconds = v).IfAbsent("the nodes agree among themselves"),
        new ScalarField<BridgeSection, bool>("announceAddresses", "Whether known IP addresses are announced by gratuitous ARP and neighbour advertisements beside RARP.", Scalars.Boolean, (s, v) => s.AnnounceAddresses = v).Default(false),
        new ScalarField<BridgeSection, HostFlushMode>(
            "hostFlush",
            "What a node that takes over asks the other peers of the segments to do with addresses behind the other node, beside announcing. forget: forget them. repoint: send to this node. They obey if they have an entry of 'bridgePairs'.",
            Scalars.OneOf(("off", (HostFlushMode)0), ("forget", HostFlushMode.Forget), ("repoint", HostFlushMode.Repoint)),
            (s, v) => s.HostFlush = v).Default((HostFlushMode)0),
        new ScalarField<BridgeSection, string>("hostKeyFile", "File with the secret that the nodes share with the hosts, 16 bytes at least; another than 'keyFile'.", Scalars.Path, (s, v) => s.HostKeyFile = v).IfAbsent("requests are not authenticated"),
        new ScalarField<BridgeSection, int>("hostPort", "UDP port of requests to hosts.", Scalars.Integer(1024, 65535), (s, v) => s.HostPort = v).Default(BridgePairShape.DefaultPort));
}
