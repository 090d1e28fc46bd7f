namespace Weft.Bridge;

/// <summary>What hosts of the overlay are asked to do with what they learned from the node that failed.</summary>
public enum HostFlushMode : byte
{
    /// <summary>Forget it; the announcements teach it anew, and until then frames are flooded.</summary>
    Forget = 1,

    /// <summary>Keep it, but send to the new node.</summary>
    Repoint = 2,
}
