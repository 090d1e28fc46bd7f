namespace Weft.Host.Datapath;

/// <summary>
/// The stages in the order in which a frame meets them: a stage hands packets only to later ones. The exception is an answer that encap
/// makes, which goes through the bridge like a frame out of the tunnel.
/// </summary>
internal enum StageId : byte
{
    /// <summary>Finds the headers, and tells underlay from access.</summary>
    Ingress,

    /// <summary>Hands frames to the workers that they belong to.</summary>
    Dispatch,

    /// <summary>Authenticates and decrypts what comes with ESP.</summary>
    Open,

    /// <summary>Takes frames for a local tunnel endpoint out of their tunnel.</summary>
    Decap,

    /// <summary>Speaks for tunnel endpoints on the underlay: ARP and neighbour discovery.</summary>
    Endpoint,

    /// <summary>VLAN, learning, suppression, lookup.</summary>
    Bridge,

    /// <summary>Compares frames with rules of intrusion detection.</summary>
    Ids,

    /// <summary>Gives multicast to those who asked for it.</summary>
    Multicast,

    /// <summary>Makes copies of flooded frames and rewrites VLAN tags.</summary>
    Egress,

    /// <summary>Puts frames into tunnels.</summary>
    Encap,

    /// <summary>Encrypts and authenticates with ESP what goes to protected peers.</summary>
    Seal,

    /// <summary>Hands frames to ports.</summary>
    Transmit,
}
