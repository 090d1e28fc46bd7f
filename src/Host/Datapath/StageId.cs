namespace Weft.Host.Datapath;

/// <summary>
/// The stages in the order in which a frame meets them: a stage hands packets only to later ones. Exceptions are an answer that encap
/// makes and what a router sends, which go through the bridge like any other frame.
/// </summary>
internal enum StageId : byte
{
    /// <summary>Finds the headers, and tells underlay from access.</summary>
    Ingress,

    /// <summary>Speaks with the neighbours at the other ends of cables: LLDP, LACP.</summary>
    Link,

    /// <summary>Hands frames to the workers that they belong to.</summary>
    Dispatch,

    /// <summary>Authenticates and decrypts what comes with ESP.</summary>
    Open,

    /// <summary>Takes frames for a local tunnel endpoint out of their tunnel.</summary>
    Decap,

    /// <summary>Speaks for tunnel endpoints on the underlay: ARP and neighbour discovery.</summary>
    Endpoint,

    /// <summary>Copies what comes in, for mirrors.</summary>
    Span,

    /// <summary>Sends copies of mirrors.</summary>
    Mirror,

    /// <summary>Holds machines to the addresses that are theirs.</summary>
    Guard,

    /// <summary>Drops what access lists do not let in.</summary>
    Acl,

    /// <summary>Marks and meters what machines send.</summary>
    Qos,

    /// <summary>Redirects what applications say to services of a mesh to the agent, and restores what the agent says to applications.</summary>
    Mesh,

    /// <summary>VLAN, learning, suppression, lookup.</summary>
    Bridge,

    /// <summary>Takes what machines send through their services.</summary>
    Services,

    /// <summary>Compares frames with rules of intrusion detection.</summary>
    Ids,

    /// <summary>Gives multicast to those who asked for it.</summary>
    Multicast,

    /// <summary>Makes copies of flooded frames and rewrites VLAN tags.</summary>
    Egress,

    /// <summary>Hands packets that are addressed to a router to the segment of their next hop; they go through the bridge once more.</summary>
    Route,

    /// <summary>Learns which load balancer a flow comes from, and sends replies there.</summary>
    Lb,

    /// <summary>Translates addresses between a router's machines and the outside.</summary>
    Nat,

    /// <summary>Brings packets for shared addresses to the hosts that own their ports.</summary>
    NatGateway,

    /// <summary>Puts tenants' packets into tunnels to service nodes, and is their router there.</summary>
    Sase,

    /// <summary>Takes what machines are sent through their services.</summary>
    Deliver,

    /// <summary>Puts frames into tunnels.</summary>
    Encap,

    /// <summary>Encrypts and authenticates with ESP what goes to protected peers.</summary>
    Seal,

    /// <summary>Hands frames to ports.</summary>
    Transmit,
}
