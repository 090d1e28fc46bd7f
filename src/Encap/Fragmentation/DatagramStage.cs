namespace Weft.Encap;

/// <summary>What a slot of a reassembler is used for.</summary>
internal enum DatagramStage : byte
{
    /// <summary>Nothing.</summary>
    Free,

    /// <summary>A frame of which fragments are missing.</summary>
    UnderWay,

    /// <summary>A frame that the caller has not released.</summary>
    Complete,

    /// <summary>A frame that was discarded; late fragments of it are, too.</summary>
    Tombstone,
}
