namespace Weft.Bridge;

/// <summary>Messages of the MAC-SYNC protocol.</summary>
public enum MacSyncType : byte
{
    /// <summary>A full transfer begins; the deltas that follow fill a table beside the one in force.</summary>
    FullBegin = 1,

    /// <summary>Entries that were learned, refreshed or withdrawn.</summary>
    Delta = 2,

    /// <summary>A full transfer is complete. It takes force if the digest agrees, otherwise it is thrown away.</summary>
    FullEnd = 3,

    /// <summary>The sender's role and the digest of its table, once a second and at every change of role.</summary>
    Digest = 4,

    /// <summary>The answer to a full transfer, with the digest of the receiver's table.</summary>
    Ack = 5,

    /// <summary>The receiver's table differs; the active node is asked for a full transfer.</summary>
    FullRequest = 6,

    /// <summary>The answer to a <see cref="MacSyncFlags.Query"/>. In place of the digest it has the epoch and the sequence of the query.</summary>
    Answer = 7,
}
