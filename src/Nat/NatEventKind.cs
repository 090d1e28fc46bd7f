namespace Weft.Nat;

/// <summary>What happened, by the numbers of natEvent (RFC 8158 section 4.2, IANA "NAT Event Type").</summary>
public enum NatEventKind : byte
{
    /// <summary>A session began.</summary>
    SessionCreated = 4,

    /// <summary>A session ended.</summary>
    SessionDeleted = 5,

    /// <summary>A mapping began (binding information base).</summary>
    MappingCreated = 8,

    /// <summary>A mapping ended.</summary>
    MappingDeleted = 9,

    /// <summary>No port is left.</summary>
    PortsExhausted = 12,

    /// <summary>A machine or the translator has as much as it may have.</summary>
    QuotaExceeded = 13,

    /// <summary>A machine got the shared address that all its flows have. Fields: inside, outside.</summary>
    AddressBound = 14,

    /// <summary>A machine gave it back.</summary>
    AddressReleased = 15,

    /// <summary>A block was added.</summary>
    BlockAllocated = 16,

    /// <summary>A block was given up.</summary>
    BlockReleased = 17,

    /// <summary>Less than an eighth of a block's ports are free for a protocol: time for another block.</summary>
    ThresholdReached = 18,
}
