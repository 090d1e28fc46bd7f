using Weft.Encap;
using Weft.Host.Config.Document;
using Weft.Host.Config.Validation;
using Weft.Host.Datapath.Workers;
using Weft.Ports;

namespace Weft.Host.Config.Shapes;

/// <summary>The whole language in one place: every key, its values, its default, its meaning.</summary>
internal static class DocumentShape
{
    private const int MaxVlan = 4094;

    private static readonly Shape<GeneralSection> General = new(
        "switch",
        "The switch as a whole.",
        new ScalarField<GeneralSection, string>("name", "Shown in tables, traces and metrics.", Scalars.Name, (s, v) => s.Name = v).Default("weft"),
        new ScalarField<GeneralSection, int>("vectorSize", "Frames that a worker takes from a port at a time.", Scalars.Integer(1, 256), (s, v) => s.VectorSize = v).Default(64),
        new ScalarField<GeneralSection, PollMode>(
            "poll",
            "What a worker does when no frame waits: adaptive spins for 50 µs and then sleeps, spin never sleeps (least latency, one whole processor), sleep sleeps at once.",
            Scalars.OneOf(("adaptive", PollMode.Adaptive), ("spin", PollMode.Spin), ("sleep", PollMode.Sleep)),
            (s, v) => s.Poll = v).Default(PollMode.Adaptive),
        new ScalarField<GeneralSection, int>("workers", "Workers that share the load: each a thread with packet buffers, tables and a graph of its own. See the guide to workers.", Scalars.Integer(1, WorkerExchange.MaxWorkers), (s, v) => s.Workers = v).Default(1),
        new ScalarListField<GeneralSection, int>("cores", "The processor that each worker keeps to, in their order.", Scalars.Integer(0, ProcessorAffinity.MaxProcessor), WorkerExchange.MaxWorkers, "the system moves workers", s => s.Cores),
        new ScalarField<GeneralSection, int>("workerNice", "The nice value of the workers' threads: with less than others they wait less for a processor that both want. Less than what the process has needs root, CAP_SYS_NICE or LimitNICE.", Scalars.Integer(Niceness.Min, Niceness.Max), (s, v) => s.WorkerNice = v).IfAbsent("as the process"),
        new ScalarField<GeneralSection, int>("poolBuffers", "Packet buffers of a worker: frames that can be inside the switch at once.", Scalars.Integer(512, 1 << 20), (s, v) => s.PoolBuffers = v).Default(8192),
        LinkShape.Mac,
        new ScalarField<GeneralSection, string>("controlSocket", "Unix socket that 'weft show' talks to.", Scalars.Path, (s, v) => s.ControlSocket = v).IfAbsent("no socket"),
        new ScalarField<GeneralSection, string>("stateFile", "File that a switch with live ports writes when it is stopped, and that the next one begins with: learned addresses, neighbours, flows of NAT, load balancers and machines, multicast groups.", Scalars.Path, (s, v) => s.StateFile = v).IfAbsent("a switch begins anew"),
        new ScalarField<GeneralSection, int>("stateMaxSeconds", "An older state file is not used.", Scalars.Integer(1, 86_400, "seconds"), (s, v) => s.StateMaxSeconds = v).Default(300),
        AclShape.Connections,
        new GroupField<GeneralSection, MoveDampingSection>("moveDamping", "Addresses that move too often.", PortProtectionShape.MoveDamping, (s, v) => s.MoveDamping = v));

    private static readonly Shape<VlanSection> Vlan = new(
        "vlan",
        "VLAN treatment of an access-role port (IEEE 802.1Q).",
        new ScalarField<VlanSection, VlanMode>(
            "mode",
            "access: untagged frames belong to one VLAN, others are dropped. trunk: tagged frames of the allowed VLANs.",
            Scalars.OneOf(("access", VlanMode.Access), ("trunk", VlanMode.Trunk)),
            (s, v) => s.Mode = v).Default(VlanMode.Access),
        new ScalarField<VlanSection, int>("id", "VLAN of an access port.", Scalars.Integer(1, MaxVlan), (s, v) => s.Id = v).IfAbsent("1 in mode access"),
        new ScalarListField<VlanSection, NumberRange>("allowed", "VLANs that pass a trunk.", Scalars.Range(1, MaxVlan), MaxVlan, "every VLAN that has a segment", s => s.Allowed),
        new ScalarField<VlanSection, int>("native", "VLAN of untagged frames on a trunk.", Scalars.Integer(1, MaxVlan), (s, v) => s.Native = v).IfAbsent("untagged frames are dropped"));

