namespace Weft.Host.Datapath;

/// <summary>Names and explanations of drop reasons.</summary>
public static class DropReasons
{
    private static readonly DropExplanation[] Explanations = Build();

    /// <summary>Every reason except <see cref="DropReason.None"/>.</summary>
    public static IReadOnlyList<DropReason> All { get; } = [.. Enum.GetValues<DropReason>().Where(reason => reason != DropReason.None)];

    /// <summary>The explanation of a reason.</summary>
    /// <exception cref="ArgumentOutOfRangeException"><paramref name="reason"/> is <see cref="DropReason.None"/> or undefined.</exception>
    public static DropExplanation Explain(DropReason reason) =>
        reason != DropReason.None && (int)reason < Explanations.Length
            ? Explanations[(int)reason]
            : throw new ArgumentOutOfRangeException(nameof(reason), reason, "There is no such drop reason.");

    /// <summary>Finds a reason by its stable name.</summary>
    public static bool TryParse(string name, out DropReason reason)
    {
        reason = (DropReason)Math.Max(0, Array.FindIndex(Explanations, 1, explanation => explanation.Name == name));
        return reason != DropReason.None;
    }

    /// <summary>The stage that owns a reason.</summary>
    internal static StageId StageOf(DropReason reason) => reason switch
    {
        DropReason.IdsDrop or DropReason.IdsReject => StageId.Ids,
        >= DropReason.LinkMalformed and <= DropReason.LoopProbeForged => StageId.Link,
        >= DropReason.GuardDhcpServer and <= DropReason.GuardRouter => StageId.Guard,
        DropReason.PortShut => StageId.Ingress,
        DropReason.BondDown or DropReason.EgressPortShut or DropReason.EgressQueueFull => StageId.Transmit,
        DropReason.QosPoliced => StageId.Qos,
        DropReason.MirrorLimited => StageId.Mirror,
        >= DropReason.AclDenied and <= DropReason.AclConnectionsFull => StageId.Acl,
        DropReason.WorkerRingFull => StageId.Dispatch,
        DropReason.EspRequired or DropReason.EspForeignPeer => StageId.Decap,
        DropReason.EspExpired => StageId.Seal,
        >= DropReason.MulticastMalformed and <= DropReason.MulticastReversePath => StageId.Multicast,
        >= DropReason.MeshMalformed and <= DropReason.MeshPlaintext => StageId.Mesh,
        >= DropReason.NatMalformed and <= DropReason.NatTunnelRefused => StageId.Nat,
        DropReason.NatGatewayNoOwner or DropReason.NatGatewayMalformed => StageId.NatGateway,
        >= DropReason.ServicePolicy and <= DropReason.MachineElsewhere => StageId.Services,
        >= DropReason.SaseTunnelMalformed and <= DropReason.SaseNoNode => StageId.Sase,
        >= DropReason.RouteNotIp and <= DropReason.RouteAddressConflict => StageId.Route,
        >= DropReason.EspMalformed and <= DropReason.EspPayload => StageId.Open,
        <= DropReason.VlanStackTooDeep => StageId.Ingress,
        <= DropReason.EchoLimited => StageId.Endpoint,
        <= DropReason.UnknownPeer => StageId.Decap,
        <= DropReason.NoDestination => StageId.Bridge,
        DropReason.PoolExhausted => StageId.Egress,
        DropReason.Stopping or <= DropReason.NeighborQueueFull => StageId.Encap,
        _ => StageId.Transmit,
    };

