namespace Weft.Bridge;

/// <summary>How the links of a group agree that they are one.</summary>
public enum LacpMode : byte
{
    /// <summary>By LACP; the switch speaks first.</summary>
    Active,

    /// <summary>By LACP, once the other end speaks.</summary>
    Passive,

    /// <summary>Not at all: every link that is up is used. The other end must be configured the same way.</summary>
    Static,
}