    private static readonly Shape<PortSection> Port = new(
        "port",
        "A place where frames enter and leave.",
        new ScalarField<PortSection, string>("name", "Unique among ports.", Scalars.Name, (s, v) => s.Name = v).Required(),
        new ScalarField<PortSection, PortKind>(
            "type",
            "tap: a TAP device, made if it does not exist. af_packet: an existing network device. af_xdp: the same, taken in front of the kernel's own stack. pcap: a capture file is read, another written. memif: memory that another process shares. bond: other ports that are used as one link.",
            Scalars.OneOf(("tap", PortKind.Tap), ("af_packet", PortKind.AfPacket), ("af_xdp", PortKind.AfXdp), ("pcap", PortKind.Pcap), ("memif", PortKind.Memif), ("bond", PortKind.Bond)),
            (s, v) => s.Type = v).Required(),
        new ScalarField<PortSection, PortRole>(
            "role",
            "access: machines or VLANs, whose frames are bridged. underlay: the network that carries tunnels. member: a link of a bond. monitor: it gets copies from mirrors and nothing else, and what comes from it is dropped.",
            Scalars.OneOf(("access", PortRole.Access), ("underlay", PortRole.Underlay), ("member", PortRole.Member), ("monitor", PortRole.Monitor)),
            (s, v) => s.Role = v).Default(PortRole.Access),
        new ScalarField<PortSection, int>("mtu", "Largest layer-3 packet.", Scalars.Integer(576, 65521, "bytes"), (s, v) => s.Mtu = v).Default(1500),
        new ScalarField<PortSection, string>("device", "Device of a tap, af_packet or af_xdp port.", Scalars.Device, (s, v) => s.Device = v).IfAbsent("required for tap, af_packet and af_xdp"),
        new ScalarField<PortSection, string>("networkNamespace", "Network namespace of the device, by its name under /run/netns.", Scalars.Name, (s, v) => s.NetworkNamespace = v).IfAbsent("the process's own"),
        new ScalarField<PortSection, AfPacketDriver>(
            "driver",
            "Form of an af_packet port: low-latency, or throughput (TPACKET_V3 blocks: most frames a second, up to a block timeout of latency).",
            Scalars.OneOf(("low-latency", AfPacketDriver.LowLatency), ("throughput", AfPacketDriver.Throughput)),
            (s, v) => s.Driver = v).Default(AfPacketDriver.LowLatency),
        TapShape.Offload,
        new ScalarField<PortSection, string>("read", "Capture that a pcap port delivers, pcap or pcapng.", Scalars.Path, (s, v) => s.Read = v).IfAbsent("nothing is received"),
        new ScalarField<PortSection, string>("write", "Capture that a pcap port writes: pcapng if the name ends so, else pcap. Folders are made.", Scalars.Path, (s, v) => s.Write = v).IfAbsent("what is sent is discarded"),
        MemifShape.Port,
        new GroupField<PortSection, VlanSection>("vlan", "VLAN treatment, for role access.", Vlan, (s, v) => s.Vlan = v),
        new GroupField<PortSection, PortGuardSection>("guard", "Which addresses machines behind the port may use, for role access.", GuardShape.Port, (s, v) => s.Guard = v),
        new GroupField<PortSection, AclBindingSection>("acl", "Access lists, for role access.", AclShape.Binding, (s, v) => s.Acl = v),
        QosShape.Port,
        SchedulerShape.Port,
        new GroupField<PortSection, BondSection>("bond", "The links of a port of type bond.", LinkShape.Bond, (s, v) => s.Bond = v),
        LinkShape.BondPriority,
        LinkShape.Description,
        LinkShape.PortLldp,
        new GroupField<PortSection, PortLearningSection>("learning", "What the port may teach the filtering database, for role access.", PortProtectionShape.Learning, (s, v) => s.Learning = v),
        new GroupField<PortSection, LoopGuardSection>("loopGuard", "Whether loops behind the port are looked for, for role access; '{}' for all defaults.", PortProtectionShape.LoopGuard, (s, v) => s.LoopGuard = v),
        new GroupField<PortSection, StormSection>("storm", "How much the port may have flooded, for role access.", PortProtectionShape.Storm, (s, v) => s.Storm = v),
        new GroupField<PortSection, PortMulticastSection>("multicast", "What is granted to the hosts behind the port.", MulticastShape.Port, (s, v) => s.Multicast = v));

