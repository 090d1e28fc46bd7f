namespace Weft.Mesh;

/// <summary>What became of a packet.</summary>
public enum MeshAction : byte
{
    /// <summary>It is none of the mesh's; nothing was changed.</summary>
    Pass,

    /// <summary>A client application's, now for the agent's listener.</summary>
    Redirected,

    /// <summary>The agent's answer to a client application, now from the service that it dialled.</summary>
    Unredirected,

    /// <summary>The agent's for a server application, now from the true client.</summary>
    Restored,

    /// <summary>A server application's answer, now for the agent.</summary>
    Unrestored,

    /// <summary>It must not go anywhere; nothing was changed.</summary>
    Drop,
}
