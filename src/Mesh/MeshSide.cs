namespace Weft.Mesh;

/// <summary>Where a packet comes from. It is the caller's knowledge, never the packet's: the same addresses mean different things from different sides.</summary>
public enum MeshSide : byte
{
    /// <summary>The machine's own applications.</summary>
    Application,

    /// <summary>The machine's own agent.</summary>
    Agent,

    /// <summary>Everybody else: a network interface.</summary>
    Network,
}