    private static readonly Shape<FragmentOptionSection> FragmentOption = new(
        "option",
        "The Geneve option that carries fragment information (RFC 8926 section 3.5), the same at both ends.",
        new ScalarField<FragmentOptionSection, int>("class", "Option class; 65280 to 65535 are for experiments.", Scalars.Integer(0, 65535), (s, v) => s.Class = v).Default(GeneveFragmentOption.ExperimentalClass),
        new ScalarField<FragmentOptionSection, int>("type", "Option type, with the critical bit: an endpoint that does not know the option must drop the packet.", Scalars.Integer(128, 255), (s, v) => s.Type = v).Default(GeneveFragmentOption.Default.OptionType));

    private static readonly Shape<FragmentationSection> Fragmentation = new(
        "fragmentation",
        "What happens to frames that are longer than the underlay carries once they have tunnel headers.",
        new ScalarField<FragmentationSection, FragmentationPolicy>(
            "policy",
            "drop: they are dropped. signal: dropped, and the sender is told which length fits. fragment: they are cut into packets with complete outer headers, and put together at the other end.",
            Scalars.OneOf(("drop", FragmentationPolicy.Drop), ("signal", FragmentationPolicy.Signal), ("fragment", FragmentationPolicy.Fragment)),
            (s, v) => s.Policy = v).Default(FragmentationPolicy.Drop),
        new GroupField<FragmentationSection, FragmentOptionSection>("option", "The Geneve option that carries fragment information.", FragmentOption, (s, v) => s.Option = v),
        new ScalarField<FragmentationSection, int>("nextProtocol", "Next protocol of VXLAN-GPE that stands for a fragment, the same at both ends.", Scalars.Integer(TunnelFragmentation.MinGpeNextProtocol, TunnelFragmentation.MaxGpeNextProtocol), (s, v) => s.NextProtocol = v).Default(TunnelFragmentation.MaxGpeNextProtocol),
        new ScalarField<FragmentationSection, bool>(
            "vxlanReservedBits",
            "With vxlan, which has no place for fragment information that an unaware receiver must refuse: all-receivers-know puts it into reserved bits. Any receiver that does not know delivers pieces as frames.",
            Scalars.OneOf(("no", false), ("all-receivers-know", true)),
            (s, v) => s.VxlanReservedBits = v).Default(false),
        new ScalarField<FragmentationSection, FragmentSplit>(
            "split",
            "balanced: fragments of equal size. greedy: each as large as fits.",
            Scalars.OneOf(("balanced", FragmentSplit.Balanced), ("greedy", FragmentSplit.Greedy)),
            (s, v) => s.Split = v).Default(FragmentSplit.Balanced),
        new ScalarField<FragmentationSection, int>("maxFrame", "Longest inner frame that is cut or put together.", Scalars.Integer(64, 65528, "bytes"), (s, v) => s.MaxFrame = v).Default(9216),
        new ScalarField<FragmentationSection, int>("minFragment", "Least bytes of a fragment that is not the last; smaller ones are dropped.", Scalars.Integer(8, 1024, "bytes"), (s, v) => s.MinFragment = v).Default(256),
        new ScalarField<FragmentationSection, int>("timeoutMilliseconds", "Time from a frame's first fragment until it is given up.", Scalars.Integer(1, 60_000, "milliseconds"), (s, v) => s.TimeoutMilliseconds = v).Default(500),
        new ScalarField<FragmentationSection, int>("maxDatagrams", "Frames that are put together at a time.", Scalars.Integer(8, 1 << 20), (s, v) => s.MaxDatagrams = v).Default(1024),
        new ScalarField<FragmentationSection, int>("maxPerSource", "Frames of one remote endpoint that are put together at a time.", Scalars.Integer(1, 4096), (s, v) => s.MaxPerSource = v).Default(128),
        new ScalarField<FragmentationSection, int>("maxPerVni", "Frames of one virtual network that are put together at a time.", Scalars.Integer(1, 1 << 20), (s, v) => s.MaxPerVni = v).Default(512));

