namespace Weft.Bridge;

/// <summary>What the sender of a MAC-SYNC message says about itself.</summary>
[Flags]
public enum MacSyncFlags : ushort
{
    /// <summary>Nothing.</summary>
    None = 0,

    /// <summary>It forwards, or is about to.</summary>
    Active = 1 << 0,

    /// <summary>It asks the active node to hand over.</summary>
    Preempt = 1 << 1,

    /// <summary>It has stopped forwarding so that the other node takes over.</summary>
    Drain = 1 << 2,

    /// <summary>It wants to be answered with an <see cref="MacSyncType.Answer"/> at once.</summary>
    Query = 1 << 3,

    /// <summary>It has fenced itself off and does not forward.</summary>
    Fenced = 1 << 4,

    /// <summary>It has not made up its mind yet.</summary>
    Init = 1 << 5,

    /// <summary>It hears machines behind the VLANs, but not the other node there.</summary>
    HearsVlan = 1 << 6,
}