    private static DropExplanation[] Build()
    {
        var table = new DropExplanation[(int)DropReason.Stopping + 1];

        void Add(DropReason reason, string name, string cause, string fix, string? key = null) =>
            table[(int)reason] = new DropExplanation(name, StageNames.Of(StageOf(reason)), cause, fix, key);

        Add(DropReason.FrameTooShort, "frame-too-short", "The frame has fewer than 14 bytes, so there is no Ethernet header to read.", "Look at the sender's driver or at a capture cut short by a small snap length.");
        Add(DropReason.FrameTooLong, "frame-too-long", "The frame has more than 65,535 bytes.", "Switch segmentation offload off at the sender, or lower its MTU.");
        Add(DropReason.VlanTagTruncated, "vlan-tag-truncated", "The EtherType announces a VLAN tag and the frame ends within it.", "Look at the sender; a capture with a small snap length does this too.");
        Add(DropReason.VlanStackTooDeep, "vlan-stack-too-deep", "The frame carries more than four VLAN tags.", "Look for a loop through a device that pushes a tag each time round.");
        Add(DropReason.NotForEndpoint, "not-for-endpoint", "The frame arrived at an underlay port but its MAC address, IP address or VLAN is no tunnel endpoint's.", "Normal on a shared network. If the frame should have been taken, compare the endpoint's address and MAC with what peers send to.", "vteps[].address, vteps[].mac");
        Add(DropReason.EndpointServiceMissing, "endpoint-service-missing", "The frame is for a tunnel endpoint's address but is neither its tunnel, ARP, neighbour discovery nor a ping.", "Compare the UDP port with the peers'. The endpoint offers no other service.", "vteps[].udpPort");
        Add(DropReason.NeighborMalformed, "neighbor-malformed", "An ARP or neighbour discovery message on the underlay is cut off or breaks a rule of RFC 826 or RFC 4861 section 7.1.", "Look at the sender; a hop limit below 255 means that somebody forges from afar.");
        Add(DropReason.PacketTooBigRefused, "packet-too-big-refused", "An ICMP \"packet too big\" message is damaged, quotes no packet that a tunnel here may have sent, or names a size below what IP guarantees.", "Look at its source: somebody may forge such messages to slow the tunnel down.");
        Add(DropReason.AddressConflict, "address-conflict", "Somebody else on the underlay claims a tunnel endpoint's address.", "Give one of the two another address.", "vteps[].address");
        Add(DropReason.EchoLimited, "echo-limited", "A tunnel endpoint got more pings than it answers: 100 a second, 50 at once.", "Ping it less often; tunnelled traffic is not limited by this.");
        Add(DropReason.OuterMalformed, "outer-malformed", "The outer IP or UDP header is cut off or its lengths contradict each other.", "Look at the underlay between peer and switch; capture there and at the peer.");
        Add(DropReason.OuterHeaderChecksum, "outer-header-checksum", "The outer IPv4 header checksum is wrong (RFC 1122 section 3.2.1.2).", "A device on the way damages packets, or the capture was taken before the sender's checksum offload.");
        Add(DropReason.OuterFragment, "outer-fragment", "A tunnel packet was fragmented on the way; endpoints do not put it together (RFC 7348 section 4.3).", "Raise the underlay's MTU, or lower the MTU of the machines by the tunnel's overhead.", "ports[].mtu");
        Add(DropReason.OuterSource, "outer-source", "The outer source address is multicast, broadcast, loopback, unspecified or this endpoint's own.", "Two endpoints may have the same address, or somebody forges packets.", "vteps[].address");
        Add(DropReason.UdpChecksum, "udp-checksum", "The outer UDP checksum is neither zero nor right.", "A device on the way damages packets, or a sender's checksum offload was not finished: switch it off there.");
        Add(DropReason.UdpChecksumZero, "udp-checksum-zero", "The outer UDP checksum is zero over IPv6, where it is required unless both ends agreed otherwise (RFC 6936).", "Have the peer compute checksums, or set the policy to zero here if the path is trusted.", "vteps[].udpChecksum");
        Add(DropReason.TunnelTruncated, "tunnel-truncated", "The VXLAN or Geneve header, or its options, are cut off.", "Check that the peer speaks the same tunnel protocol on this UDP port.", "vteps[].encapsulation");
        Add(DropReason.VniFlagMissing, "vni-flag-missing", "The VXLAN header's I flag is clear, so it names no virtual network (RFC 7348 section 5).", "Check that the peer speaks VXLAN on this UDP port.", "vteps[].encapsulation");
        Add(DropReason.TunnelVersion, "tunnel-version", "The Geneve version is not 0 (RFC 8926 section 3.4).", "Check that the peer speaks Geneve on this UDP port.", "vteps[].encapsulation");
        Add(DropReason.TunnelOptionOverrun, "tunnel-option-overrun", "A Geneve option claims more bytes than the options have (RFC 8926 section 3.5).", "The peer or somebody on the way damages packets.");
        Add(DropReason.TunnelOptionCritical, "tunnel-option-critical", "A Geneve option is marked critical and the switch does not know it (RFC 8926 section 3.5.1).", "Switch the option off at the peer.");
        Add(DropReason.TunnelControl, "tunnel-control", "The tunnel packet is for the endpoint's control plane, and is not what the switch has there: BFD of the other bridge node, in the management VNI.", "Switch control packets off at the peer, or compare its bfdEncapsulation and managementVni.", "bridges[].managementVni");
        Add(DropReason.TunnelPayload, "tunnel-payload", "The tunnel carries something other than an Ethernet frame.", "Have the peer bridge rather than route into the tunnel.");
        Add(DropReason.InnerTooShort, "inner-too-short", "The frame inside the tunnel is shorter than an Ethernet header and its tags.", "Look at the peer.");
        Add(DropReason.Congestion, "congestion", "A router marked congestion on the outer header, and the inner packet cannot carry the mark, so losing it is how its sender learns (RFC 6040 section 4.2).", "Relieve the underlay, or enable ECN at the senders.");
        Add(DropReason.FragmentMalformed, "fragment-malformed", "A fragment's option has another length or version, or its offset and length contradict the frame's length or are too small.", "Look at the peer: it may speak another version, cut smaller than minFragment, or forge.", "vteps[].fragmentation.minFragment");
        Add(DropReason.FragmentTooLong, "fragment-too-long", "The frame that the fragment belongs to is longer than this endpoint puts together, or than a packet buffer holds.", "Raise maxFrame and the MTU of the ports behind, or lower the MTU of the machines behind the peer.", "vteps[].fragmentation.maxFrame");
        Add(DropReason.FragmentDuplicate, "fragment-duplicate", "The same fragment arrived before; the frame does not need it twice.", "Normal in small numbers: the underlay duplicates packets. In large ones look for a loop.");
        Add(DropReason.FragmentOverlap, "fragment-overlap", "Fragments with one number overlap, or disagree on the frame's length or on congestion marks, so the whole frame is discarded, with what still arrives of it (RFC 5722).", "Two senders with one address, or somebody who forges fragments. ESP keeps forgers out.");
        Add(DropReason.FragmentQuota, "fragment-quota", "As many frames as may be are being put together: of this peer, of this virtual network, or in all.", "Look for loss on the underlay, which leaves frames incomplete; then raise the share, or lower the timeout.", "vteps[].fragmentation.maxPerSource, vteps[].fragmentation.maxPerVni, vteps[].fragmentation.maxDatagrams");
        Add(DropReason.FragmentTimeout, "fragment-timeout", "The other fragments of the frame did not arrive in time.", "The underlay loses packets: see there. Each lost packet costs its whole frame.", "vteps[].fragmentation.timeoutMilliseconds");
        Add(DropReason.UnknownVni, "unknown-vni", "No segment on this tunnel endpoint has the packet's virtual network identifier.", "Add a segment with this VNI, or have the peer stop sending it here.", "segments[].vni");
        Add(DropReason.UnknownPeer, "unknown-peer", "The outer source address is no configured peer of the segment; frames from strangers are not let in.", "Add the address to the segment's peers.", "segments[].peers");
        Add(DropReason.ReservedGroup, "reserved-group", "The destination is one of 01-80-C2-00-00-00 … 0F: spanning tree, LACP, LLDP and the like concern one link and are never forwarded (IEEE 802.1Q 8.6.3).", "Normal.");
        Add(DropReason.InvalidSourceMac, "invalid-source-mac", "The source MAC address is a group address or all zeros, which no station may have (IEEE 802.1Q 8.7).", "Look at the sender.");
        Add(DropReason.VlanReserved, "vlan-reserved", "The frame is tagged with VLAN identifier 4095, which is reserved (IEEE 802.1Q table 9-2).", "Look at the sender.");
        Add(DropReason.UntaggedRefused, "untagged-refused", "The frame is untagged or priority-tagged and the trunk has no native VLAN.", "Tag at the sender, or give the trunk a native VLAN.", "ports[].vlan.native");
        Add(DropReason.VlanNotAllowed, "vlan-not-allowed", "The frame is tagged with a VLAN of which its port of ingress is no member.", "Add the VLAN to the port, or correct the sender.", "ports[].vlan");
        Add(DropReason.NoSegment, "no-segment", "The port may carry the VLAN, but no segment has it.", "Add a segment with this VLAN.", "segments[].vlan");
        Add(DropReason.TaggedInTunnel, "tagged-in-tunnel", "The frame inside the tunnel carries a VLAN tag, which VXLAN asks receivers to discard (RFC 7348 section 6.1).", "Have the peer strip tags before it encapsulates.");
        Add(DropReason.Hairpin, "hairpin", "The destination is behind the port the frame came from; whoever is there has seen it already.", "Normal behind a hub or another bridge that has just forgotten the address.");
        Add(DropReason.SplitHorizon, "split-horizon", "The frame came out of one tunnel and would go into another; the sender reaches all peers itself.", "Make every peer know every other peer: the overlay is a full mesh.", "segments[].peers");
        Add(DropReason.BridgeStandby, "bridge-standby", "The frame came from, or is for, the VLANs of a bridge node that does not forward: the other node of the pair does.", "Normal on the standby; 'weft show bridge' says who is active.", "bridges[]");
        Add(DropReason.SourceRefused, "source-refused", "The port drops frames whose source it may not teach: it has as many addresses as it may, or a static or sticky entry or the hold-down keeps the address elsewhere.", "Look who uses the address: 'weft events' names it with each refusal. Raise the limit, or let such frames pass.", "ports[].learning, segments[].static, switch.moveDamping");
        Add(DropReason.StormLimit, "storm-limit", "The port sent more broadcasts, multicasts or frames to unknown addresses a second than it may have flooded.", "Look for a loop behind the port or a machine that scans; raise the limit if the traffic is meant.", "ports[].storm");
        Add(DropReason.UnknownUnicast, "unknown-unicast", "Nobody knows where the destination is, and the segment does not flood unknown unicast.", "Flood unknown unicast, or add a static entry.", "segments[].flood");
        Add(DropReason.NoDestination, "no-destination", "The frame should be flooded, and its segment has no other port and no peer.", "Add ports or peers to the segment.", "ports[].vlan, segments[].peers");
        Add(DropReason.PoolExhausted, "pool-exhausted", "All packet buffers were in use when a flooded frame had to be copied.", "Give the worker more buffers.", "switch.poolBuffers");
        Add(DropReason.TunnelMtuExceeded, "tunnel-mtu-exceeded", "With tunnel headers the packet is longer than the underlay's MTU, and this endpoint does not cut frames (RFC 7348 section 4.3).", "Raise the underlay's MTU by 50 bytes (70 over IPv6) above the machines', or lower theirs; or let a Geneve endpoint cut them.", "ports[].mtu, vteps[].fragmentation.policy");
        Add(DropReason.NeighborUnresolved, "neighbor-unresolved", "The next hop towards the peer answered no ARP or neighbour solicitation in time.", "Check that peer or gateway is up and in the endpoint's prefix; where the underlay cannot answer, configure the neighbour.", "vteps[].neighbors");
        Add(DropReason.NeighborQueueFull, "neighbor-queue-full", "The frame's next hop is not resolved yet, and as many frames as may wait already do.", "Passes by itself once the next hop answers.", "vteps[].neighbors");
        Add(DropReason.MtuExceeded, "mtu-exceeded", "The frame is longer than the egress port sends.", "Give all ports of a segment the same MTU, or switch segmentation offload off at the sender.", "ports[].mtu");
        Add(DropReason.PortDown, "port-down", "The egress port is down.", "Bring the device or its other end up.", "ports[].device");
        Add(DropReason.PortBusy, "port-busy", "The egress port's queue is full: frames come faster than it sends.", "Relieve the port.");
        Add(DropReason.PortRejected, "port-rejected", "The egress device refused the frame.", "Look at the kernel's log and the device's MTU and filters.");
        Add(DropReason.EspMalformed, "esp-malformed", "A packet with ESP is an IP fragment, is shorter than ESP can be, or its IP and UDP lengths contradict each other; it was not decrypted.", "Raise the underlay's MTU if it fragments: endpoints leave room for ESP within theirs.", "ports[].mtu, vteps[].mtu");
        Add(DropReason.EspUnknownSpi, "esp-unknown-spi", "No inbound association has the packet's security parameters index.", "Add the association that the peer sends with; after a rekey keep the old one until the peer has changed over.", "vteps[].security[].inbound");
        Add(DropReason.EspReplay, "esp-replay", "The packet's sequence number was seen before or is below the anti-replay window (RFC 4303 section 3.4.3).", "In small numbers the underlay duplicates or reorders packets: a larger window helps with reordering. In large ones the peer restarted its numbers, or somebody replays.", "vteps[].security[].replayWindow");
        Add(DropReason.EspForged, "esp-forged", "The authentication tag is wrong: another key, or bytes changed on the way.", "Compare algorithm, key and extendedSequence of the association at both ends.", "vteps[].security[].inbound[].keyFile, vteps[].security[].extendedSequence");
        Add(DropReason.EspPayload, "esp-payload", "The packet is authentic, but its padding is impossible or it carries something that no tunnel in transport mode does.", "Have the peer use transport mode for its tunnel.");
        Add(DropReason.EspRequired, "esp-required", "The peer is protected, and a tunnel packet with its source address came without ESP.", "Configure the same security at the peer; if the peer is not to be protected, remove its entry here.", "vteps[].security[].peer");
        Add(DropReason.EspForeignPeer, "esp-foreign-peer", "The packet was authenticated with an association of one peer and has the source address of another.", "A peer uses another peer's address, or an address translator stands between: give every peer associations of its own.", "vteps[].security[].peer");
        Add(DropReason.EspExpired, "esp-expired", "The association's lifetime is over or its sequence numbers are used up, so nothing more is sent or taken with its key (RFC 4303 section 3.3.3).", "Rekey, earlier next time: 'weft show sas' says when a successor is due.", "vteps[].security[].lifetimeGigabytes");
        Add(DropReason.IdsDrop, "ids-drop", "A rule that an inline sensor carries out matched the frame, or an earlier frame of its conversation, and its action is drop.", "The alert names the rule ('weft show ids', the sensor's files). If the rule is wrong about this traffic, take it out, write a pass rule, or make drop an alert.", "ids[].mode, ids[].rules, ids[].actions");
        Add(DropReason.IdsReject, "ids-reject", "A rule that an inline sensor carries out matched the frame, and its action is reject: the sender was told by a TCP reset or an ICMP error.", "As for ids-drop.", "ids[].mode, ids[].rules, ids[].actions");
        Add(DropReason.WorkerRingFull, "worker-ring-full", "The frame belongs to another worker, whose ring is full: that worker gets more than it can deal with, or stands still.", "See who is busy with 'weft show workers'. One flow is one worker's; a protected tunnel is spread by more associations.", "switch.workers");
        Add(DropReason.MulticastMalformed, "multicast-malformed", "An IGMP or MLD message is cut off, a fragment, or holds less than it says.", "Look at the sender; 'multicast.strictness' rfc4541 keeps the whole records of a cut report.", "multicast.strictness");
        Add(DropReason.MulticastChecksum, "multicast-checksum", "The checksum of a multicast packet's IPv4 header, or of an IGMP or MLD message, is wrong (RFC 4541 section 2.1.1).", "A device on the way damages packets, or the sender's checksum offload was not finished: switch it off there.");
        Add(DropReason.MulticastTtl, "multicast-ttl", "An IGMP or MLD message has a TTL or hop limit other than 1, so it may come from elsewhere than this link (RFC 3376 section 4).", "Look at the sender; if it is known to do so, lower the strictness.", "multicast.strictness");
        Add(DropReason.MulticastRouterAlert, "multicast-router-alert", "An MLD message has no router alert option (RFC 3810 section 5).", "Look at the sender; if it is known to do so, lower the strictness.", "multicast.strictness");
        Add(DropReason.MulticastSource, "multicast-source", "An IGMP message came from a group or broadcast address, or an MLD message from one that is not link-local (RFC 3810 section 5).", "Look at the sender.", "multicast.strictness");
        Add(DropReason.MulticastQueryRefused, "multicast-query-refused", "An IGMP or MLD query came from a port behind which no router may be.", "If a router is there, accept queries; otherwise find out who tries to become the querier.", "ports[].multicast.acceptQueries");
        Add(DropReason.MulticastRateLimited, "multicast-rate-limited", "The port sent more IGMP and MLD messages in a second than it may.", "Look for a host that joins and leaves in a loop, or raise the limit.", "ports[].multicast.maxMessagesPerSecond");
        Add(DropReason.MulticastNoListener, "multicast-no-listener", "Nobody listens to the group, or not to this source, and no router is known in the segment.", "Normal. 'weft show multicast groups' says who listens to what; if a listener is missing there, see who queries: without a querier hosts do not repeat their joins.", "segments[].multicast.unregistered");
        Add(DropReason.MulticastScope, "multicast-scope", "All listeners are in other segments, and the TTL or hop limit is not above the route's threshold.", "Raise the TTL at the sender (many programs send with 1), or lower the threshold.", "multicast.routes[].ttlThreshold");
        Add(DropReason.MulticastReversePath, "multicast-reverse-path", "Nobody in the segment listens, and the route of the group wants the data from another segment (reverse-path check).", "Look for a loop, or correct the segment of the route.", "multicast.routes[].from");
        Add(DropReason.RouteNotIp, "route-not-ip", "The frame is addressed to a router's MAC address and is neither IPv4, IPv6 nor ARP.", "Look at the sender: a router forwards IP alone.");
        Add(DropReason.RouteMalformed, "route-malformed", "The IP header or its lengths contradict the frame (RFC 1812 section 5.2.2), or an ARP or neighbour discovery message for the router breaks a rule.", "Look at the sender, or at a capture cut short by a small snap length.");
        Add(DropReason.RouteHeaderChecksum, "route-header-checksum", "The IPv4 header checksum is wrong (RFC 1812 section 5.2.2).", "A device on the way damages packets.");
        Add(DropReason.RouteMartian, "route-martian", "The source or destination address is loopback, multicast, unspecified, link-local or reserved, so the packet cannot be from or for another network (RFC 1812 section 5.3.7, RFC 4291 section 2.5.6).", "Look at the sender; multicast is not routed.");
        Add(DropReason.RouteSourceRoute, "route-source-route", "The packet carries a source route option or a routing header of type 0, which let a sender go round filters (RFC 7126 section 4.3, RFC 5095).", "Nobody needs them; look at the sender.");
        Add(DropReason.RouteReversePath, "route-reverse-path", "The way back to the source leads through another interface, or nowhere (RFC 3704).", "Somebody uses an address that is not theirs; or routes are asymmetric: then choose loose or off.", "routers[].interfaces[].reversePath");
        Add(DropReason.RouteNone, "route-none", "The router has no route to the destination.", "Add a route, or a default route.", "routers[].routes");
        Add(DropReason.RouteRefused, "route-refused", "The longest prefix that holds the destination is a route of action blackhole, unreachable or prohibit.", "Remove the route if the destination should be reached.", "routers[].routes");
        Add(DropReason.RouteHopsExceeded, "route-hops-exceeded", "The time to live (or hop limit) was 1 (RFC 1812 section 5.3.1).", "Normal with traceroute; otherwise look for a loop of routes.", "routers[].routes");
        Add(DropReason.RouteTooBig, "route-too-big", "The packet is longer than the MTU of the interface it leaves by and must not be fragmented; its sender was told which length fits.", "Normal while senders find the path MTU. If it goes on, somebody drops the ICMP messages.", "routers[].interfaces[].mtu");
        Add(DropReason.RouteDirectedBroadcast, "route-directed-broadcast", "The destination is the broadcast or network address of a connected network; such packets are not forwarded (RFC 2644).", "Look at the sender: this is how amplification attacks are made.");
        Add(DropReason.RouteUnresolved, "route-unresolved", "The next hop, or the destination itself in a connected network, answered no ARP or neighbour solicitation in time.", "Check that the machine is up, in the right segment, and has the address.", "routers[].interfaces[].neighbors");
        Add(DropReason.RouteQueueFull, "route-queue-full", "The next hop is not resolved yet, and as many packets as may wait already do.", "Passes by itself once the next hop answers.");
        Add(DropReason.RouteNeighborsFull, "route-neighbors-full", "The router remembers as many neighbours as it may, and all of them are in use.", "Let it remember more; or look for somebody who scans the network.", "routers[].maxNeighbors");
        Add(DropReason.RouteServiceMissing, "route-service-missing", "The packet is for an address of the router itself, which answers pings, ARP and neighbour discovery and nothing else.", "Normal with traceroute to the router.");
        Add(DropReason.RouteEchoLimited, "route-echo-limited", "An interface of a router got more pings than it answers: 100 a second, 50 at once.", "Ping it less often; forwarding is not limited by this.");
        Add(DropReason.RouteAddressConflict, "route-address-conflict", "Somebody else claims an address of a router; the claim was not spread to the segment.", "Give one of the two another address; or look for somebody who forges ARP.", "routers[].interfaces[].addresses");
        Add(DropReason.NatMalformed, "nat-malformed", "The packet's IP or transport header is damaged, its addresses are none that can be translated, or an ICMP error quotes a damaged packet (RFC 5508 section 4).", "Look at the sender.");
        Add(DropReason.NatUnsupported, "nat-unsupported", "The protocol has no ports, or the ICMP message is neither a query nor an error, so it cannot be translated.", "Give the machine an address of its own.");
        Add(DropReason.NatNoMapping, "nat-no-mapping", "A packet for a shared address came to a port of this host that no machine uses.", "Normal: strangers knock, and old flows end late.");
        Add(DropReason.NatFiltered, "nat-filtered", "The machine has not sent to this remote, and filtering asks that it has (RFC 4787 section 5).", "Normal, or choose another filtering.", "nat[].filtering");
        Add(DropReason.NatNoConnection, "nat-no-connection", "A machine sent TCP that does not begin a connection, and none is known.", "Connections that are older than the translator's memory must be opened anew.");
        Add(DropReason.NatPortsExhausted, "nat-ports-exhausted", "No port of the machine's shared address is free; a port rests two minutes after its last use (RFC 6888 REQ-8). The machine was told by ICMP.", "Give this host more ports.", "nat[].blocks");
        Add(DropReason.NatQuotaExceeded, "nat-quota-exceeded", "The machine has as many mappings as it may have; it was told by ICMP.", "Find out what it does, or raise its share.", "nat[].mappingsPerMachine");
        Add(DropReason.NatTableFull, "nat-table-full", "The table of mappings or machines is full; nothing that works is ended for it (RFC 6888 REQ-11).", "Give the translator more room.", "nat[].entries");
        Add(DropReason.NatFragmentRefused, "nat-fragment-refused", "The first fragment of the datagram was dropped, or did not come while there was room to wait for it.", "See why the first one was dropped.");
        Add(DropReason.NatRedirectedTwice, "nat-redirected-twice", "Another host sent the packet on to this one, whose port it is not either; it is not sent on again.", "Two hosts disagree about who owns the port: compare their blocks with the routes to them.", "nat[].blocks");
        Add(DropReason.NatTunnelRefused, "nat-tunnel-refused", "A packet of the tunnel is damaged, is a fragment, holds something else than IPv4, or its outer address does not fit the one inside.", "Compare the prefix of the plan with that of the gateway.", "nat[].tunnel.prefix");
        Add(DropReason.NatGatewayNoOwner, "nat-gateway-no-owner", "The packet is for a port of a shared address that no host owns: nobody leased its block, or the lease has ended.", "Normal: strangers knock, and blocks rest between owners. 'weft show nat owners' says who owns what.", "natGateways[].learn, natGateways[].owners");
        Add(DropReason.NatGatewayMalformed, "nat-gateway-malformed", "The packet is for a shared address and is damaged, or of a protocol without ports, so nobody can say whose it is.", "Look at the sender.");
        Add(DropReason.ServicePolicy, "service-policy", "A service of the machine refused the packet: a firewall's rule, for the most part.", "'weft trace' names the service and the rule.", "services[].firewall");
        Add(DropReason.ServiceInvalidState, "service-invalid-state", "The segment lies outside the window of its connection, or opens none and belongs to none (RFC 9293 section 3.4, RFC 5961).", "Connections that are older than the memory of them are taken up with pickUp; a path that some packets of a connection bypass needs liberal.", "services[].connections.pickUp, services[].connections.liberal");
        Add(DropReason.ServiceRateExceeded, "service-rate-exceeded", "The machine, the flow, or new flows exceed their rate.", "Normal for what is to be limited; otherwise raise the rate, or the burst.", "services[].policer");
        Add(DropReason.ServiceNoResource, "service-no-resource", "A virtual service has no servers.", "Add servers.", "services[].balancer.virtual");
        Add(DropReason.ServiceMalformed, "service-malformed", "The IP or transport header of a packet from or to a machine is damaged, so that it belongs to no flow.", "Look at the sender.");
        Add(DropReason.ServiceFlowsFull, "service-flows-full", "The machine has as many flows as it may have; flows that live are not ended for new ones.", "Find out what it does, or give it more.", "machines[].flows, machines[].flows6");
        Add(DropReason.ServiceHalfOpen, "service-half-open", "Others opened as many flows to the machine as it may have without answering: a scan or a flood of SYNs.", "See who sends them; flows that the machine opens are not concerned.", "machines[].halfOpenFlows");
        Add(DropReason.ServiceFlowConflict, "service-flow-conflict", "After translation the flow would have the addresses and ports of another flow of the machine.", "Normal where a client uses one port for a virtual address and for its server; otherwise look at the virtual services.", "services[].balancer.virtual");
        Add(DropReason.ServiceFragmentUnknown, "service-fragment-unknown", "The first fragment of the datagram, which has the ports, was dropped or has not come while there was room to wait for it.", "See why the first one was dropped.");
        Add(DropReason.ServiceErrorUnknown, "service-error-unknown", "The ICMP error quotes a packet of no flow that the machine has (RFC 5508 section 4), or an ICMP message that is neither query nor error.", "Normal: errors come late, and strangers forge them.");
        Add(DropReason.ServiceFailed, "service-failed", "A service of the machine failed with the packet, or is quarantined after several failures, and its policy is to drop.", "'weft show services' says which; a defect to report.", "services[].whenFailed");
        Add(DropReason.ServiceUnavailable, "service-unavailable", "The process of a service is not there or is behind, and the policy of the service is to drop.", "Start it, or see what keeps it: 'weft show services' says how many are alive.", "services[].whenFailed, services[].container");
        Add(DropReason.ServiceTooLong, "service-too-long", "A service would have made the packet longer than the machine's network takes; its sender was told which length fits.", "Normal for the first long packets of a flow. If it lasts, errors do not reach the sender; if the network takes more, say so.", "machines[].mtu");
        Add(DropReason.ServiceUnprotected, "service-unprotected", "The packet is in clear between machines that encrypt, or cannot be encrypted: a fragment in transport mode, or an association that is used up.", "'weft trace' names which; the other end must encrypt as well, and tunnel mode takes fragments.", "services[].encryption");
        Add(DropReason.ServiceForged, "service-forged", "The packet with ESP is of no association of the machine, not authentic, or was seen before.", "Compare SPIs, keys and extendedSequence of both ends; 'weft show sas' counts each.", "services[].encryption.peers");
        Add(DropReason.ServiceBudget, "service-budget", "Services of the machine used up its share of time for this burst.", "Give it more time, or fewer services.", "machines[].budgetMicroseconds");
        Add(DropReason.MachineElsewhere, "machine-elsewhere", "The machine is served by another host: it is on standby here, is moving here, or has moved away.", "'weft show services' says whose it is. After a move, packets that still come are sent after the machine for a while; then the network must know its new place.", "machines[].standby");
        Add(DropReason.MeshMalformed, "mesh-malformed", "An application or the agent sent a packet whose headers are cut off or contradict themselves.", "Look at the sender.");
        Add(DropReason.MeshFragment, "mesh-fragment", "A fragment of TCP or UDP between machines of the mesh: only the first one says which service is meant.", "Keep datagrams below the MTU; TCP does so by itself.");
        Add(DropReason.MeshLoopbackLeak, "mesh-loopback-leak", "An application or the network sent to or from an address of the mesh's pool or of loopback, which no wire may have (RFC 1122 section 3.2.1.3 g).", "Somebody else uses the pool, or forges: choose a prefix that nobody uses, or look at the sender.", "mesh.ipv4Pool, mesh.ipv6Pool");
        Add(DropReason.MeshSpoofedLoopback, "mesh-spoofed-loopback", "A packet from the agent's port has a source of the pool that stands for nobody in the mesh.", "Nobody but the agent may be behind that port; compare its configuration with the switch's.", "mesh.agent, mesh.machines");
        Add(DropReason.MeshNoRecord, "mesh-no-record", "A segment of a connection that the mesh does not know, between ends that only the mesh connects. It would leave in the clear.", "Connections that are older than the switch must be opened anew. From the agent: it dials what the machine does not serve.", "mesh.machines[].ports");
        Add(DropReason.MeshTableFull, "mesh-table-full", "As many connections are remembered as may be; those that live are not touched.", "Give the mesh more room, or find out who opens so many.", "mesh.flows");
        Add(DropReason.MeshClash, "mesh-clash", "A connection that lives has the addresses and ports that this one would get.", "Normal once in a while where a client uses a port again at once; it tries again.");
        Add(DropReason.MeshPlaintext, "mesh-plaintext", "Somebody tried to reach a service of the mesh past it.", "Bring the client into the mesh, or allow plaintext while the mesh is being introduced.", "mesh.plaintext");
        Add(DropReason.SaseTunnelMalformed, "sase-tunnel-malformed", "The outer, tunnel or service header of a packet between gateways and service nodes is damaged, unknown or not allowed (RFC 8926 section 3.4 and 3.5, RFC 8300 section 2).", "'weft trace' names what is wrong; compare encapsulation and versions of the members.", "sase[].encapsulation");
        Add(DropReason.SaseForeignMember, "sase-foreign-member", "The outer source is no member, or a gateway that may not speak for the tenant.", "Compare the lists of members.", "sase[].gateways, sase[].tenants[].gateways");
        Add(DropReason.SaseUnknownTenant, "sase-unknown-tenant", "No tenant has the virtual network of the packet.", "Configure the tenant on every member.", "sase[].tenants[].vni");
        Add(DropReason.SaseInnerMalformed, "sase-inner-malformed", "The tenant's packet is damaged, is not IPv4, is for another machine than its router, or has an address that no machine has.", "Look at the sender.");
        Add(DropReason.SaseCongestion, "sase-congestion", "The tunnel experienced congestion, and the packet inside knows nothing of it (RFC 6040 section 4.2).", "Normal where the underlay marks.");
        Add(DropReason.SaseHopsExceeded, "sase-hops-exceeded", "The time to live ended; the sender was told.", "Normal for traceroute; otherwise look for a loop.");
        Add(DropReason.SaseTooBig, "sase-too-big", "The packet is longer than the tunnel takes; if it must not be fragmented, the sender was told.", "Raise the MTU of the underlay.", "sase[].mtu");
        Add(DropReason.SasePolicy, "sase-policy", "No rule of the tenant's policy allows the flow, or one forbids it.", "Add a rule.", "sase[].tenants[].policy");
        Add(DropReason.SaseNoRoute, "sase-no-route", "The tenant's router has no route to the destination, or one that leads nowhere from where the packet came.", "Add a route.", "sase[].tenants[].routes");
        Add(DropReason.SaseNoFlow, "sase-no-flow", "No flow is known that the packet belongs to, and it cannot begin one.", "Normal for late and forged packets; publish servers that the Internet may reach.", "sase[].tenants[].published");
        Add(DropReason.SaseFull, "sase-full", "The table of flows, the tenant's share, or its public ports are used up; flows that live are not ended for new ones.", "Find out what the tenant does, or give it more.", "sase[].flows, sase[].tenants[].flows, sase[].tenants[].publicAddresses");
        Add(DropReason.SaseUnsupported, "sase-unsupported", "The packet would leave by the uplink, and its protocol has no ports.", "Only TCP, UDP and ICMP leave by the uplink.");
        Add(DropReason.SaseFragment, "sase-fragment", "The first fragment was dropped, or has not come while there was room to wait for it.", "See why the first one was dropped.");
        Add(DropReason.SaseIcmpError, "sase-icmp-error", "The ICMP error quotes a packet of no flow of the tenant, or is damaged (RFC 5508 section 4).", "Normal: errors come late, and strangers forge them.");
        Add(DropReason.SaseNotActive, "sase-not-active", "This node does not own the tenant's bundle, and cannot send the packet on.", "Normal for the moment of a failover; otherwise see 'weft show sase' on all members.");
        Add(DropReason.SaseUncommitted, "sase-uncommitted", "The packet would begin a flow that the backup node has not confirmed to know, and the configuration has such packets wait or be dropped.", "See 'weft show sase' on both nodes: is the backup alive and in sync? Allow more packets to wait, or let them pass.", "sase[].commitPackets, sase[].commitFailure");
        Add(DropReason.SaseStaleOwner, "sase-stale-owner", "A node that was replaced still sends; what it sends is not accepted.", "Normal after a failover, until the node hears of it.");
        Add(DropReason.SaseRedirectedTwice, "sase-redirected-twice", "Two nodes each believe the other to be the owner; packets are sent on once only.", "Normal for a moment; otherwise compare 'weft show sase' on the nodes.");
        Add(DropReason.SaseNoNode, "sase-no-node", "No service node is alive, and the time to go on as before is over.", "Look at the nodes and the way to them.", "sase[].holdSeconds, sase[].bypass");
        Add(DropReason.LinkMalformed, "link-malformed", "A frame of LLDP, LACP or Marker is damaged or breaks a rule of its protocol (IEEE 802.1AB clause 9.2.7.7, IEEE 802.1AX clause 6.4.2).", "Look at the neighbour, or for somebody who forges.", "ports[].lldp, ports[].bond");
        Add(DropReason.LinkNeighborsFull, "link-neighbors-full", "As many LLDP neighbours as may be are remembered behind the port; those that are known stay.", "Remember more, or look for somebody who forges.", "lldp.maxNeighbors");
        Add(DropReason.LinkNotCollecting, "link-not-collecting", "The frame came from a link of a bond that the two ends have not agreed to use: the partner does not speak LACP, has another key, or the link stands by.", "'weft show bonds' says what each end believes.", "ports[].bond");
        Add(DropReason.LoopProbeForged, "loop-probe-forged", "The frame says that it is a probe of this switch's loop guard, and its signature is wrong.", "Somebody behind the port forges.", "ports[].loopGuard");
        Add(DropReason.GuardDhcpServer, "guard-dhcp-server", "A message of a DHCP server came from a port that is for clients alone (RFC 7513 section 4.2).", "Look for a machine that plays DHCP server; if it is one, its port must be trusted.", "ports[].guard.dhcp");
        Add(DropReason.GuardDhcpClient, "guard-dhcp-client", "A client's DHCP message is damaged, names another client than the frame's source, or pretends to come through a relay (RFC 3046 section 2.1).", "Look at the sender; a relay behind the port needs a trusted one.", "ports[].guard.dhcp");
        Add(DropReason.GuardDhcpRate, "guard-dhcp-rate", "The port sent more DHCP messages than it may.", "Look for a machine that asks for every address; otherwise raise the rate.", "ports[].guard.dhcpPerSecond");
        Add(DropReason.GuardSource, "guard-source", "The packet's IP source is no address that DHCP gave to this machine behind this port, nor a configured one.", "'weft show guard' lists whose addresses are known. After a restart of the switch machines must renew their leases.", "ports[].guard.source, ports[].guard.addresses");
        Add(DropReason.GuardNeighbor, "guard-neighbor", "ARP or a neighbour advertisement claims an address that is not this machine's, or another MAC address than the frame's source.", "As for guard-source; otherwise somebody tries to draw traffic.", "ports[].guard.source, ports[].guard.addresses");
        Add(DropReason.GuardRouter, "guard-router", "A router advertisement came from a port that is for clients alone (RFC 6105).", "Look for a machine that plays router; if it is one, its port must be trusted.", "ports[].guard.dhcp");
        Add(DropReason.BondDown, "bond-down", "The frame would leave through a bond of which fewer links can be used than must be.", "'weft show bonds' says why; where the other end does not speak LACP, choose mode static or fallback.", "ports[].bond.mode, ports[].bond.minLinks");
        Add(DropReason.PortShut, "port-shut", "The switch has shut the port that the frame came in by: there is a loop behind it, or a machine that may not be there.", "'weft show ports' says which; take the cause away, then say 'weft port enable', or wait.", "ports[].learning.refused, ports[].loopGuard");
        Add(DropReason.EgressPortShut, "egress-port-shut", "The frame would leave by a port that the switch has shut.", "As for port-shut.", "ports[].learning.refused, ports[].loopGuard");
        Add(DropReason.EgressQueueFull, "egress-queue-full", "As many frames wait in the queue of the port as may, or queues hold half of the worker's packet buffers.", "See 'weft show qos' for the queue: frames come faster than port, shaper or weight let them leave. Raise 'frames', 'weight' or 'kilobits', or police them where they come in.", "schedulers[].queues, switch.poolBuffers");
        Add(DropReason.AclDenied, "acl-denied", "An access list of its port or segment has no rule that permits it, or one that denies it.", "See 'weft show acl' for the rule that counts, and 'weft trace' for which one decides; add a rule that permits it in front.", "accessLists[].rules");
        Add(DropReason.AclRejected, "acl-rejected", "A rule of an access list rejects it; the sender was told by a TCP reset or an ICMP error, unless such a packet must not be answered.", "See 'weft show acl' for the rule that counts.", "accessLists[].rules");
        Add(DropReason.AclConnectionsFull, "acl-connections-full", "It begins a connection that a stateful access list permits, and the table of connections is full.", "Raise 'aclConnections', or find in 'weft show acl-connections' who opens so many.", "switch.aclConnections");
        Add(DropReason.QosPoliced, "qos-policed", "The packets of its rule come faster than the policy of service of the port lets them.", "See 'weft show qos' for the colours; raise 'kilobits' or 'burstBytes', or mark instead with 'redDscp'.", "qos[].rules[].police");
        Add(DropReason.MirrorLimited, "mirror-limited", "A copy above the rate of its mirror; the frame itself is not affected.", "Raise 'packetsPerSecond', or copy less with 'filter'.", "mirrors[].packetsPerSecond");
        Add(DropReason.Stopping, "stopping", "The frame waited for a next hop when the switch stopped or took a new configuration.", "Normal.");
        return table;
    }
}