    private static readonly Shape<AssociationSection> OutboundAssociation = Association("outbound", "An association that seals; its key is used for nothing else.", isOutbound: true);

    private static readonly Shape<AssociationSection> InboundAssociation = Association("inbound", "An association that opens.", isOutbound: false);

    private static readonly Shape<SteeringSection> Steering = new(
        "steering",
        "How the peer's adapter spreads packets over its receive queues (ethtool -x shows it there), so that each association can be aimed at one.",
        new ScalarField<SteeringSection, string>("key", "Key of its Toeplitz hash, 40 to 64 octets in hexadecimal, or microsoft for the default of many adapters.", Scalars.RssKey, (s, v) => s.Key = v).Default("microsoft"),
        new ScalarField<SteeringSection, int>("entries", "Entries of its indirection table, a power of two; queues stand in it in turn.", Scalars.Integer(1, RssIndirectionTable.MaxEntries), (s, v) => s.Entries = v).Default(128),
        new ScalarField<SteeringSection, int>("queues", "Its receive queues.", Scalars.Integer(1, RssIndirectionTable.MaxEntries), (s, v) => s.Queues = v).IfAbsent("required without table"),
        new ScalarListField<SteeringSection, int>("table", "The whole table, where it is not queues in turn.", Scalars.Integer(0, 65535), RssIndirectionTable.MaxEntries, "queues in turn", s => s.Table));

    private static readonly Shape<SecuritySection> Security = new(
        "security",
        "A peer whose tunnel packets are sealed with ESP in transport mode (RFC 4303), and taken with ESP alone.",
        new ScalarField<SecuritySection, TunnelAddress>("peer", "Address of the remote endpoint.", Scalars.Address, (s, v) => s.Peer = v).Required(),
        new ScalarField<SecuritySection, bool>("udpEncapsulation", "ESP in UDP port 4500 (RFC 3948): receive queues and equal paths are chosen by the source port.", Scalars.Boolean, (s, v) => s.UdpEncapsulation = v).Default(true),
        new ScalarField<SecuritySection, bool>("extendedSequence", "64-bit sequence numbers (RFC 4303 section 2.2.1), the same at both ends.", Scalars.Boolean, (s, v) => s.ExtendedSequence = v).Default(true),
        new ScalarField<SecuritySection, int>("replayWindow", "Packets that may be out of order.", Scalars.Integer(AntiReplayWindow.MinSize, AntiReplayWindow.MaxSize), (s, v) => s.ReplayWindow = v).Default(1024),
        new ScalarField<SecuritySection, int>("lifetimeGigabytes", "Payload after which an association seals and opens nothing more; a successor is due at 80 %.", Scalars.Integer(1, int.MaxValue, "gigabytes"), (s, v) => s.LifetimeGigabytes = v).IfAbsent("until the sequence numbers are used up"),
        new GroupField<SecuritySection, SteeringSection>("steering", "The peer's receive queues.", Steering, (s, v) => s.Steering = v),
        new GroupListField<SecuritySection, AssociationSection>("outbound", "Associations that seal. The first is the fallback; flows are spread over all (RFC 9611).", OutboundAssociation, 1, SaSet.MaxPlaces, s => s.Outbound),
        new GroupListField<SecuritySection, AssociationSection>("inbound", "Associations that open. During a rekey old and new ones stand beside each other.", InboundAssociation, 1, 2 * SaSet.MaxPlaces, s => s.Inbound));

