namespace Weft.Bridge;

/// <summary>What is said about one address.</summary>
[Flags]
public enum MacSyncEntryFlags : ushort
{
    /// <summary>It is behind the VLAN.</summary>
    None = 0,

    /// <summary>It is not any more.</summary>
    Withdraw = 1 << 0,

    /// <summary>It was configured.</summary>
    Static = 1 << 1,

    /// <summary>It does not move until it ages.</summary>
    Sticky = 1 << 2,
}
