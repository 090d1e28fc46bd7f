namespace Weft.Bridge;

/// <summary>Whether a node of higher priority takes the place of one that works.</summary>
public enum PreemptionMode : byte
{
    /// <summary>No: who forwards goes on. The default, because every switch costs some frames.</summary>
    NonPreemptive,

    /// <summary>Yes, once its table agrees and it has been stable for the hold time. The other one hands over, nothing is cut off.</summary>
    Preemptive,

    /// <summary>Only a person moves the role; not even a dead peer is replaced by itself.</summary>
    Manual,
}