    private static readonly Shape<VtepSection> Vtep = new(
        "vtep",
        "A tunnel endpoint of this switch.",
        new ScalarField<VtepSection, string>("name", "Unique among endpoints.", Scalars.Name, (s, v) => s.Name = v).Required(),
        new ScalarField<VtepSection, string>("port", "Name of the underlay port.", Scalars.Name, (s, v) => s.Port = v).Required(),
        new ScalarField<VtepSection, InterfaceAddress>("address", "Own address on the underlay, with the prefix of its network.", Scalars.AddressWithPrefix, (s, v) => s.Address = v).Required(),
        new ScalarField<VtepSection, TunnelAddress>("gateway", "Next hop for peers outside that network.", Scalars.Address, (s, v) => s.Gateway = v).IfAbsent("peers outside are unreachable"),
        new ScalarField<VtepSection, Packets.MacAddress>("mac", "Own MAC address on the underlay.", Scalars.Mac, (s, v) => s.Mac = v).IfAbsent("02:57 and the last four octets of the address"),
        new ScalarField<VtepSection, TunnelKind>(
            "encapsulation",
            "vxlan (RFC 7348), geneve (RFC 8926) or vxlan-gpe (draft-ietf-nvo3-vxlan-gpe).",
            Scalars.OneOf(("vxlan", TunnelKind.Vxlan), ("geneve", TunnelKind.Geneve), ("vxlan-gpe", TunnelKind.VxlanGpe)),
            (s, v) => s.Encapsulation = v).Default(TunnelKind.Vxlan),
        new ScalarField<VtepSection, int>("udpPort", "UDP port of the tunnel protocol.", Scalars.Integer(1, 65535), (s, v) => s.UdpPort = v).IfAbsent("4789 for vxlan, 6081 for geneve, 4790 for vxlan-gpe"),
        new ScalarField<VtepSection, NumberRange>("sourcePorts", "UDP source ports that the hash of the inner flow picks from (RFC 7348 section 5).", Scalars.Range(1, 65535), (s, v) => s.SourcePorts = v).Default(new NumberRange(49152, 65535)),
        new ScalarField<VtepSection, OuterChecksumPolicy>(
            "udpChecksum",
            "standard: zero over IPv4, computed over IPv6. always: computed. zero: never, for which RFC 6936 has conditions over IPv6.",
            Scalars.OneOf(("standard", OuterChecksumPolicy.Standard), ("always", OuterChecksumPolicy.Always), ("zero", OuterChecksumPolicy.Zero)),
            (s, v) => s.UdpChecksum = v).Default(OuterChecksumPolicy.Standard),
        new ScalarField<VtepSection, int>("ttl", "TTL or hop limit of outer headers.", Scalars.Integer(1, 255), (s, v) => s.Ttl = v).Default(64),
        QosShape.OuterDscp,
        QosShape.DscpModel,
        new ScalarField<VtepSection, int>("mtu", "Largest outer IP packet, where the path to the peers carries less than the port.", Scalars.Integer(576, 65521, "bytes"), (s, v) => s.Mtu = v).IfAbsent("the mtu of the port"),
        new GroupField<VtepSection, PathMtuSection>("pathMtu", "How the endpoint learns what paths carry.", PathMtuShape.Shape, (s, v) => s.PathMtu = v),
        new GroupField<VtepSection, FragmentationSection>("fragmentation", "Frames that are too long for the underlay.", Fragmentation, (s, v) => s.Fragmentation = v),
        new GroupListField<VtepSection, SecuritySection>("security", "Peers that ESP protects.", Security, 0, 4096, s => s.Security),
        new GroupListField<VtepSection, NeighborSection>("neighbors", "Neighbours configured by hand; needed where the underlay is a capture, which answers no ARP.", NeighborShape.Shape, 0, 65_536, s => s.Neighbors));

    private static readonly Shape<SuppressionSection> Suppression = new(
        "suppression",
        "Requests that are answered here instead of flooded, where the answer is known.",
        new ScalarField<SuppressionSection, bool>("arp", "ARP requests (RFC 826).", Scalars.Boolean, (s, v) => s.Arp = v).Default(true),
        new ScalarField<SuppressionSection, bool>("nd", "IPv6 neighbour solicitations (RFC 4861).", Scalars.Boolean, (s, v) => s.Nd = v).Default(true),
        new ScalarField<SuppressionSection, int>(
            "askAgainSeconds",
            "A machine that asks all again within this time after it was answered gets its question flooded, unless what it asks for was heard meanwhile: the answer was perhaps out of date. 0: it is answered always.",
            Scalars.Integer(0, (int)Bridge.BridgeSegmentOptions.MaxAskAgain.TotalSeconds, "seconds"),
            (s, v) => s.AskAgainSeconds = v).Default((int)Bridge.BridgeSegmentOptions.DefaultAskAgain.TotalSeconds));

