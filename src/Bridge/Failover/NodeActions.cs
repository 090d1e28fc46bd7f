namespace Weft.Bridge;

/// <summary>What a change of state asks the engine to do.</summary>
[Flags]
internal enum NodeActions : ushort
{
    None = 0,

    /// <summary>Take the synchronised addresses into the filtering database.</summary>
    Install = 1 << 0,

    /// <summary>Ask hosts to forget what they learned from the other node.</summary>
    FlushHosts = 1 << 1,

    /// <summary>Forget what was learned at the port to the VLANs.</summary>
    FlushPort = 1 << 2,

    /// <summary>Announce everything, from the start.</summary>
    Announce = 1 << 3,

    /// <summary>Stop announcing.</summary>
    Hush = 1 << 4,

    /// <summary>Say at once who we are.</summary>
    TellState = 1 << 5,

    /// <summary>Ask the other node who it is.</summary>
    Query = 1 << 6,

    /// <summary>Send the whole table.</summary>
    SendFull = 1 << 7,

    /// <summary>Ask for the whole table.</summary>
    RequestFull = 1 << 8,

    /// <summary>Ask the other node for its place.</summary>
    AskPreempt = 1 << 9,

    /// <summary>Ask the witness.</summary>
    AskFence = 1 << 10,
}
