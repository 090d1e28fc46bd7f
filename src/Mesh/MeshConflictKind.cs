namespace Weft.Mesh;

/// <summary>What can be wrong with a mesh.</summary>
public enum MeshConflictKind
{
    /// <summary>The machine whose plan is asked for is not one of the mesh.</summary>
    SelfUnknown,

    /// <summary>A number is outside what the pool has room for.</summary>
    NumberOutOfRange,

    /// <summary>Two machines have one number.</summary>
    NumberTaken,

    /// <summary>Two machines have one identity: nothing could tell whom to restore.</summary>
    IdentityTaken,

    /// <summary>A machine has no identity.</summary>
    IdentityMissing,

    /// <summary>A machine has no address.</summary>
    AddressMissing,

    /// <summary>A machine has more addresses of a family than <see cref="MeshMachine.MaxAddresses"/>.</summary>
    AddressesTooMany,

    /// <summary>An address is no unicast address of a network: loopback, unspecified, multicast, broadcast.</summary>
    AddressUnusable,

    /// <summary>An address lies in the loopback pool.</summary>
    AddressInPool,

    /// <summary>Two machines, or one twice, announce one address.</summary>
    AddressTaken,

    /// <summary>A port is 0, or its protocol neither TCP nor UDP.</summary>
    PortUnusable,

    /// <summary>A machine names a port twice.</summary>
    PortTwice,

    /// <summary>A service has a port of the redirect range: an application that listens to it at every address would have the listener's.</summary>
    PortInRedirectRange,

    /// <summary>A service has the address and port of the machine's tunnel: the agent's own connections would be redirected.</summary>
    PortIsTunnel,

    /// <summary>A tunnel's address or port cannot be used: in the pool, in the redirect range, no port, or no unicast address.</summary>
    TunnelUnusable,

    /// <summary>Two machines have one tunnel, or one's tunnel is another's address.</summary>
    TunnelTaken,

    /// <summary>The pool covers addresses of 127.0.0.0/16, where resolvers and the host's own name live.</summary>
    PoolReserved,

    /// <summary>A client and a service have no path; a mistake of the allocation.</summary>
    PathMissing,

    /// <summary>A client and a service have more than one path; a mistake of the allocation.</summary>
    PathAmbiguous,
}