    private static readonly Shape<StaticMacSection> StaticMac = new(
        "static",
        "An address that neither ages nor moves. It has exactly one of port and peer.",
        new ScalarField<StaticMacSection, Packets.MacAddress>("mac", "The address.", Scalars.Mac, (s, v) => s.Mac = v).Required(),
        new ScalarField<StaticMacSection, string>("port", "Name of the access-role port behind which it is.", Scalars.Name, (s, v) => s.Port = v),
        new ScalarField<StaticMacSection, TunnelAddress>("peer", "Remote tunnel endpoint behind which it is.", Scalars.Address, (s, v) => s.Peer = v));

    private static readonly Shape<SegmentSection> Segment = new(
        "segment",
        "A layer-2 segment: a VLAN on local ports, joined to a virtual network on a tunnel endpoint.",
        new ScalarField<SegmentSection, string>("name", "Unique among segments.", Scalars.Name, (s, v) => s.Name = v).Required(),
        new ScalarField<SegmentSection, int>("vlan", "VLAN on local ports, unique among segments.", Scalars.Integer(1, MaxVlan), (s, v) => s.Vlan = v).Required(),
        new ScalarField<SegmentSection, int>("vni", "Virtual network identifier, unique on its endpoint.", Scalars.Integer(0, 0xFF_FFFF), (s, v) => s.Vni = v).IfAbsent("local only"),
        new ScalarField<SegmentSection, string>("vtep", "Name of the tunnel endpoint.", Scalars.Name, (s, v) => s.Vtep = v).IfAbsent("local only"),
        new ScalarListField<SegmentSection, TunnelAddress>("peers", "Remote endpoints that get a copy of broadcast, multicast and unknown unicast (head-end replication).", Scalars.Address, 4096, "none", s => s.Peers),
        new ScalarField<SegmentSection, bool>("discover", "Whether other hosts of the cluster that have this VNI are peers, beside those named.", Scalars.Boolean, (s, v) => s.Discover = v).Default(false),
        new ScalarField<SegmentSection, bool>("learning", "Whether source addresses are learned.", Scalars.Boolean, (s, v) => s.Learning = v).Default(true),
        new ScalarField<SegmentSection, bool>("flood", "Whether unknown unicast is flooded (true) or dropped.", Scalars.Boolean, (s, v) => s.Flood = v).Default(true),
        new GroupField<SegmentSection, SuppressionSection>("suppression", "ARP and ND suppression.", Suppression, (s, v) => s.Suppression = v),
        new ScalarField<SegmentSection, int>("ageingSeconds", "Time after which an address that is not seen again is forgotten (IEEE 802.1Q table 8-5).", Scalars.Integer(10, 1_000_000, "seconds"), (s, v) => s.AgeingSeconds = v).Default(300),
        new ScalarField<SegmentSection, int>("maxMacs", "Most learned addresses in the segment.", Scalars.Integer(1, 1 << 20), (s, v) => s.MaxMacs = v).IfAbsent("65536, or an equal share of 1048576 among more than 16 segments"),
        new GroupListField<SegmentSection, StaticMacSection>("static", "Addresses configured by hand.", StaticMac, 0, 65_536, s => s.Static),
        new GroupField<SegmentSection, AclBindingSection>("acl", "Access lists of all machines in the segment, beside those of their ports.", AclShape.Binding, (s, v) => s.Acl = v),
        new GroupField<SegmentSection, SegmentMulticastSection>("multicast", "IP multicast: who gets what.", MulticastShape.Segment, (s, v) => s.Multicast = v));

