namespace Weft.Host.Datapath;

/// <summary>
/// Why the switch dropped a packet. Each reason belongs to one stage, has a stable name and an explanation
/// (<see cref="DropReasons.Explain"/>), and every dropped packet has exactly one.
/// </summary>
public enum DropReason : byte
{
    /// <summary>It was not dropped.</summary>
    None,

    /// <summary><c>frame-too-short</c>: fewer bytes than an Ethernet header.</summary>
    FrameTooShort,

    /// <summary><c>frame-too-long</c>: more than 65,535 bytes.</summary>
    FrameTooLong,

    /// <summary><c>vlan-tag-truncated</c>: the frame ends within a VLAN tag.</summary>
    VlanTagTruncated,

    /// <summary><c>vlan-stack-too-deep</c>: more VLAN tags than are ever stacked in earnest.</summary>
    VlanStackTooDeep,

    /// <summary><c>not-for-endpoint</c>: arrived at an underlay port for somebody else's MAC or IP address.</summary>
    NotForEndpoint,

    /// <summary><c>endpoint-service-missing</c>: for a tunnel endpoint's address, but for a service it does not offer.</summary>
    EndpointServiceMissing,

    /// <summary><c>neighbor-malformed</c>: a damaged ARP or neighbour discovery message.</summary>
    NeighborMalformed,

    /// <summary><c>packet-too-big-refused</c>: an ICMP message about a packet that no tunnel here sent.</summary>
    PacketTooBigRefused,

    /// <summary><c>address-conflict</c>: somebody else on the underlay uses a tunnel endpoint's address.</summary>
    AddressConflict,

    /// <summary><c>echo-limited</c>: a ping beyond the rate at which a tunnel endpoint answers.</summary>
    EchoLimited,

    /// <summary><c>outer-malformed</c>: the outer IP or UDP header is cut off or contradicts itself.</summary>
    OuterMalformed,

    /// <summary><c>outer-header-checksum</c>: the outer IPv4 header checksum is wrong.</summary>
    OuterHeaderChecksum,

    /// <summary><c>outer-fragment</c>: a fragment of a tunnel packet.</summary>
    OuterFragment,

    /// <summary><c>outer-source</c>: the outer source address cannot be a host's, or is the endpoint's own.</summary>
    OuterSource,

    /// <summary><c>udp-checksum</c>: the outer UDP checksum is wrong.</summary>
    UdpChecksum,

    /// <summary><c>udp-checksum-zero</c>: no outer UDP checksum over IPv6.</summary>
    UdpChecksumZero,

    /// <summary><c>tunnel-truncated</c>: the tunnel header or its options are cut off.</summary>
    TunnelTruncated,

    /// <summary><c>vni-flag-missing</c>: a VXLAN header without the I flag.</summary>
    VniFlagMissing,

    /// <summary><c>tunnel-version</c>: a Geneve version other than 0.</summary>
    TunnelVersion,

    /// <summary><c>tunnel-option-overrun</c>: a Geneve option is longer than the room for options.</summary>
    TunnelOptionOverrun,

    /// <summary><c>tunnel-option-critical</c>: a critical Geneve option that the switch does not know.</summary>
    TunnelOptionCritical,

    /// <summary><c>tunnel-control</c>: a Geneve control packet.</summary>
    TunnelControl,

    /// <summary><c>tunnel-payload</c>: the tunnel carries something other than Ethernet.</summary>
    TunnelPayload,

    /// <summary><c>inner-too-short</c>: the inner frame is shorter than an Ethernet header and its tags.</summary>
    InnerTooShort,

    /// <summary><c>congestion</c>: congestion was marked on the outer header of a packet that cannot carry the mark.</summary>
    Congestion,

    /// <summary><c>fragment-malformed</c>: a fragment whose option or bounds cannot be.</summary>
    FragmentMalformed,

    /// <summary><c>fragment-too-long</c>: a fragment of a frame that is longer than this endpoint takes.</summary>
    FragmentTooLong,

    /// <summary><c>fragment-duplicate</c>: a fragment that was there before.</summary>
    FragmentDuplicate,

    /// <summary><c>fragment-overlap</c>: a fragment of a frame that is discarded because its fragments contradict each other.</summary>
    FragmentOverlap,

    /// <summary><c>fragment-quota</c>: too many frames of this peer, network or in all are being put together.</summary>
    FragmentQuota,

