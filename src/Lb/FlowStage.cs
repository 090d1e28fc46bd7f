namespace Weft.Lb;

/// <summary>How far a flow has come, which says how long it may be idle.</summary>
public enum FlowStage : byte
{
    /// <summary>Not TCP: idle for <see cref="ReturnPathOptions.Other"/> at most.</summary>
    Datagrams,

    /// <summary>A SYN came and nothing came back: idle for <see cref="ReturnPathOptions.TcpTransitory"/> at most.</summary>
    Opening,

    /// <summary>More than that: idle for <see cref="ReturnPathOptions.TcpEstablished"/> at most.</summary>
    Established,

    /// <summary>The client's side sent a FIN; as patient as an established one.</summary>
    ClientClosed,

    /// <summary>The server sent a FIN; as patient as an established one.</summary>
    ServerClosed,

    /// <summary>Both, or a RST: idle for <see cref="ReturnPathOptions.TcpTransitory"/> at most.</summary>
    Closed,
}
