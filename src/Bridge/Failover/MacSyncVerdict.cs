namespace Weft.Bridge;

/// <summary>What became of a MAC-SYNC message.</summary>
public enum MacSyncVerdict : byte
{
    /// <summary>It was taken.</summary>
    Accepted,

    /// <summary>Its lengths, magic, version or type are wrong.</summary>
    Malformed,

    /// <summary>It belongs to another pair.</summary>
    ForeignBridge,

    /// <summary>We sent it ourselves.</summary>
    OwnMessage,

    /// <summary>It is forged or damaged: the authentication code is wrong.</summary>
    Unauthentic,

    /// <summary>It is not newer than one that was taken: a duplicate, a replay, or overtaken on the way.</summary>
    Stale,
}