    /// <summary><c>fragment-timeout</c>: the rest of a frame did not come in time.</summary>
    FragmentTimeout,

    /// <summary><c>unknown-vni</c>: no segment of this endpoint has the virtual network identifier.</summary>
    UnknownVni,

    /// <summary><c>unknown-peer</c>: the sender is no configured peer of the segment.</summary>
    UnknownPeer,

    /// <summary><c>reserved-group</c>: to 01-80-C2-00-00-00 … 0F, which bridges never forward.</summary>
    ReservedGroup,

    /// <summary><c>invalid-source-mac</c>: the source is a group address or all zeros.</summary>
    InvalidSourceMac,

    /// <summary><c>vlan-reserved</c>: VLAN identifier 4095.</summary>
    VlanReserved,

    /// <summary><c>untagged-refused</c>: untagged at a trunk without a native VLAN.</summary>
    UntaggedRefused,

    /// <summary><c>vlan-not-allowed</c>: tagged with a VLAN of which the port is no member.</summary>
    VlanNotAllowed,

    /// <summary><c>no-segment</c>: no segment has this VLAN.</summary>
    NoSegment,

    /// <summary><c>tagged-in-tunnel</c>: an inner frame with a VLAN tag.</summary>
    TaggedInTunnel,

    /// <summary><c>hairpin</c>: the destination is behind the port of ingress.</summary>
    Hairpin,

    /// <summary><c>split-horizon</c>: from one tunnel to another.</summary>
    SplitHorizon,

    /// <summary><c>bridge-standby</c>: the bridge node does not forward, the other node of its pair does.</summary>
    BridgeStandby,

    /// <summary><c>source-refused</c>: the port may not teach the frame's source address, and drops such frames.</summary>
    SourceRefused,

    /// <summary><c>storm-limit</c>: the port had as many broadcasts, multicasts or unknown addresses flooded as it may.</summary>
    StormLimit,

    /// <summary><c>unknown-unicast</c>: unknown destination in a segment that does not flood.</summary>
    UnknownUnicast,

    /// <summary><c>no-destination</c>: nobody else is in the segment.</summary>
    NoDestination,

    /// <summary><c>pool-exhausted</c>: no buffer for a copy of a flooded frame.</summary>
    PoolExhausted,

    /// <summary><c>tunnel-mtu-exceeded</c>: too long for the underlay once the tunnel headers are on.</summary>
    TunnelMtuExceeded,

    /// <summary><c>neighbor-unresolved</c>: the next hop on the underlay did not answer in time.</summary>
    NeighborUnresolved,

    /// <summary><c>neighbor-queue-full</c>: too many frames already wait for next hops.</summary>
    NeighborQueueFull,

    /// <summary><c>mtu-exceeded</c>: longer than the egress port sends.</summary>
    MtuExceeded,

    /// <summary><c>port-down</c>: the egress port is down.</summary>
    PortDown,

    /// <summary><c>port-busy</c>: the egress port's queue is full.</summary>
    PortBusy,

    /// <summary><c>port-rejected</c>: the egress device refused the frame.</summary>
    PortRejected,

    /// <summary><c>esp-malformed</c>: a fragment of ESP, lengths that contradict each other, or too few bytes.</summary>
    EspMalformed,

    /// <summary><c>esp-unknown-spi</c>: nobody has the security parameters index.</summary>
    EspUnknownSpi,

    /// <summary><c>esp-replay</c>: a sequence number that was seen before or is too old.</summary>
    EspReplay,

    /// <summary><c>esp-forged</c>: the authentication tag is wrong.</summary>
    EspForged,

    /// <summary><c>esp-payload</c>: authentic, but nothing that a tunnel carries.</summary>
    EspPayload,

    /// <summary><c>esp-required</c>: a protected peer's packet came without ESP.</summary>
    EspRequired,

    /// <summary><c>esp-foreign-peer</c>: authenticated with another peer's association than the one of its source address.</summary>
    EspForeignPeer,

    /// <summary><c>esp-expired</c>: the association's lifetime is over or its sequence numbers are used up.</summary>
    EspExpired,

    /// <summary><c>ids-drop</c>: a rule of an inline sensor matched and asks to drop.</summary>
    IdsDrop,

    /// <summary><c>ids-reject</c>: a rule of an inline sensor matched and asks to tell the sender.</summary>
    IdsReject,

    /// <summary><c>worker-ring-full</c>: the worker that the frame belongs to does not keep up.</summary>
    WorkerRingFull,