    /// <summary>The document.</summary>
    public static Shape<SwitchDocument> Root { get; } = new(
        "document",
        "Configuration of a weft switch.",
        new ScalarField<SwitchDocument, string>("schema", "Version of this language.", Scalars.OneOf(("weft/1", "weft/1")), (s, v) => s.Schema = v).Required(),
        new GroupField<SwitchDocument, GeneralSection>("switch", "The switch as a whole.", General, (s, v) => s.General = v),
        new GroupListField<SwitchDocument, PortSection>("ports", "Where frames enter and leave.", Port, 1, 1024, s => s.Ports),
        new GroupListField<SwitchDocument, VtepSection>("vteps", "Tunnel endpoints of this switch.", Vtep, 0, 256, s => s.Vteps),
        new GroupListField<SwitchDocument, SegmentSection>("segments", "Layer-2 segments.", Segment, 1, MaxVlan, s => s.Segments),
        new GroupField<SwitchDocument, LldpSection>("lldp", "Link layer discovery.", LinkShape.Lldp, (s, v) => s.Lldp = v),
        new GroupListField<SwitchDocument, BridgeSection>("bridges", "The part of this switch in pairs of bridge nodes.", BridgeShape.Shape, 0, 64, s => s.Bridges),
        new GroupListField<SwitchDocument, BridgePairSection>("bridgePairs", "Pairs of bridge nodes whose requests this switch obeys as a host of the overlay.", BridgePairShape.Shape, 0, 64, s => s.BridgePairs),
        new GroupListField<SwitchDocument, IdsSection>("ids", "Sensors that compare frames with rules of intrusion detection.", IdsShape.Shape, 0, 64, s => s.Ids),
        new GroupField<SwitchDocument, MulticastSection>("multicast", "Timers, memory and routes of multicast.", MulticastShape.Switch, (s, v) => s.Multicast = v),
        new GroupListField<SwitchDocument, RouterSection>("routers", "Virtual routers between segments.", RouterShape.Shape, 0, 1024, s => s.Routers),
        new GroupListField<SwitchDocument, NatSection>("nat", "Source NAT of routers.", NatShape.Shape, 0, 1024, s => s.Nat),
        new GroupListField<SwitchDocument, NatGatewaySection>("natGateways", "Ways from outside to hosts that share addresses.", NatGatewayShape.Shape, 0, 1024, s => s.NatGateways),
        new GroupListField<SwitchDocument, LbSection>("lb", "Ways back to load balancers.", LbShape.Shape, 0, 1024, s => s.Lb),
        new GroupListField<SwitchDocument, SaseSection>("sase", "The part of this switch in a point of presence.", SaseShape.Shape, 0, 1, s => s.Sase),
        new GroupListField<SwitchDocument, AddressGroupSection>("addressGroups", "Addresses under names, for access lists and firewalls of machines.", ServiceShape.AddressGroup, 0, 4096, s => s.AddressGroups),
        new GroupListField<SwitchDocument, PortGroupSection>("portGroups", "Ports that have the same access lists.", AclShape.PortGroup, 0, 1024, s => s.PortGroups),
        new GroupListField<SwitchDocument, ServiceGroupSection>("serviceGroups", "Protocols and ports under names, for rules.", AclShape.ServiceGroup, 0, 4096, s => s.ServiceGroups),
        new GroupListField<SwitchDocument, AccessListSection>("accessLists", "What may pass ports and segments.", AclShape.List, 0, 4096, s => s.AccessLists),
        new GroupListField<SwitchDocument, QosSection>("qos", "Policies of service: marking and metering.", QosShape.Policy, 0, 1024, s => s.Qos),
        new GroupListField<SwitchDocument, SchedulerSection>("schedulers", "Queues in front of ports.", SchedulerShape.Shape, 0, 1024, s => s.Schedulers),
        new GroupListField<SwitchDocument, MirrorSessionSection>("mirrors", "Frames that are copied for somebody who looks.", MirrorShape.Session, 0, MirrorValidator.MaxMirrors, s => s.Mirrors),
        new GroupListField<SwitchDocument, ServiceSection>("services", "Services that machines can have.", ServiceShape.Shape, 0, 4096, s => s.Services),
        new GroupListField<SwitchDocument, MachineSection>("machines", "Machines with services of their own.", MachineShape.Shape, 0, 65_536, s => s.Machines),
        new GroupField<SwitchDocument, MovesSection>("moves", "How machines move between hosts.", MovesShape.Shape, (s, v) => s.Moves = v),
        new GroupField<SwitchDocument, MeshSection>("mesh", "This machine's part in a mesh of TLS.", MeshShape.Shape, (s, v) => s.Mesh = v),
        new GroupField<SwitchDocument, AnalyticsSection>("analytics", "Processes that are watched, alarms and where they are kept.", AnalyticsShape.Shape, (s, v) => s.Analytics = v),
        new GroupField<SwitchDocument, ApiSection>("api", "The web server: dashboard, HTTP interface, metrics.", ApiShape.Shape, (s, v) => s.Api = v),
        new GroupField<SwitchDocument, MetricsSection>("metrics", "Where metrics are sent.", MetricsShape.Shape, (s, v) => s.Metrics = v),
        new GroupField<SwitchDocument, ClusterSection>("cluster", "What hosts share, and where they keep it.", ClusterShape.Shape, (s, v) => s.Cluster = v));

