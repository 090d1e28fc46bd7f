namespace Weft.Mesh;

/// <summary>How far a connection has come.</summary>
public enum MeshFlowStage : byte
{
    /// <summary>Datagrams.</summary>
    Datagrams,

    /// <summary>A SYN was seen, and no answer.</summary>
    Opening,

    /// <summary>Both sides speak.</summary>
    Established,

    /// <summary>The side that opened it has sent its FIN.</summary>
    OpenerClosed,

    /// <summary>The other side has sent its FIN.</summary>
    AnswererClosed,

    /// <summary>Both have.</summary>
    Closed,

    /// <summary>One side has reset it.</summary>
    Reset,
}