    /// <summary><c>multicast-malformed</c>: an IGMP or MLD message whose lengths do not fit, or a fragment of one.</summary>
    MulticastMalformed,

    /// <summary><c>multicast-checksum</c>: an IPv4 header, IGMP or ICMPv6 checksum that does not add up.</summary>
    MulticastChecksum,

    /// <summary><c>multicast-ttl</c>: an IGMP or MLD message with a TTL or hop limit other than 1.</summary>
    MulticastTtl,

    /// <summary><c>multicast-router-alert</c>: an MLD message without the router alert option.</summary>
    MulticastRouterAlert,

    /// <summary><c>multicast-source</c>: an IGMP or MLD message from an address that must not send it.</summary>
    MulticastSource,

    /// <summary><c>multicast-query-refused</c>: a query from a port that accepts none.</summary>
    MulticastQueryRefused,

    /// <summary><c>multicast-rate-limited</c>: more IGMP and MLD messages than the port may send.</summary>
    MulticastRateLimited,

    /// <summary><c>multicast-no-listener</c>: data of a group that nobody listens to.</summary>
    MulticastNoListener,

    /// <summary><c>multicast-scope</c>: data that is only routed, with a TTL that is not above the threshold.</summary>
    MulticastScope,

    /// <summary><c>multicast-reverse-path</c>: data that did not arrive on the way back to its source.</summary>
    MulticastReversePath,
    /// <summary><c>route-not-ip</c>: addressed to a router, but neither IP nor ARP.</summary>
    RouteNotIp,

    /// <summary><c>route-malformed</c>: an IP header, or ARP or neighbour discovery, that is damaged or cut off.</summary>
    RouteMalformed,

    /// <summary><c>route-header-checksum</c>: the IPv4 header checksum is wrong.</summary>
    RouteHeaderChecksum,

    /// <summary><c>route-martian</c>: a source or destination that no packet between networks can have.</summary>
    RouteMartian,

    /// <summary><c>route-source-route</c>: the packet names its own way.</summary>
    RouteSourceRoute,

    /// <summary><c>route-reverse-path</c>: the way back to the source is another one.</summary>
    RouteReversePath,

    /// <summary><c>route-none</c>: no route leads to the destination.</summary>
    RouteNone,

    /// <summary><c>route-refused</c>: the route to the destination says that nothing goes there.</summary>
    RouteRefused,

    /// <summary><c>route-hops-exceeded</c>: time to live or hop limit came to its end.</summary>
    RouteHopsExceeded,

    /// <summary><c>route-too-big</c>: longer than the next link takes, and not to be fragmented.</summary>
    RouteTooBig,

    /// <summary><c>route-directed-broadcast</c>: for all hosts of a network that is connected.</summary>
    RouteDirectedBroadcast,

    /// <summary><c>route-unresolved</c>: the next hop does not answer.</summary>
    RouteUnresolved,

    /// <summary><c>route-queue-full</c>: too many packets wait for next hops.</summary>
    RouteQueueFull,

    /// <summary><c>route-neighbors-full</c>: no room to remember another neighbour.</summary>
    RouteNeighborsFull,

    /// <summary><c>route-service-missing</c>: for the router itself, but for a service it does not offer.</summary>
    RouteServiceMissing,

    /// <summary><c>route-echo-limited</c>: a ping beyond the rate at which a router answers.</summary>
    RouteEchoLimited,

    /// <summary><c>route-address-conflict</c>: somebody else uses a router's address.</summary>
    RouteAddressConflict,

    /// <summary><c>nat-malformed</c>: headers or addresses that cannot be translated.</summary>
    NatMalformed,

    /// <summary><c>nat-unsupported</c>: a protocol or ICMP message that cannot be translated.</summary>
    NatUnsupported,

    /// <summary><c>nat-no-mapping</c>: for a port of a shared address that nobody uses.</summary>
    NatNoMapping,

    /// <summary><c>nat-filtered</c>: from somebody to whom the machine has not sent.</summary>
    NatFiltered,

    /// <summary><c>nat-no-connection</c>: TCP that does not begin with a SYN.</summary>
    NatNoConnection,

    /// <summary><c>nat-ports-exhausted</c>: no port of a shared address is free.</summary>
    NatPortsExhausted,

    /// <summary><c>nat-quota-exceeded</c>: the machine has as many mappings as it may have.</summary>
    NatQuotaExceeded,

