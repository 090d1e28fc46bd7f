namespace Weft.Bridge;

/// <summary>Why a node has the role it has.</summary>
public enum FailoverCause : byte
{
    /// <summary>It was switched on or off.</summary>
    Configured,

    /// <summary>No other node was heard.</summary>
    Alone,

    /// <summary>Both nodes wanted to, and this one outranks the other, or the reverse.</summary>
    Elected,

    /// <summary>Every path to the other node is down.</summary>
    PeerDown,

    /// <summary>The other node hands over, or was taken down on purpose.</summary>
    PeerDrained,

    /// <summary>The other node is there, but nobody forwards.</summary>
    NoActive,

    /// <summary>The other node forwards.</summary>
    PeerActive,

    /// <summary>The other node forwards too, and outranks this one.</summary>
    Outranked,

    /// <summary>The other node is preferred and asked for its place.</summary>
    Preempted,

    /// <summary>A person asked for it.</summary>
    Operator,

    /// <summary>The port to the VLANs went down.</summary>
    PortDown,

    /// <summary>The process slept longer than the other node waits.</summary>
    WokeUp,

    /// <summary>The other node did not forward after all while this one slept.</summary>
    StillPreferred,

    /// <summary>A loop probe came back, or came from the other node.</summary>
    Loop,

    /// <summary>The witness withdrew its permission.</summary>
    FenceLost,

    /// <summary>The other node did not take over what was handed to it.</summary>
    HandoverRefused,

    /// <summary>This node is cut off from one of its networks, or may just have been connected again.</summary>
    CutOff,
}