    internal static Shape<AssociationSection> Association(string title, string description, bool isOutbound)
    {
        Field<AssociationSection>[] fields =
        [
            new ScalarField<AssociationSection, uint>("spi", "Security parameters index, chosen by the receiver.", Scalars.Spi, (s, v) => s.Spi = v).Required(),
            new ScalarField<AssociationSection, AeadAlgorithm>(
                "algorithm",
                "Cipher: AES-GCM (RFC 4106) or ChaCha20-Poly1305 (RFC 7634).",
                Scalars.OneOf(("aes128gcm", AeadAlgorithm.Aes128Gcm), ("aes256gcm", AeadAlgorithm.Aes256Gcm), ("chacha20poly1305", AeadAlgorithm.ChaCha20Poly1305)),
                (s, v) => s.Algorithm = v).Default(AeadAlgorithm.Aes128Gcm),
            new ScalarField<AssociationSection, string>("keyFile", "File with key and salt in hexadecimal, readable by its owner alone (mode 0600).", Scalars.Path, (s, v) => s.KeyFile = v).Required(),
        ];
        return new Shape<AssociationSection>(title, description, isOutbound
            ? [.. fields, new ScalarField<AssociationSection, int>("queue", "Receive queue of the peer that its packets should land on.", Scalars.Integer(0, 65535), (s, v) => s.Queue = v).IfAbsent("any; required with steering")]
            : fields);
    }

    /// <summary>Groups in the order of the guide, each as title, description and rows of key, value, default, meaning.</summary>
    public static IEnumerable<GuideTable> Guide() =>
        [Table(Root), Table(General), Table(PortProtectionShape.MoveDamping), Table(Port), Table(Vlan), Table(PortProtectionShape.Learning), Table(PortProtectionShape.LoopGuard), Table(PortProtectionShape.Storm), .. LinkShape.Guide(), .. AclShape.Guide(), .. QosShape.Guide(), .. SchedulerShape.Guide(), .. MirrorShape.Guide(), Table(Vtep), Table(PathMtuShape.Shape), Table(Fragmentation), Table(FragmentOption), Table(Security), Table(Steering), Table(OutboundAssociation), Table(InboundAssociation), Table(NeighborShape.Shape), Table(Segment), Table(Suppression), Table(StaticMac), Table(BridgeShape.Shape), Table(BridgePairShape.Shape), Table(IdsShape.Shape), Table(IdsShape.Variable), Table(IdsShape.Actions), .. MulticastShape.Guide(), Table(RouterShape.Shape), Table(RouterShape.Interface), Table(DhcpRelayShape.Shape), Table(RouterShape.Route), Table(NatShape.Shape), Table(NatShape.Block), Table(NatShape.Tunnel), Table(NatShape.Static), Table(NatGatewayShape.Shape), Table(NatGatewayShape.Owner), Table(LbShape.Shape), Table(LbShape.Member), .. SaseShape.Guide(), .. ServiceShape.Guide(), .. MachineShape.Guide(), .. MeshShape.Guide(), .. AnalyticsShape.Guide(), Table(ApiShape.Shape), Table(MetricsShape.Shape)];

    /// <summary>The table of one group.</summary>
    public static GuideTable Table<TSection>(Shape<TSection> shape) where TSection : Section, new() =>
        new(shape.Title, shape.Description, shape.Fields.Select(f => new GuideRow(f.Name, f.Expected, f.DefaultText, f.Description)).ToArray());
}