    /// <summary><c>nat-table-full</c>: no room for another mapping or machine.</summary>
    NatTableFull,

    /// <summary><c>nat-fragment-refused</c>: a fragment whose first one was dropped, or that there is no room to keep.</summary>
    NatFragmentRefused,

    /// <summary><c>nat-redirected-twice</c>: another host sent it on, and it is not this host's either.</summary>
    NatRedirectedTwice,

    /// <summary><c>nat-tunnel-refused</c>: a packet of the tunnel that is damaged, or for somebody else.</summary>
    NatTunnelRefused,

    /// <summary><c>nat-gateway-no-owner</c>: for a port of a shared address that no host owns.</summary>
    NatGatewayNoOwner,

    /// <summary><c>nat-gateway-malformed</c>: for a shared address, and without a port that could be read.</summary>
    NatGatewayMalformed,

    /// <summary><c>service-policy</c>: a service of its machine refused it.</summary>
    ServicePolicy,

    /// <summary><c>service-invalid-state</c>: not of its connection.</summary>
    ServiceInvalidState,

    /// <summary><c>service-rate-exceeded</c>: beyond a rate of its machine.</summary>
    ServiceRateExceeded,

    /// <summary><c>service-no-resource</c>: a service has nobody to give it to.</summary>
    ServiceNoResource,

    /// <summary><c>service-malformed</c>: its headers are damaged.</summary>
    ServiceMalformed,

    /// <summary><c>service-flows-full</c>: its machine has as many flows as it may.</summary>
    ServiceFlowsFull,

    /// <summary><c>service-half-open</c>: its machine has as many unanswered flows as it may.</summary>
    ServiceHalfOpen,

    /// <summary><c>service-flow-conflict</c>: its flow would be mistaken for another.</summary>
    ServiceFlowConflict,

    /// <summary><c>service-fragment-unknown</c>: a fragment whose first one is not known.</summary>
    ServiceFragmentUnknown,

    /// <summary><c>service-error-unknown</c>: an ICMP error about no flow of its machine.</summary>
    ServiceErrorUnknown,

    /// <summary><c>service-failed</c>: a service failed with it, or is quarantined.</summary>
    ServiceFailed,

    /// <summary><c>service-unavailable</c>: a service in another process is not there.</summary>
    ServiceUnavailable,

    /// <summary><c>service-budget</c>: the services of its machine took too long.</summary>
    ServiceBudget,

    /// <summary>A service would make the packet longer than there is room, or than the machine's network takes.</summary>
    ServiceTooLong,

    /// <summary>The packet comes in clear from where it must be encrypted, or cannot be encrypted.</summary>
    ServiceUnprotected,

    /// <summary>The packet is not authentic, was seen before, or belongs to no association of the machine.</summary>
    ServiceForged,

    /// <summary><c>machine-elsewhere</c>: its machine is another host's.</summary>
    MachineElsewhere,
    /// <summary><c>mesh-malformed</c>: headers that cannot be translated.</summary>
    MeshMalformed,

    /// <summary><c>mesh-fragment</c>: a fragment between machines of the mesh.</summary>
    MeshFragment,

    /// <summary><c>mesh-loopback-leak</c>: an address of the pool where no wire may have it.</summary>
    MeshLoopbackLeak,

    /// <summary><c>mesh-spoofed-loopback</c>: the agent's side has an address that stands for nobody.</summary>
    MeshSpoofedLoopback,

    /// <summary><c>mesh-no-record</c>: the middle of a connection that is not known.</summary>
    MeshNoRecord,

    /// <summary><c>mesh-table-full</c>: no room for another connection.</summary>
    MeshTableFull,

    /// <summary><c>mesh-clash</c>: another connection has these addresses and ports.</summary>
    MeshClash,

    /// <summary><c>mesh-plaintext</c>: for a service that only the mesh may reach.</summary>
    MeshPlaintext,

    /// <summary><c>sase-tunnel-malformed</c>: its tunnel's headers are damaged.</summary>
    SaseTunnelMalformed,

    /// <summary><c>sase-foreign-member</c>: it comes from nobody of the point of presence, or from a gateway that may not speak for the tenant.</summary>
    SaseForeignMember,

    /// <summary><c>sase-unknown-tenant</c>: no tenant has its virtual network.</summary>
    SaseUnknownTenant,

