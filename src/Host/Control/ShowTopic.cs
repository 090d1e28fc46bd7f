using Weft.Host.Observe;

namespace Weft.Host.Control;

/// <summary>What <c>weft show</c> can be asked about.</summary>
public enum ShowTopic
{
    /// <summary>Ports and totals.</summary>
    Ports,

    /// <summary>The filtering database.</summary>
    Fdb,

    /// <summary>Stages of the graph.</summary>
    Stages,

    /// <summary>Workers: ports, packets handed over and taken over, free buffers.</summary>
    Workers,

    /// <summary>Drops by stage, reason and port.</summary>
    Drops,

    /// <summary>Segments and how many addresses each has.</summary>
    Segments,

    /// <summary>Tunnel endpoints: frames, fragments, path MTU.</summary>
    Tunnels,

    /// <summary>Security associations: SPI, queue, sequence numbers, refusals.</summary>
    Sas,

    /// <summary>Libraries that encrypt.</summary>
    Crypto,

    /// <summary>Neighbours of tunnel endpoints and routers.</summary>
    Neighbors,

    /// <summary>Addresses that machines behind guarded ports may use.</summary>
    Guard,

    /// <summary>Access lists: what each rule decided about.</summary>
    Acl,

    /// <summary>Connections of stateful access lists.</summary>
    AclConnections,

    /// <summary>Policies of service: packets of each rule by colour.</summary>
    Qos,

    /// <summary>Mirrors.</summary>
    Mirrors,

    /// <summary>Relays of DHCP.</summary>
    DhcpRelays,

    /// <summary>Links that are used as one, and what their ends agreed to.</summary>
    Bonds,

    /// <summary>Neighbours at the other ends of cables, by LLDP.</summary>
    Lldp,

    /// <summary>Virtual routers: interfaces and routes.</summary>
    Routes,

    /// <summary>Address translation: counts and blocks of ports.</summary>
    Nat,

    /// <summary>Blocks of ports.</summary>
    NatBlocks,

    /// <summary>Mappings and sessions of address translation.</summary>
    NatSessions,

    /// <summary>Whose the ports of shared addresses are, as gateways know it.</summary>
    NatOwners,

    /// <summary>Ways back to load balancers.</summary>
    Lb,

    /// <summary>Flows of load balancers, a thousand of each table at most.</summary>
    LbFlows,

    /// <summary>Load balancers.</summary>
    LbMembers,

    /// <summary>The mesh: machines and counts.</summary>
    Mesh,

    /// <summary>Connections of the mesh.</summary>
    MeshFlows,

    /// <summary>Bridge nodes: role, paths, synchronised addresses, changes of role.</summary>
    Bridge,

    /// <summary>Sensors of intrusion detection.</summary>
    Ids,

    /// <summary>Multicast: queriers, routers, groups, flows and counters.</summary>
    Multicast,

    /// <summary>Who listens to which multicast group, who queries, where routers are.</summary>
    MulticastGroups,

    /// <summary>Remembered multicast flows with their actions.</summary>
    MulticastFlows,

    /// <summary>Machines and their services.</summary>
    Services,

    /// <summary>Alarms, and where they are kept.</summary>
    Alarms,

    /// <summary>The watch over processes, and those that are anomalous.</summary>
    Anomalies,

    /// <summary>Clusters of behaviour: what processes are known to do. <c>clusters</c> is another name for it.</summary>
    Behaviours,

    /// <summary>What hosts share: store, leases, endpoints.</summary>
    Cluster,

    /// <summary>How well the network is segmented.</summary>
    Quotients,

    /// <summary>The part in a point of presence: members, bundles, tenants.</summary>
    Sase,

    /// <summary>Everything.</summary>
    All,
}
