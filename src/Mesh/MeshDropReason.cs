namespace Weft.Mesh;

/// <summary>Why a packet must not go anywhere.</summary>
public enum MeshDropReason : byte
{
    /// <summary>It was not dropped.</summary>
    None,

    /// <summary>A header is cut off or contradicts itself.</summary>
    Malformed,

    /// <summary>A fragment between machines of the mesh, of TCP or UDP: it cannot be told which service it is for.</summary>
    Fragment,

    /// <summary>A network interface or an application has an address of the pool or of 127.0.0.0/8, which no wire may (RFC 1122 section 3.2.1.3 g).</summary>
    LoopbackLeak,

    /// <summary>The agent's side has an address of the pool that stands for nobody there.</summary>
    SpoofedLoopback,

    /// <summary>A segment in the middle of a connection that is not known, between addresses that only the mesh connects.</summary>
    NoRecord,

    /// <summary>There is no room for another connection; the others stay.</summary>
    TableFull,

    /// <summary>Another connection that is alive has the addresses and ports that this one would get.</summary>
    Clash,

    /// <summary>A packet from the network for a service that only the mesh may reach.</summary>
    Plaintext,
}
