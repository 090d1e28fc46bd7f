namespace Weft.Bridge;

/// <summary>What is known of a <see cref="BridgePath"/>.</summary>
public enum BridgePathState : byte
{
    /// <summary>Nobody watches it, or it was never up: no evidence either way.</summary>
    Unknown,

    /// <summary>The other node is heard over it.</summary>
    Up,

    /// <summary>The other node was heard over it and is not any more.</summary>
    Down,

    /// <summary>The other node says that it was taken down on purpose, which is no failure (RFC 5880 section 6.8.16).</summary>
    AdminDown,
}
