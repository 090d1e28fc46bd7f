namespace Weft.Mesh;

/// <summary>Which role this machine has in a connection.</summary>
public enum MeshFlowKind : byte
{
    /// <summary>The client's: a local application dialled a service of another machine.</summary>
    Redirect,

    /// <summary>The server's: the agent dials a local application for a client of another machine.</summary>
    Restore,
}
