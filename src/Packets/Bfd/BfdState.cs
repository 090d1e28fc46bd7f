namespace Weft.Packets;

/// <summary>State of a BFD session as its packets say it (RFC 5880 section 4.1).</summary>
public enum BfdState : byte
{
    /// <summary>Held down by an administrator.</summary>
    AdminDown = 0,

    /// <summary>Down.</summary>
    Down = 1,

    /// <summary>The other side was heard.</summary>
    Init = 2,

    /// <summary>Both sides hear each other.</summary>
    Up = 3,
}