    /// <summary><c>sase-inner-malformed</c>: the tenant's packet is damaged or may not be.</summary>
    SaseInnerMalformed,

    /// <summary><c>sase-congestion</c>: the tunnel marked congestion that the packet cannot carry.</summary>
    SaseCongestion,

    /// <summary><c>sase-hops-exceeded</c>: its time to live ended at the tenant's router.</summary>
    SaseHopsExceeded,

    /// <summary><c>sase-too-big</c>: it does not fit the tunnel.</summary>
    SaseTooBig,

    /// <summary><c>sase-policy</c>: the tenant's policy does not allow its flow.</summary>
    SasePolicy,

    /// <summary><c>sase-no-route</c>: the tenant's router knows no way.</summary>
    SaseNoRoute,

    /// <summary><c>sase-no-flow</c>: it belongs to no flow and begins none.</summary>
    SaseNoFlow,

    /// <summary><c>sase-full</c>: no room for its flow.</summary>
    SaseFull,

    /// <summary><c>sase-unsupported</c>: its protocol cannot be translated.</summary>
    SaseUnsupported,

    /// <summary><c>sase-fragment</c>: a fragment whose first one is not known.</summary>
    SaseFragment,

    /// <summary><c>sase-icmp-error</c>: an ICMP error about no flow.</summary>
    SaseIcmpError,

    /// <summary><c>sase-not-active</c>: another node owns its bundle, or none does.</summary>
    SaseNotActive,

    /// <summary>The backup of the tenant's node did not confirm in time that it knows the flow.</summary>
    SaseUncommitted,

    /// <summary><c>sase-stale-owner</c>: it comes from a node that is not the owner any more.</summary>
    SaseStaleOwner,

    /// <summary><c>sase-redirected-twice</c>: another node sent it on already.</summary>
    SaseRedirectedTwice,

    /// <summary><c>sase-no-node</c>: no node is alive.</summary>
    SaseNoNode,

    /// <summary><c>link-malformed</c>: a damaged frame of a protocol between neighbours.</summary>
    LinkMalformed,

    /// <summary><c>link-neighbors-full</c>: no room for one more neighbour behind the port.</summary>
    LinkNeighborsFull,

    /// <summary><c>link-not-collecting</c>: from a link of a bond that is not in use.</summary>
    LinkNotCollecting,

    /// <summary><c>loop-probe-forged</c>: it pretends to be a probe of the switch's loop guard.</summary>
    LoopProbeForged,

    /// <summary><c>guard-dhcp-server</c>: a DHCP server where clients alone may be.</summary>
    GuardDhcpServer,

    /// <summary><c>guard-dhcp-client</c>: a client's DHCP message that is damaged or speaks for another machine.</summary>
    GuardDhcpClient,

    /// <summary><c>guard-dhcp-rate</c>: more DHCP messages than the port may send.</summary>
    GuardDhcpRate,

    /// <summary><c>guard-source</c>: an IP source that is not the machine's.</summary>
    GuardSource,

    /// <summary><c>guard-neighbor</c>: ARP or a neighbour advertisement for an address that is not the machine's.</summary>
    GuardNeighbor,

    /// <summary><c>guard-router</c>: a router advertisement where clients alone may be.</summary>
    GuardRouter,

    /// <summary><c>bond-down</c>: for a bond that has no link in use.</summary>
    BondDown,

    /// <summary><c>port-shut</c>: it came in by a port that the switch has shut.</summary>
    PortShut,

    /// <summary><c>egress-port-shut</c>: it would leave by a port that the switch has shut.</summary>
    EgressPortShut,

    /// <summary><c>egress-queue-full</c>: as many frames wait for the port in its queue as may.</summary>
    EgressQueueFull,

    /// <summary><c>acl-denied</c>: an access list does not let it pass.</summary>
    AclDenied,

    /// <summary><c>acl-rejected</c>: an access list does not let it pass, and its sender was told if it may be.</summary>
    AclRejected,

    /// <summary><c>acl-connections-full</c>: it begins a connection that a stateful list has no room to remember.</summary>
    AclConnectionsFull,

    /// <summary><c>qos-policed</c>: faster than a policy of service lets it come.</summary>
    QosPoliced,

    /// <summary><c>mirror-limited</c>: a copy above the rate of its mirror.</summary>
    MirrorLimited,

    /// <summary><c>stopping</c>: the switch stopped or changed its configuration while the frame waited.</summary>
    Stopping,
}
