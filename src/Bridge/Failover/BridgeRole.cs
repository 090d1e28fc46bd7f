namespace Weft.Bridge;

/// <summary>Part that a node plays in its pair.</summary>
public enum BridgeRole : byte
{
    /// <summary>Switched off: it neither forwards nor takes over.</summary>
    Disabled,

    /// <summary>Just started; it listens for the other node before it does anything.</summary>
    Init,

    /// <summary>The other node forwards; this one keeps its table.</summary>
    Standby,

    /// <summary>It takes over, and waits for its fence or for its first announcements to be out.</summary>
    Promoting,

    /// <summary>It forwards.</summary>
    Active,

    /// <summary>It hands over: the other node gets the last of the table, then this one stops.</summary>
    Demoting,

    /// <summary>It keeps out of the way because forwarding might make a loop.</summary>
    Fenced,
}
